import Intake
import Readings
import Testing

@Suite struct RuleTests {
    @Test("captures: levels, parts of levels, many levels")
    func captures() throws {
        let bench = try Bench(
            oneRule("{site}/{asset*}/switch:{ch}/{x}-{y}") {
                $0.readings[0].metric = "{site}|{asset}|{ch}|{x}|{y}|{topic}"
            }
        )
        #expect(bench.lines("s/a/b/switch:0/p-q-r", "{\"v\":1}") == ["s|a/b|0|p|q-r|s/a/b/switch:0/p-q-r=1"])
        #expect(
            bench.lines("s/switch:0/p-q", "{\"v\":1}") == ["!no_rule no rule takes this topic and payload"]
        )
        #expect(bench.batch("s/a/switch:/p-q", "{\"v\":1}").deadLetters.map(\.reason) == [.noRule])
        #expect(bench.batch("s//switch:1/p-q", "{\"v\":1}").deadLetters.map(\.reason) == [.noRule])
    }

    @Test("a rule with when is passed over when its format does not decode")
    func passedOver() throws {
        var options = oneRule("t") { $0.when["$.kind"] = .oneOf(["a", "1"]) }
        options.rules += oneRule("t", format: .value) { $0.readings[0].metric = "raw" }.rules
        let bench = try Bench(options)
        #expect(bench.lines("t", "{\"kind\":\"a\",\"v\":1}") == ["m=1"])
        #expect(bench.lines("t", "{\"kind\":1.0,\"v\":1}") == ["m=1"])
        #expect(bench.lines("t", "{\"kind\":\"b\"}") == ["raw=\"{\"kind\":\"b\"}\""])
        let numbers = try Bench(options)
        #expect(numbers.lines("t", "17") == ["raw=17"])
    }

    @Test("ignore ends the search, and what nobody asks for is no dead letter")
    func ignored() throws {
        var options = oneRule("a/{x}/c") { $0.ignore = true }
        options.rules += oneRule("a/{asset}/{z}") { _ in }.rules
        options.rules += oneRule("a/b/{z}/d") { _ in }.rules
        options.rules += oneRule("a/{z}/c/{w}") { _ in }.rules
        let bench = try Bench(options)
        #expect(bench.lines("a/b/c", "not json") == [])
        #expect(bench.lines("a/x/y/z", "{\"v\":1}") == [])
        #expect(bench.lines("a/x/y", "{\"v\":1}") == ["m=1"])
        #expect(bench.intake.status.ignored == 1)
        #expect(bench.intake.status.unasked == 1)
        #expect(bench.lines("a/x/y", "") == [])
        #expect(bench.intake.status.empty == 1)
    }

    @Test("each goes through lists and objects; later members replace earlier ones of the same name")
    func each() throws {
        let options = oneRule {
            $0.each = ["$.list[*]", "@.tags.*"]
            $0.readings[0].metric = "{^.n}/{^key}/{key}/{index}"
            $0.readings[0].value = Expression("@")
        }
        let bench = try Bench(options)
        let payload = #"{"list":[{"n":"x","tags":{"a":1,"b":2,"a":3}},{"n":"y"},{"n":"z","tags":[7,8]}]}"#
        #expect(bench.lines("t/a", payload) == ["x/0/b/1=2", "x/0/a/2=3", "z/2/0/0=7", "z/2/1/1=8"])
        #expect(bench.lines("t/a", "{}") == ["!path_missing $.list[*]"])
        #expect(bench.lines("t/a", "{\"list\":5}") == ["!type not a list or object: $.list[*]"])
        #expect(bench.lines("t/a", "{\"list\":[]}") == [])
    }

    @Test("leaves and skip")
    func leaves() throws {
        let options = oneRule {
            $0.each = ["leaves($)"]
            $0.skip = ["ts", ".*/id"]
            $0.readings[0].metric = "{path}"
            $0.readings[0].value = Expression("@")
        }
        let payload = #"{"ts":1,"tsx":2,"a":{"id":3,"b":[true,{"c":null}]},"e":{}}"#
        #expect(try Bench(options).lines("t/a", payload) == ["tsx=2", "a/b/0=true", "a/b/1/c=null"])
        #expect(try Bench(options).lines("t/a", "5") == ["!mapping the metric is empty: {path}"])
    }

    @Test("names, and what is done with one that is not there", arguments: UnnamedPolicy.allCases)
    func names(policy: UnnamedPolicy) throws {
        let options = oneRule {
            $0.each = ["$.*"]
            $0.readings[0].metric = "{key}"
            $0.readings[0].value = Expression("@")
            $0.names["D100"] = ReadingOptions()
            $0.names["D100"]?.metric = "temperature"
            $0.names["D100"]?.scale = Expression("0.1")
            $0.names["D101"] = ReadingOptions()
            $0.names["D101"]?.unit = Expression("kg")
            $0.unnamed = policy
        }
        let rest = [UnnamedPolicy.keep: ["X=1"], .drop: [], .dead: ["!unknown_name X"]][policy] ?? []
        let lines = try Bench(options).lines("t/a", "{\"D100\":235,\"D101\":2,\"X\":1}")
        #expect(lines == ["temperature=23.5", "D101=2 kg"] + rest)
    }

    @Test("null, listed nulls, defaults and optional are four things")
    func nulls() throws {
        let bench = try Bench(
            oneReading {
                $0.nullIf = ["", "----"]
                $0.quality = Expression("$.q", fallback: "good")
            }
        )
        #expect(bench.lines("t/a", "{\"v\":1}") == ["m=1"])
        #expect(bench.lines("t/a", "{\"v\":null}") == ["m=null"])
        #expect(bench.lines("t/a", "{\"v\":\"----\"}") == ["m=null stale"])
        #expect(bench.lines("t/a", "{\"v\":\"\",\"q\":\"Bad\"}") == ["m=null bad"])
        #expect(bench.lines("t/a", "{}") == ["!path_missing $.v"])
        #expect(try Bench(oneReading { $0.optional = true }).lines("t/a", "{}") == [])
        let fallback = oneReading { $0.value = Expression("$.v", fallback: "7") }
        #expect(try Bench(fallback).lines("t/a", "{}") == ["m=7"])
        let null = oneReading { $0.value = Expression("$.v", fallback: "null") }
        #expect(try Bench(null).lines("t/a", "{}") == ["m=null"])
    }

    @Test("maps yield numbers, flags and texts; a key that is not there is an error")
    func maps() throws {
        let bench = try Bench(oneReading("t/{asset}/n") { $0.map = ["0": "停止", "2": "段取り", "true": "yes"] })
        #expect(bench.lines("t/a/n", "{\"v\":2}") == ["m=\"段取り\""])
        #expect(bench.lines("t/a/n", "{\"v\":2.0}") == ["m=\"段取り\""])
        #expect(bench.lines("t/a/n", "{\"v\":true}") == ["m=\"yes\""])
        #expect(bench.lines("t/a/n", "{\"v\":9}") == ["!lookup 9 is not in map"])
        let flags = try Bench(oneReading { $0.map = ["open": "true", "shut": "false"] })
        #expect(flags.lines("t/a", "{\"v\":\"open\"}") == ["m=true"])
        let numbers = try Bench(oneReading { $0.map = ["open": "1", "shut": "0"] })
        #expect(numbers.lines("t/a", "{\"v\":\"shut\"}") == ["m=0"])
    }

    @Test("types are kept from JSON, asked for where declared")
    func types() throws {
        #expect(try Bench(oneReading()).lines("t/a", "{\"v\":\"12\"}") == ["m=\"12\""])
        #expect(try Bench(oneReading()).lines("t/a", "{\"v\":{}}") == ["!type not a scalar"])
        let flag = try Bench(oneReading { $0.type = .bool })
        #expect(flag.lines("t/a", "{\"v\":1}") == ["m=true"])
        #expect(flag.lines("t/a", "{\"v\":\"OFF\"}") == ["m=false"])
        #expect(flag.lines("t/a", "{\"v\":2}") == ["!type not a yes or no: 2"])
        #expect(
            try Bench(oneReading { $0.type = .number }).lines("t/a", "{\"v\":true}") == [
                "!type not a number: true"
            ]
        )
        #expect(try Bench(oneReading { $0.type = .text }).lines("t/a", "{\"v\":1.50}") == ["m=\"1.50\""])
        #expect(
            try Bench(oneReading { $0.type = .json }).lines("t/a", "{\"v\":{\"a\": [1]}}") == [
                "m=\"{\"a\": [1]}\""
            ]
        )
    }

    @Test(
        "quality from words, flags and codes",
        arguments: [
            (nil, "true", "good"), (nil, "false", "bad"), (nil, "\"GOOD\"", "good"),
            (nil, "\"Uncertain_X\"", "uncertain"),
            (nil, "\"whatever\"", "uncertain"), (nil, "192", "uncertain"), ("opcda", "192", "good"),
            ("opcda", "64", "uncertain"),
            ("opcda", "8", "bad"), ("opcua", "0", "good"), ("opcua", "1073741824", "uncertain"),
            ("opcua", "2147483648", "bad"), ("opcua", "\"2147483648\"", "bad"), ("error", "0", "good"),
            ("error", "2014", "bad"),
            ("sparkplug", "500", "stale"), ("sparkplug", "192", "good"), ("sparkplug", "0", "bad"),
        ] as [(String?, String, String)]
    )
    func quality(scale: String?, code: String, word: String) throws {
        let bench = try Bench(oneReading { $0.quality = Expression("$.q", scale: scale) })
        let reading = try #require(bench.batch("t/a", "{\"v\":1,\"q\":\(code)}").readings.first)
        #expect(reading.quality.word == word)
    }

    @Test("tags tell series apart, and names have their bounds")
    func tags() throws {
        let bench = try Bench(oneReading { $0.tags = ["phase": "{$.p}"] })
        #expect(bench.batch("t/a", "{\"v\":1,\"p\":\"L1\"}").readings.count == 1)
        #expect(bench.batch("t/a", "{\"v\":1,\"p\":\"L2\"}").readings.count == 1)
        #expect(bench.catalogue.seriesCount == 2)
        #expect(bench.catalogue.series(SeriesID(index: 1)).key.description == "a/m{phase=L2}")
        let long = String(repeating: "x", count: 257)
        #expect(
            bench.lines("t/a", "{\"v\":1,\"p\":\"\(long)\"}") == [
                "!mapping phase of 257 bytes; a name may have 256"
            ]
        )
    }
}
