import Intake
import Readings
import Testing

/// Payloads that ought to hurt: each costs dead letters and nothing else.
@Suite struct HostileTests {
    /// A rule for everything, in each format, with all that looks into a payload.
    private func rules() -> RuleSetOptions {
        var options = RuleSetOptions()
        options.defaults.timezone = "Asia/Tokyo"
        for format in PayloadFormat.allCases {
            for encoding in TextEncoding.allCases {
                var rule = RuleOptions(name: "\(format)-\(encoding)", topic: "\(format)/\(encoding)/{asset}")
                rule.format = format
                rule.options.encoding = encoding
                rule.common.asset = Expression("{asset}")
                rule.common.time = TimeOptions(paths: ["@.t", "$.t", "^.t"])
                rule.common.quality = Expression("^.q", fallback: "good")
                rule.each = ["leaves($)"]
                rule.skip = ["a.*b", "t"]
                var reading = ReadingOptions()
                reading.metric = "{path}"
                reading.value = Expression("@")
                reading.unit = Expression("$.u", fallback: "")
                rule.readings = [reading]
                rule.names["v"] = ReadingOptions()
                rule.names["v"]?.scale = Expression("0.1")
                rule.names["v"]?.round = 3
                options.rules.append(rule)
            }
        }
        return options
    }

    private static let topics = [
        "json/utf8/a", "json/cp932/a", "value/utf8/a", "value/cp932/a", "csv/utf8/a", "csv/cp932/a",
    ]

    private static let seeds = [
        #"{"t":1750122900,"u":"kg","v":3,"list":[1,2,{"x":"段取り"},null,true,-1.5e-7],"s":"\u6bb5\n"}"#,
        "time,v,w\r\n2025-06-17 10:15:00,\"1,013\",\"a \"\"b\"\"\"\r\nx,２３,\n", "ST,+00012.30kg\r\n",
        "１，２３４．５",
        #"[{"v":1e400},{"v":"1e400"},{"v":-0},{"v":9999999999999999999999}]"#,
        "\u{FEFF}{\"a\":{\"a\":{\"b\":[[[[1]]]]}}}\u{0}",
    ]

