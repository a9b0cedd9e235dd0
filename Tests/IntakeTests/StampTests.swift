import Intake
import Readings
import Testing

@Suite struct StampTests {
    private func stamp(
        _ value: String,
        _ time: TimeOptions = TimeOptions(paths: ["$.t"]),
        zone: String? = "Asia/Tokyo"
    ) throws -> String? {
        var options = oneReading { $0.time = time }
        options.defaults.timezone = zone
        options.defaults.maxBehindSeconds = 400_000_000
        options.defaults.maxAheadSeconds = 400_000_000
        let bench = try Bench(options)
        let reading = bench.batch("t/a", "{\"v\":1,\"t\":\(value)}").readings.first
        return reading.flatMap { $0.timeSource == .source ? $0.instant.iso8601 : nil }
    }

    @Test(
        "stamps as sources write them",
        arguments: [
            ("1750122900", "2025-06-17T01:15:00.000Z"), ("1750122929.62", "2025-06-17T01:15:29.620Z"),
            ("1750122900123", "2025-06-17T01:15:00.123Z"), ("1750122900123456", "2025-06-17T01:15:00.123Z"),
            ("1750122900123456789", "2025-06-17T01:15:00.123Z"),
            ("\"1750122900\"", "2025-06-17T01:15:00.000Z"),
            ("\"2025-06-17T01:15:00Z\"", "2025-06-17T01:15:00.000Z"),
            ("\"2025-06-17T10:15:00.5096725+09:00\"", "2025-06-17T01:15:00.509Z"),
            ("\"2025/06/17 10:15:00\"", "2025-06-17T01:15:00.000Z"),
            ("\"2025/6/7 9:05\"", "2025-06-07T00:05:00.000Z"),
            ("\"2025-06-17 10:15:00,25\"", "2025-06-17T01:15:00.250Z"),
            ("\"20250617T101500\"", "2025-06-17T01:15:00.000Z"),
            ("\"2025-06-17\"", "2025-06-16T15:00:00.000Z"),
            ("\"2025-06-17T10:15:00 -0330\"", "2025-06-17T13:45:00.000Z"),
            ("\"２０２５/０６/１７ １０:１５:００\"", "2025-06-17T01:15:00.000Z"),
            ("\"2025-02-30T00:00:00Z\"", nil), ("\"2025-06-17T25:00:00Z\"", nil), ("\"soon\"", nil),
            ("true", nil),
            ("null", nil), ("[1]", nil), ("\"\"", nil), ("0", nil), ("1e400", nil), ("-5", nil),
        ] as [(String, String?)]
    )
    func guess(text: String, wanted: String?) throws {
        #expect(try stamp(text) == wanted)
    }

    @Test("without a zone a local stamp is of no use, and arrival is used and counted")
    func noZone() throws {
        let bench = try Bench(oneReading { $0.time = TimeOptions(paths: ["$.t"]) })
        let batch = bench.batch("t/a", "{\"v\":1,\"t\":\"2025-06-17T10:15:00\"}")
        #expect(batch.readings.first?.timeSource == .arrival)
        #expect(batch.readings.first?.instant == Bench.noon)
        #expect(bench.intake.status.stampsUnusable == 1)
    }

    @Test(
        "formats that are said are followed",
        arguments: [
            ("175012290", "s", "1975-07-19T14:11:30.000Z"),
            ("\"17.06.2025 10:15\"", "%d.%m.%Y %H:%M", "2025-06-17T01:15:00.000Z"),
            ("\"17-Jun-25 01:15:00 PM\"", "%d-%b-%y %I:%M:%S %p", "2025-06-17T04:15:00.000Z"),
            ("\"2025年6月17日 10時15分\"", "%Y年%m月%d日 %H時%M分", "2025-06-17T01:15:00.000Z"),
            ("\"2025168\"", "%Y%j", "2025-06-16T15:00:00.000Z"),
            ("\"2024366\"", "%Y%j", "2024-12-30T15:00:00.000Z"), ("\"2025366\"", "%Y%j", nil),
            ("\"10:15:00.5 17/06/25\"", "%T.%f %d/%m/%y", "2025-06-17T01:15:00.500Z"),
            ("\"2025-06-17\"", "%d.%m.%Y", nil), ("1750122900123", "ms", "2025-06-17T01:15:00.123Z"),
            ("1750122900123456789", "ns", "2025-06-17T01:15:00.123Z"),
        ] as [(String, String, String?)]
    )
    func format(text: String, format: String, wanted: String?) throws {
        let early = wanted.map { $0 < "2015" } ?? false
        #expect(try stamp(text, TimeOptions(paths: ["$.t"], format: format)) == (early ? nil : wanted))
    }

