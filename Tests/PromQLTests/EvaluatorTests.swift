import PromQL
import Readings
import RingStore
import Testing

/// What queries answer on samples that a reader can hold in mind.
@Suite struct EvaluatorTests {
    @Test("series have the names of the house: metric, site, asset and tags")
    func names() throws {
        let bench = try PromBench()
        let stock = try bench.series(
            "stock/ボルト-M8",
            asset: "棚/1",
            tags: [Readings.Tag(name: "lot-no", value: "L1")]
        )
        let odd = try bench.series("温度", site: "", tags: [Readings.Tag(name: "site", value: "A")])
        try bench.commit(stock, [(0, .number(7))])
        try bench.commit(odd, [(0, .number(21))])
        let labels = "{__name__=\"stock/ボルト-M8\", asset=\"棚/1\", lot-no=\"L1\", site=\"ota\"}"
        #expect(try bench.ask("{__name__=\"stock/ボルト-M8\"}", at: 0) == [labels: 7])
        #expect(try bench.ask("{\"lot-no\"=\"L1\"}", at: 0) == [labels: 7])
        #expect(try bench.ask("sum by (\"lot-no\") ({asset=~\"棚/.*\"})", at: 0) == ["{lot-no=\"L1\"}": 7])
        #expect(
            try bench.ask("温度{exported_site=\"A\", site=\"\"}", at: 0)
                == ["{__name__=\"温度\", asset=\"press-1\", exported_site=\"A\"}": 21]
        )
        #expect(try bench.ask("温度{exported_site=\"B\"}", at: 0).isEmpty)
    }

    @Test(
        "a value stands for five minutes, both ends included, and no longer than its source says it has one"
    )
    func lookBack() throws {
        let bench = try PromBench()
        let series = try bench.series("level")
        try bench.commit(series, [(1000, .number(1)), (2000, .number(2)), (2060, .absent)])
        #expect(try bench.ask("level", at: 999).isEmpty)
        #expect(try bench.ask("level", at: 1300).values.first == 1)
        #expect(try bench.ask("level", at: 1301).isEmpty)
        #expect(try bench.ask("level", at: 2059).values.first == 2)
        #expect(try bench.ask("level", at: 2060).isEmpty)
        #expect(try bench.ask("level offset 60s", at: 2060).values.first == 2)
        #expect(try bench.ask("level offset -60s", at: 940).values.first == 1)
        #expect(try bench.ask("count_over_time(level[60s])", at: 2060).values.first == 1)
        #expect(try bench.ask("level[1060s]", at: 2060).values.first == 2)
    }

    @Test("what is of bad quality is no value")
    func badQuality() throws {
        let bench = try PromBench()
        let series = try bench.series("level")
        try bench.commit([
            Reading(series: series, instant: Instant(milliseconds: 0), value: .number(1)),
            Reading(series: series, instant: Instant(milliseconds: 1000), value: .number(9), quality: .bad),
            Reading(
                series: series,
                instant: Instant(milliseconds: 2000),
                value: .number(3),
                quality: .uncertain
            ),
        ])
        #expect(try bench.ask("level", at: 1).isEmpty)
        #expect(try bench.ask("sum_over_time(level[1m])", at: 2).values.first == 4)
    }

    @Test(
        "a flag is 1 or 0, a text is a series for each text, 1 where it says it and 0 where it says another"
    )
    func states() throws {
        let bench = try PromBench()
        let running = try bench.series("running", kind: .state, type: .flag)
        let program = try bench.series("program", kind: .state, type: .text)
        try bench.commit(running, [(0, .flag(true)), (60, .flag(false))])
        try bench.commit(program, [(0, try bench.text("O100")), (60, try bench.text("O200"))])
        #expect(try bench.ask("avg_over_time(running[1m])", at: 60).values.first == 0.5)
        #expect(
            try bench.ask("sum by (state) (program)", at: 60) == [
                "{state=\"O100\"}": 0, "{state=\"O200\"}": 1,
            ]
        )
        #expect(try bench.ask("program == 1", at: 59).keys.first?.contains("state=\"O100\"") == true)
        #expect(try bench.ask("avg_over_time(program{state=~\"O1.*\"}[1m])", at: 60).values.first == 0.5)
        #expect(try bench.ask("program{state=\"O300\"}", at: 60).isEmpty)
    }

    @Test("two rows that cannot be told apart are refused, with the words of Prometheus")
    func ambiguous() throws {
        let bench = try PromBench()
        for metric in ["a", "b"] {
            for asset in ["press-1", "press-2"] {
                let series = try bench.series(metric, asset: asset)
                try bench.commit(series, [(0, .number(1)), (30, .number(2))])
            }
        }
        let cases = [
            ("rate({site=\"ota\"}[1m])", "vector cannot contain metrics with the same labelset"),
            ("a + on (site) b", "found duplicate series for the match group"),
            ("a + on (site) group_left b", "found duplicate series for the match group"),
            ("sum(a) + on () b", "found duplicate series for the match group"),
            (
                "a + on (site) sum by (site) (b)",
                "multiple matches for labels: many-to-one matching must be explicit"
            ),
        ]
        for (query, text) in cases {
            do throws(PromFailure) {
                _ = try PromQuery(query).answer(at: Grid(at: 30_000), over: bench.store.snapshot())
                Issue.record("\(query) was answered")
            } catch {
                #expect(error.description.hasPrefix(text), "\(error)")
            }
        }
        #expect(try bench.ask("a + on (site) group_left sum by (site) (b)", at: 30).count == 2)
    }

    @Test("what costs too much is refused before it is paid")
    func limits() throws {
        let bench = try PromBench()
        for asset in 0..<20 {
            let series = try bench.series("level", asset: "press-\(asset)")
            try bench.commit(series, (0..<100).map { ($0, .number(1)) })
        }
        func refusal(_ change: (inout PromLimits) -> Void, isOver: @escaping () -> Bool = { false }) -> String
        {
            var limits = PromLimits()
            change(&limits)
            do throws(PromFailure) {
                let grid = try Grid(from: 0, through: 99_000, everyMs: 1000)
                let snapshot = bench.store.snapshot()
                _ = try PromQuery("sum(level)").answer(
                    at: grid,
                    over: snapshot,
                    limits: limits,
                    isOver: isOver
                )
                return "nothing"
            } catch {
                return error.description
            }
        }
        #expect(refusal { _ in } == "nothing")
        #expect(refusal { $0.series = 19 }.hasPrefix("20 series match, more than 19 at once"))
        #expect(refusal { $0.samples = 1999 }.hasPrefix("the query would look at more than 1999 samples"))
        #expect(refusal { $0.samplesPerSeries = 99 }.contains("or at more than 99 of one series"))
        #expect(refusal { $0.answered = 99 }.hasPrefix("the answer would have more than 99 values"))
        #expect(refusal { $0.values = 1999 }.hasPrefix("more than 19 series of 100 points each"))
        #expect(refusal({ _ in }, isOver: { true }).hasPrefix("the query took longer than 30 s"))
    }

    @Test(
        "where the ring has gone over samples, buckets stand for them: what is added up stays exact, seed 7"
    )
    func oldTimes() throws {
        let bench = try PromBench()
        let series = try bench.series("pieces_total", kind: .counter)
        var random = SeededRandom(seed: 7)
        var values: [Double] = []
        while bench.store.snapshot().rawFrom == nil, values.count < 8_000_000 {
            let second = Int64(values.count)
            let more = (0..<10_000).map { _ in Double.random(in: 0..<1e6, using: &random) }
            try bench.commit(
                series,
                more.enumerated().map { (second + Int64($0.offset), .number($0.element)) }
            )
            values += more
        }
        let rawFrom = try #require(bench.store.snapshot().rawFrom).milliseconds / 1000
        // The last whole hour before, and one that the border cuts through.
        for hour in [rawFrom / 3600 - 1, rawFrom / 3600] {
            let (start, end) = (hour * 3600, hour * 3600 + 3599)
            let part = values[Int(start)...Int(end)]
            let rises = zip(part.dropFirst(), part).map { $0 < $1 ? $0 : $0 - $1 }
            let truths: [(String, Double)] = [
                ("max_over_time", part.max() ?? 0), ("min_over_time", part.min() ?? 0),
                ("count_over_time", 3600),
                ("sum_over_time", part.reduce(0, +)), ("avg_over_time", part.reduce(0, +) / 3600),
                ("increase", rises.reduce(0, +)), ("last_over_time", part.last ?? 0),
            ]
            for (function, truth) in truths {
                let found = try bench.ask("\(function)(pieces_total[3599s])", at: end).values.first ?? .nan
                #expect(abs(found - truth) <= 1e-9 * truth, "\(function) at \(end), ring from \(rawFrom)")
            }
            #expect(try bench.ask("pieces_total", at: end).values.first == values[Int(end)])
        }
        let old = (rawFrom / 60 - 10) * 60
        #expect(try bench.ask("pieces_total", at: old + 30).values.first == values[Int(old) - 1])
        let answer = try PromQuery("pieces_total").answer(
            at: Grid(at: old * 1000),
            over: bench.store.snapshot()
        )
        #expect(answer.expiredBefore != nil)
    }
}
