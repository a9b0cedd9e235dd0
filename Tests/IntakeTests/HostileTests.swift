import Intake
import Readings
import Testing

/// Payloads that ought to hurt: each costs dead letters and nothing else.
@Suite struct HostileTests {
    /// A rule for everything, in each format, with all that looks into a payload.
    static func rules() -> RuleSetOptions {
        var options = RuleSetOptions()
        options.defaults.timezone = "Asia/Tokyo"
        for format in PayloadFormat.allCases {
            let isBinary = format == .cbor || format == .senmlCbor
            for encoding in TextEncoding.allCases where encoding == .utf8 || !isBinary {
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
        "jsonl/utf8/a", "jsonl/cp932/a", "influx/utf8/a", "influx/cp932/a", "senml/utf8/a", "senml/cp932/a",
        "cbor/utf8/a", "senmlCbor/utf8/a",
    ]

    private static let seeds = [
        #"{"t":1750122900,"u":"kg","v":3,"list":[1,2,{"x":"段取り"},null,true,-1.5e-7],"s":"\u6bb5\n"}"#,
        "time,v,w\r\n2025-06-17 10:15:00,\"1,013\",\"a \"\"b\"\"\"\r\nx,２３,\n", "ST,+00012.30kg\r\n",
        "１，２３４．５",
        #"[{"v":1e400},{"v":"1e400"},{"v":-0},{"v":9999999999999999999999}]"#,
        "\u{FEFF}{\"a\":{\"a\":{\"b\":[[[[1]]]]}}}\u{0}",
        "m,a=b\\,c v=1,w=2i,x=\"say \\\"hi\\\"\",t=T 1750122900\r\n# n\nm v=1e400 -5\n",
        #"[{"bn":"a/","bt":1750122900.5,"bv":1e300,"n":"b","v":1e-300,"s":0.1},{"n":"c","vb":true,"t":-9}]"#,
    ]

    /// The same in CBOR: all major types, pieces, tags and floats.
    private static let seedBytes: [[UInt8]] = [
        [0x9F, 0xA3, 0x21, 0x62, 0x61, 0x2F, 0x24, 0x01, 0x00, 0x61, 0x62, 0x02, 0xF9, 0x3C, 0x00, 0xFF],
        [
            0xBF, 0x61, 0x61, 0x7F, 0x61, 0x62, 0x61, 0x63, 0xFF, 0x61, 0x74, 0xC1, 0x1A, 0x68, 0x50, 0xC0,
            0x14,
            0x20, 0xC4, 0x82, 0x21, 0x19, 0x6A, 0xB3, 0xF5, 0xC2, 0x49, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0x61,
            0x64,
            0xD6, 0x43, 1, 2, 3, 0xFF,
        ],
    ]

    private func finite(_ bench: Bench) {
        for reading in bench.settle().readings {
            if case .number(let number) = reading.value { #expect(number.isFinite) }
        }
    }

    @Test("random bytes, seed 11")
    func random() throws {
        let bench = try Bench(Self.rules())
        var generator = Seeded(11)
        for round in 0..<3000 {
            let count = Int.random(in: 1...200, using: &generator)
            let payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            bench.take(Self.topics[round % Self.topics.count], payload)
            for format in PayloadFormat.allCases { exercise(format, payload: payload) }
        }
        finite(bench)
        #expect(bench.intake.status.messages == 3000)
    }

    @Test("good payloads, truncated everywhere and with bytes replaced, seed 12")
    func mutated() throws {
        let bench = try Bench(Self.rules())
        var generator = Seeded(12)
        for bytes in Self.seeds.map({ Array($0.utf8) }) + Self.seedBytes {
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
                    if topic == Self.topics[0] {
                        for format in PayloadFormat.allCases { exercise(format, payload: changed) }
                    }
                }
            }
        }
        finite(bench)
    }

    /// A mebibyte (or `bytes`) of the same, with a head and a tail.
    static func fill(_ text: String, _ head: String = "", _ tail: String = "", bytes: Int = 1 << 20)
        -> [UInt8]
    {
        let unit = Array(text.utf8)
        let count = (bytes - head.utf8.count - tail.utf8.count) / unit.count
        return Array(head.utf8) + Array(repeatElement(unit, count: count).joined()) + Array(tail.utf8)
    }

    @Test("a mebibyte of each kind of trouble is read in linear time")
    func large() throws {
        let size = 1 << 20
        var members = "{\"t\":1750122900"
        var number = 0
        while members.utf8.count < size - 40 {
            members += ",\"k\(number)\":\(number)"
            number += 1
        }
        let payloads: [[UInt8]] = [
            Self.fill("["), Self.fill("{\"a\":"), Self.fill("1,", "[", "1]"), Self.fill("{},", "[", "{}]"),
            Self.fill("\\u0041", "\"", "\""),
            Self.fill("\"a\":1,", "{", "\"a\":1}"), Array(members.utf8) + Array("}".utf8), Self.fill(" "),
            Self.fill("9"),
            Self.fill("\""),
            Self.fill("\"a\",", "[", "1]"), Self.fill("a,b\n"), Self.fill("\"\"", "x\n\""), Self.fill("\n"),
            Self.fill(",", "a\n"),
            Self.fill("a\n\"b\","),
            Self.fill("[[[[[[[[1]]]]]]]],", "[", "1]"), Self.fill("x", "{\"", "\":[1,2,3,4,5,6,7,8,9]}"),
            [UInt8](repeating: 0, count: size),
            [UInt8](repeating: 0xFF, count: size), Self.fill("段"), Self.fill("1e9", "[", "]"),
        ]
        var options = Self.rules()
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
            let began = threadSeconds()
            for topic in Self.topics.prefix(6) + ["outwards"] { bench.take(topic, payload) }
            finite(bench)
            // A thousandth of what every byte's look at every other would take.
            let start = String(decoding: payload.prefix(20), as: UTF8.self)
            try #require(threadSeconds() - began < 10, "\(start)…")
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
        let bench = try Bench(options)
        for number in 0..<120_000 {
            bench.take("x/\(number)", "{\"k\":1}")
            if number % 1000 == 0 { bench.settle() }
        }
        bench.take("x/5", "{\"k\":1}")
        bench.take("x/119999", "{\"k\":1}")
        bench.settle()
        let status = bench.intake.status
        #expect(status.routes == 100_000 && status.routesPassing == 20_001 && status.sources == 10_000)
        #expect(status.readings == 120_002)
        #expect(bench.intake.sources(limit: 20_000).count == 10_000)
    }

    @Test("a topic that gets no series from the store gets no lasting place here either")
    func refused() throws {
        let options = oneRule("{a}/{b}") {
            $0.common.asset = Expression("{a}")
            $0.readings[0].metric = "{b}"
            $0.readings[0].value = Expression("$.k")
        }
        let bench = try Bench(options, catalogue: Catalogue(seriesMax: 1000))
        for number in 0..<30_000 { bench.take("x/\(number)", "{\"k\":\(number)}") }
        // What was told before the store was full goes on, and so does a topic that has told nothing yet.
        bench.take("x/5", "{\"k\":7}")
        bench.take("x/unread", "{")
        bench.settle()
        let status = bench.intake.status
        #expect(status.routes == 1001 && status.routesPassing == 29_000)
        #expect(status.readings == 1001)
        #expect(status.deadByReason[.storeLimit] == 29_000)
    }
}
