import Intake
import Readings
import Testing

@Suite struct LineFormatTests {
    @Test("JSON lines: a text a line of any form, blank lines are nothing")
    func jsonLines() throws {
        let bench = try Bench(allLeaves(.jsonl))
        #expect(
            bench.lines("t/a", "\u{FEFF}{\"a\":1,\"s\":\"\\u6bb5\"}\r\n\n  \n[1.50,true]\n\"x\\n\"\n7\u{0}")
                == [
                    "0/a=1", "0/s=\"段\"", "1/0=1.5", "1/1=true", "2=\"x\n\"", "3=7",
                ]
        )
        #expect(bench.lines("t/a", "\n \n") == [])
    }

    @Test("JSON lines: a broken line spares its neighbours, whatever broke it")
    func brokenJSONLines() throws {
        let bench = try Bench(
            oneRule(format: .jsonl) {
                $0.each = ["$[*]"]
                $0.readings[0].value = Expression("@.v")
            }
        )
        #expect(
            bench.lines(
                "t/a",
                "{\"v\":\"\\u0041\"}\n{\"v\":\n{\"v\":\"\\u0042\"}\n{\"v\":1} {}\n{\"v\":\"C\\t\"}"
            ) == [
                "m=\"A\"", "m=\"B\"", "m=\"C\t\"",
                "!decode jsonl: line 2, byte 20: the text ends where a value is due",
            ]
        )
        let cut = Array("{\"v\":\"A\"}\n{\"v\":\"段\"}\n{\"v\":\"段取り\"}".utf8)
        #expect(bench.lines("t/b", Array(cut.dropLast(3))).prefix(2) == ["m=\"A\"", "m=\"段\""])
        let bad = bench.lines("t/c", [0x22, 0xE6, 0x0A] + Array("{\"v\":\"D\"}".utf8))
        #expect(
            bad.count == 2 && bad[0] == "m=\"D\""
                && bad[1].hasPrefix("!decode jsonl: line 1, byte 1: not UTF-8")
        )
    }

    private func influx() throws -> Bench {
        try Bench(
            oneRule(format: .influx) {
                $0.each = ["$[*]", "@.fields.*"]
                $0.common.asset = Expression("^.tags.asset", fallback: "")
                $0.common.time = TimeOptions(paths: ["^.time"])
                $0.readings[0].metric = "{^.measurement}/{key}"
                $0.readings[0].value = Expression("@")
            }
        )
    }

    @Test("line protocol: numbers, whole numbers, yes and no, texts that stay texts")
    func fields() throws {
        #expect(
            try influx().lines(
                "t/a",
                "m a=1.50,b=-3i,c=18446744073709551615u,d=.5,e=+1E3,f=t,g=FALSE,h=True,i=\"12\",j=\"\""
            ) == [
                "m/a=1.5", "m/b=-3", "m/c=1.8446744073709552e+19", "m/d=0.5", "m/e=1000", "m/f=true",
                "m/g=false",
                "m/h=true", "m/i=\"12\"", "m/j=\"\"",
            ]
        )
    }

    @Test("line protocol: escapes, quotes, lines within texts, comments and line ends")
    func escapes() throws {
        #expect(
            try influx().lines(
                "t/a",
                "# one\r\n\n  a\\ \\,\\=b,k\\=1=x\\,y f\\ \\\\=1\r\nm t=\"a, b=c \\\"d\\\" \\\\ \\n\nnext\",u=2\n\tm,x=\"q\" v=3"
            ) == ["a ,=b/f \\=1", "m/t=\"a, b=c \"d\" \\ \\n\nnext\"", "m/u=2", "m/v=3"]
        )
    }

    @Test(
        "line protocol: stamps in s, ms, us and ns, and none",
        arguments: [
            ("1750122900", 1_750_122_900_000), ("1750122900123", 1_750_122_900_123),
            ("1750122900123456", 1_750_122_900_123), ("1750122900123456789", 1_750_122_900_123),
            ("", 1_750_122_930_500), ("-5", 1_750_122_930_500),
        ] as [(String, Int64)]
    )
    func stamps(text: String, milliseconds: Int64) throws {
        let batch = try influx().batch("t/a", "m v=1 \(text) ")
        #expect(batch.readings.map(\.instant.milliseconds) == [milliseconds])
        #expect(batch.deadLetters.isEmpty)
    }

    @Test(
        "line protocol: what is wrong with a line is named, and its neighbours are read",
        arguments: [
            ("m", "field: line 2, byte 7: expected a name or a text"),
            ("m,a=b", "field: line 2, byte 11: expected a name or a text"),
            ("m,a v=1", "tag: line 2, byte 9: expected = behind the name"),
            ("m,a= v=1", "tag: line 2, byte 10: expected a name or a text"),
            (",a=b v=1", "measurement: line 2, byte 6: expected a name or a text"),
            ("m v", "field: line 2, byte 9: expected = behind the name"),
            ("m v=", "field: line 2, byte 10: expected a number, a text in quotes, true or false"),
            ("m v=NaN", "field: line 2, byte 10: expected a number, a text in quotes, true or false"),
            ("m v=tru", "field: line 2, byte 10: expected a number, a text in quotes, true or false"),
            ("m v=-3u", "field: line 2, byte 10: expected a number, a text in quotes, true or false"),
            ("m v=i", "field: line 2, byte 10: expected a number, a text in quotes, true or false"),
            ("m v=\"a", "field: line 2, byte 10: a quote that is never closed"),
            ("m v=\"a\"b", "field: line 2, byte 13: more behind the closing quote"),
            ("m v=1,", "field: line 2, byte 12: expected a name or a text"),
            ("m v=1 12x", "timestamp: line 2, byte 12: expected a whole number, and the line's end"),
            ("m v=1 1 2", "timestamp: line 2, byte 12: expected a whole number, and the line's end"),
        ]
    )
    func brokenLines(line: String, wanted: String) throws {
        let lines = try influx().lines("t/a", "m v=1\n\(line)\nm v=2")
        #expect(lines == ["m/v=1", "m/v=2", "!decode line protocol \(wanted)"])
    }

    @Test(
        "line protocol: a line that is no text spares its neighbours; a doubled field counts once, the last"
    )
    func textsAndDoubles() throws {
        let bench = try influx()
        #expect(
            bench.lines("t/a", Array("m v=1,v=2\nm,a=".utf8) + [0xE6, 0xAE] + Array(" v=3\nm v=4".utf8)) == [
                "m/v=2", "m/v=4", "!decode line protocol text: line 2, byte 14: not UTF-8",
            ]
        )
    }

    @Test("a list or object of line protocol is wanted as JSON, and written so")
    func containers() throws {
        let bench = try Bench(
            oneRule(format: .influx) {
                $0.each = ["$[*]"]
                $0.readings[0].value = Expression("@")
                $0.readings[0].type = .json
            }
        )
        #expect(
            bench.lines("t/a", "m,k=\"q\" a=.5,b=t,c=1e999,d=00e1 5") == [
                #"m="{"measurement":"m","tags":{"k":"\"q\""},"fields":{"a":0.5,"b":true,"c":null,"d":0},"time":5}""#
            ]
        )
        let long = bench.lines("t/a", "m a=\"\(String(repeating: "x", count: 5000))\"")
        #expect(long == ["!type a list or object of more than 4096 bytes"])
    }
}
