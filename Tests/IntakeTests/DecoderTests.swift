import Intake
import Readings
import Testing

@Suite struct DecoderTests {
    @Test(
        "what is not JSON is refused with its byte",
        arguments: [
            ("{\"v\":NaN}", 5), ("{\"v\":Infinity}", 5), ("{\"v\":01}", 5), ("{\"v\":1.}", 7),
            ("{\"v\":+1}", 5),
            ("{\"v\":1,}", 7), ("[1,]", 3), ("{\"v\" 1}", 5), ("{v:1}", 1), ("\"\\ud800\"", 1),
            ("\"\\udc00\"", 1),
            ("\"\\ud800\\u0041\"", 1), ("\"\\x\"", 1), ("\"a\u{1}\"", 2), ("\"abc", 0), ("{} {}", 3),
            ("tru", 0), ("  ", 2),
            ("{\"v\":1e}", 7), ("-", 0), ("[1 2]", 3), ("{\"a\":1]", 6), ("\"\\u12g4\"", 5), ("// x\n1", 0),
            ("'a'", 0),
        ] as [(String, Int)]
    )
    func notJSON(text: String, byte: Int) throws {
        let lines = try Bench(oneReading()).lines("t/a", text)
        #expect(lines.count == 1 && lines[0].hasPrefix("!decode json: byte \(byte): "), "\(lines)")
    }

    @Test("escapes, surrogate pairs, BOM, NUL and odd keys are read")
    func texts() throws {
        let bench = try Bench(oneReading { $0.value = Expression("$[\"a\\\"b\"].c") })
        #expect(bench.lines("t/a", #"{"a\"b":{"c":"\u6bb5\ud83d\ude00\n\/\\é"}}"#) == ["m=\"段😀\n/\\é\""])
        #expect(bench.lines("t/b", #" {"a\u0022b" : {"c" : 1} } "# + "\u{0}\u{0}") == ["m=1"])
        #expect(bench.lines("t/b", "\u{FEFF}{\"a\\\"b\":{\"c\":1,\"c\":2}}") == ["m=2"])
        let empty = try Bench(oneReading { $0.value = Expression("$[\"\"]") })
        #expect(empty.lines("t/a", "{\"\":3}") == ["m=3"])
    }

    @Test("a text ends at its quote, however long it is and whatever stands before", arguments: 0..<40)
    func textEnds(length: Int) throws {
        let bench = try Bench(oneReading())
        // Neighbours of the quote, of the backslash and of the blank among them.
        for (place, filler) in ["x", "!", "#", "[", "]", " ", "\u{7F}", "é", "段"].enumerated() {
            let text = String(repeating: filler, count: length)
            let end = 6 + text.utf8.count
            #expect(bench.lines("t/a", "{\"v\":\"\(text)\"}") == ["m=\"\(text)\""])
            #expect(bench.lines("t/a", "{\"v\":\"\(text)\\\"\(text)\"}") == ["m=\"\(text)\"\(text)\""])
            // Topics of their own, for each has one letter a minute.
            let torn = bench.lines("t/torn\(place)", "{\"v\":\"\(text)\u{1F}\(text)\"}")
            #expect(torn == ["!decode json: byte \(end): a control character inside a text"])
            let open = bench.lines("t/open\(place)", "{\"v\":\"\(text)")
            #expect(open == ["!decode json: byte 5: a text without its closing quote"])
        }
    }

    @Test("64 levels are read and 65 are not")
    func nesting() throws {
        let bench = try Bench(oneReading { $0.value = Expression("$" + String(repeating: "[0]", count: 64)) })
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
        }
        #expect(bench.lines("t/a", nested(64)) == ["m=1"])
        #expect(bench.lines("t/a", nested(65)) == ["!decode json: byte 64: nested deeper than 64 levels"])
    }

    @Test("elements from the end, beyond the end and of no list")
    func elements() throws {
        let bench = try Bench(oneReading { $0.value = Expression("$.l[-1]") })
        #expect(bench.lines("t/a", "{\"l\":[1,[2],3]}") == ["m=3"])
        #expect(bench.lines("t/a", "{\"l\":[]}") == ["!path_missing $.l[-1]"])
    }

    @Test("csv: quoting, line ends, blank and ragged lines, a header")
    func csv() throws {
        let options = oneRule("t/{asset}", format: .csv) {
            $0.each = ["$[*]"]
            $0.readings[0].metric = "{@.n}"
            $0.readings[0].value = Expression("@.v")
        }
        let bench = try Bench(options)
        let text =
            "\u{FEFF}n, v ,w\r\na,1,x\n\n \"b\"\"c\"\"\nq,\"1,013\"\r\n"
            + "\"d \"\"e\"\"\nf\",\"say \"\"hi\"\"\",\ng,2,,,\n"
        #expect(
            bench.lines("t/a", text) == [
                "a=1", "q=1013", "d \"e\"\nf=\"say \"hi\"\"", "g=2", "!path_missing @.v",
            ]
        )
        bench.now = bench.now.advanced(byMs: 61_000)
        #expect(
            bench.lines("t/a", "n,v\na,1,5\nb,2\nc,\"3\"x\nd,\n") == [
                "b=2", "!decode csv: line 2: 3 fields, but 2 columns are named", "!path_missing @.v",
            ]
        )
        #expect(
            bench.lines("t/c", "n,v\na,\"1").first
                == "!decode csv: byte 6: line 2: a quote that is never closed"
        )
        #expect(bench.lines("t/b", "\n\n") == ["!decode csv: byte 0: no line with the columns' names"])
    }

    @Test("csv: delimiter and columns, blanks that mean no value")
    func csvOptions() throws {
        let options = oneRule("t/{asset}", format: .csv) {
            $0.options.delimiter = ";"
            $0.options.columns = ["n", "v"]
            $0.each = ["$[*]"]
            $0.readings[0].metric = "{@.n}"
            $0.readings[0].value = Expression("@.v")
            $0.readings[0].nullIf = ["", "----"]
        }
        #expect(
            try Bench(options).lines("t/a", "a;1.5\rb;\nc;----\n") == [
                "a=1.5", "b=null stale", "c=null stale",
            ]
        )
    }

    @Test("cp932 is read as Windows writes it, and anything else refused")
    func cp932() throws {
        let options = oneRule("t/{asset}", format: .value) { $0.options.encoding = .cp932 }
        let bench = try Bench(options)
        bench.take("t/a", [0x92, 0x69, 0x8E, 0xE6, 0x82, 0xE8, 0x0A])
        bench.take("t/a", [0xC3, 0xDE, 0xBC, 0xCD, 0xDE, 0xD9])
        bench.take("t/b", [0x82, 0x50, 0x82, 0x51])
        bench.take("t/a", [0x41, 0xFF, 0xFF])
        let batch = bench.settle()
        #expect(batch.readings.map(bench.line) == ["m=\"段取り\"", "m=\"ﾃﾞｼﾍﾞﾙ\"", "m=12"])
        #expect(batch.deadLetters.map(\.detail) == ["value: byte 1: not CP932"])
        bench.take("t/a", [0x8D])
        #expect(bench.settle().deadLetters.isEmpty)
        #expect(bench.intake.status.deadByReason[.decode] == 2)
    }
}