    @Test("summer time: the earlier of two, the old clock where an hour is skipped")
    func summerTime() throws {
        let berlin = TimeOptions(paths: ["$.t"], zone: "Europe/Berlin")
        #expect(try stamp("\"2024-07-01 12:00:00\"", berlin) == "2024-07-01T10:00:00.000Z")
        #expect(try stamp("\"2024-12-01 12:00:00\"", berlin) == "2024-12-01T11:00:00.000Z")
        #expect(try stamp("\"2024-10-27 02:30:00\"", berlin) == "2024-10-27T00:30:00.000Z")
        #expect(try stamp("\"2024-10-27 03:30:00\"", berlin) == "2024-10-27T02:30:00.000Z")
        #expect(try stamp("\"2024-03-31 02:30:00\"", berlin) == "2024-03-31T01:30:00.000Z")
        #expect(try stamp("\"2024-03-31 03:30:00\"", berlin) == "2024-03-31T01:30:00.000Z")
        #expect(try stamp("\"2024-03-31 01:30:00\"", berlin) == "2024-03-31T00:30:00.000Z")
    }

    @Test("the first usable path counts, and templates join columns")
    func several() throws {
        let time = TimeOptions(paths: ["$.none", "$.t"])
        #expect(try stamp("1750122900", time) == "2025-06-17T01:15:00.000Z")
        let joined = TimeOptions(paths: ["2025-06-17 {$.t}"])
        #expect(try stamp("\"10:15:00\"", joined) == "2025-06-17T01:15:00.000Z")
    }

    @Test("the four rules about stamps, and their counters")
    func policy() throws {
        let bench = try Bench(oneReading { $0.time = TimeOptions(paths: ["$.t"]) })
        let seconds = Bench.noon.milliseconds / 1000
        #expect(bench.batch("t/a", "{\"v\":1}").readings.first?.instant == Bench.noon)
        let unset = bench.batch("t/a", "{\"v\":1,\"t\":1000000000}").readings.first
        #expect(unset?.instant == Bench.noon && unset?.quality == .good)
        #expect(bench.lines("t/a", "{\"v\":1,\"t\":\(seconds + 599)}") == ["m=1"])
        #expect(bench.lines("t/a", "{\"v\":1,\"t\":\(seconds + 700)}") == ["m=1 uncertain"])
        #expect(bench.lines("t/a", "{\"v\":1,\"t\":\(seconds - 604_000)}") == ["m=1"])
        #expect(
            bench.lines("t/a", "{\"v\":1,\"t\":\(seconds - 700_000)}") == [
                "!too_old 2025-06-08T22:48:50.000Z"
            ]
        )
        let status = bench.intake.status
        #expect([status.stampsMissing, status.stampsUnset, status.stampsAhead] == [1, 1, 1])
    }

    @Test("retained: with its own time ordinary, without it current and stale")
    func retained() throws {
        let bench = try Bench(oneReading { $0.time = TimeOptions(paths: ["$.t"]) })
        let own = bench.batch("t/a", "{\"v\":1,\"t\":1750122900}", retain: true).readings
        #expect(own.map(\.currentOnly) == [false] && own.map(\.quality) == [.good])
        let none = bench.batch("t/a", "{\"v\":1}", retain: true).readings
        #expect(none.map(\.currentOnly) == [true] && none.map(\.quality) == [.stale])
    }

    @Test("a clock that runs slow is seen in its source, and nothing is corrected")
    func skew() throws {
        let bench = try Bench(oneReading { $0.time = TimeOptions(paths: ["$.t"]) })
        let stamp = Bench.noon.milliseconds - 90_000
        for step in 0..<5 {
            let reading = bench.batch("t/a", "{\"v\":\(step),\"t\":\(stamp + Int64(step))}").readings.first
            #expect(reading?.instant.milliseconds == stamp + Int64(step))
        }
        let source = try #require(bench.intake.sources(limit: 10).first)
        #expect(source.rule == "one" && source.name == "a" && source.messages == 5 && source.readings == 5)
        #expect(source.skewMs == 89_998 && source.lastSeen == Bench.noon)
    }
}