    private func finite(_ bench: Bench) {
        for reading in bench.settle().readings {
            if case .number(let number) = reading.value { #expect(number.isFinite) }
        }
    }

    @Test("random bytes, seed 11")
    func random() throws {
        let bench = try Bench(rules())
        var generator = Seeded(11)
        for round in 0..<3000 {
            let count = Int.random(in: 1...200, using: &generator)
            let payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            bench.take(Self.topics[round % Self.topics.count], payload)
        }
        finite(bench)
        #expect(bench.intake.status.messages == 3000)
    }

    @Test("good payloads, truncated everywhere and with bytes replaced, seed 12")
    func mutated() throws {
        let bench = try Bench(rules())
        var generator = Seeded(12)
        for seed in Self.seeds {
            let bytes = Array(seed.utf8)
            for topic in Self.topics {
                for count in 0...bytes.count { bench.take(topic, Array(bytes.prefix(count))) }
                for _ in 0..<400 {
                    var changed = bytes
                    for _ in 0..<Int.random(in: 1...4, using: &generator) {
                        let place = Int.random(in: 0..<changed.count, using: &generator)
                        let marks = Array("{}[]\",:\\\n\r0eE+-.\u{0}".utf8) + [0x80, 0xC0, 0xE3, 0xFF, 0x81]
                        changed[place] = marks.randomElement(using: &generator) ?? 0
                    }
                    bench.take(topic, changed)
                }
            }
        }
        finite(bench)
    }

    @Test("a mebibyte of each kind of trouble is read in linear time", .timeLimit(.minutes(1)))
    func large() throws {
        let size = 1 << 20
        func fill(_ text: String, _ head: String = "", _ tail: String = "") -> [UInt8] {
            let unit = Array(text.utf8)
            let count = (size - head.utf8.count - tail.utf8.count) / unit.count
            return Array(head.utf8) + Array(repeatElement(unit, count: count).joined()) + Array(tail.utf8)
        }
        var members = "{\"t\":1750122900"
        var number = 0
        while members.utf8.count < size - 40 {
            members += ",\"k\(number)\":\(number)"
            number += 1
        }
        let payloads: [[UInt8]] = [
            fill("["), fill("{\"a\":"), fill("1,", "[", "1]"), fill("{},", "[", "{}]"),
            fill("\\u0041", "\"", "\""),
            fill("\"a\":1,", "{", "\"a\":1}"), Array(members.utf8) + Array("}".utf8), fill(" "), fill("9"),
            fill("\""),
            fill("\"a\",", "[", "1]"), fill("a,b\n"), fill("\"\"", "x\n\""), fill("\n"), fill(",", "a\n"),
            fill("a\n\"b\","),
            fill("[[[[[[[[1]]]]]]]],", "[", "1]"), fill("x", "{\"", "\":[1,2,3,4,5,6,7,8,9]}"),
            [UInt8](repeating: 0, count: size),
            [UInt8](repeating: 0xFF, count: size), fill("段"), fill("1e9", "[", "]"),
        ]
        var options = rules()
        // The same looked at through lists whose items look outwards and into the whole document.
        var rule = RuleOptions(name: "outwards", topic: "outwards")
        rule.each = ["$.*", "@.*"]
        rule.match = [MatchOptions(path: "$.k70000", regex: "(?<g>.*)x?")]
        var reading = ReadingOptions()
        reading.metric = "{^.a}{$.k70000}{g}"
        reading.value = Expression("^^.k1")
        reading.time = TimeOptions(paths: ["$.t"])
        rule.readings = [reading]
        options.rules.append(rule)
        let bench = try Bench(options)
        for payload in payloads {
            for topic in Self.topics + ["outwards"] { bench.take(topic, payload) }
            finite(bench)
        }
    }

    @Test("long topics take no more than 32 MiB, are no sources, and are cut in letters")
    func longTopics() throws {
        let bench = try Bench(oneRule("{asset*}") { $0.common.asset = Expression("{asset}") })
        let tail = String(repeating: "棚", count: 20_000)
        for number in 0..<600 { bench.take("\(number)/\(tail)", "{}") }
        let letters = bench.settle().deadLetters
        #expect(letters.count == 600)
        #expect(letters.allSatisfy { (510...512).contains($0.topic.utf8.count) && $0.topic.last == "棚" })
        let status = bench.intake.status
        #expect(status.routes + Int(status.routesPassing) == 600)
        #expect((550..<560).contains(status.routes))
        #expect(status.sources == 0)
    }

    @Test("topics that are chosen to collide cost no more than others")
    func collidingTopics() throws {
        // Under the hash that is the same in every process, the first eight bytes make those behind them worthless.
        func topics(_ head: [UInt8]) -> [[UInt8]] {
            (0..<30_000).map { number in
                let digits = Array(String(10_000_000 + number).utf8)
                return head + digits + Array("/temperature".utf8)
            }
        }
        func timed(_ topics: [[UInt8]]) throws -> Duration {
            let bench = try Bench(oneRule("#") { $0.ignore = true })
            let payload = Array("1".utf8)
            return ContinuousClock().measure {
                for topic in topics {
                    bench.intake.take(
                        topic: topic.span,
                        payload: payload.span,
                        messageID: 1,
                        qos: 0,
                        retain: false
                    )
                }
            }
        }
        let plain = try timed(topics(Array("factory/".utf8)))
        let chosen = try timed(topics([0xDB, 0x28, 0xB4, 0xA0, 0xD1, 0x7E, 0x03, 0xE7]))
        #expect(chosen < plain * 10 + .milliseconds(300))
    }

    @Test("many topics, names and sources stay within their bounds")
    func bounded() throws {
        let options = oneRule("{a}/{b}") {
            $0.each = ["$.*"]
            $0.common.asset = Expression("{a}/{b}")
            $0.readings[0].metric = "{key}"
            $0.readings[0].value = Expression("@")
        }
        let bench = try Bench(options, catalogue: Catalogue(seriesMax: 1000))
        for number in 0..<120_000 {
            bench.take("x/\(number)", "{\"k\":1}")
            if number % 1000 == 0 { bench.settle() }
        }
        bench.take("x/5", "{\"k\":1}")
        bench.take("x/119999", "{\"k\":1}")
        bench.settle()
        let status = bench.intake.status
        #expect(status.routes == 100_000 && status.routesPassing == 20_001 && status.sources == 10_000)
        #expect(status.readings == 1001)
        #expect(bench.intake.sources(limit: 20_000).count == 10_000)
        #expect(bench.intake.deadLetters(limit: 5000).count == 1000)
        #expect(status.deadByReason[.storeLimit] == 119_001)
    }
}
