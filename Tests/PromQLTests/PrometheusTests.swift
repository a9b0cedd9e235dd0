import Foundation
import PromQL
import Readings
import RingStore
import Testing

/// The answers beside those of Debian's Prometheus on the same samples.
@Suite struct PrometheusTests {
    /// A failing run is replayed with its seed.
    private static let seed =
        UInt64(ProcessInfo.processInfo.environment["TSUNAGI_TEST_SEED"] ?? "") ?? 20_260_101
    private static let queries = ProcessInfo.processInfo.environment["TSUNAGI_TEST_LONG"] == nil ? 200 : 5000

    @Test("generated queries of every kind are answered as Prometheus answers them, within 1e-9")
    func same() throws {
        let seed = Self.seed
        print("seed \(seed): TSUNAGI_TEST_SEED=\(seed) repeats the queries")
        var random = SeededRandom(seed: seed)
        let plant = PromPlant(with: &random)
        let bench = try PromBench()
        try keep(plant, in: bench)
        let server = try PromServer(folder: bench.folder, lines: plant.lines.flatMap(\.openMetrics))
        var maker = QueryMaker(random)
        let snapshot = bench.store.snapshot()
        var figures = Figures()
        for _ in 0..<Self.queries {
            let query = maker.query()
            let isRange = maker.chance(60)
            let startMs = PromPlant.startMs + 250 * maker.number(-1200...40_000)
            let stepMs: Int64 =
                isRange ? maker.one([1000, 7000, 15_000, 60_000, 61_500, 300_000, 3_600_000]) : 1
            let endMs = isRange ? startMs + stepMs * maker.number(0...120) : startMs
            let grid = try Grid(from: startMs, through: endMs, everyMs: stepMs)
            let told =
                isRange
                ? try server.ask(
                    "/api/v1/query_range",
                    [
                        ("query", query), ("start", "\(Double(startMs) / 1000)"),
                        ("end", "\(Double(endMs) / 1000)"),
                        ("step", "\(Double(stepMs) / 1000)"),
                    ]
                )
                : try server.ask("/api/v1/query", [("query", query), ("time", "\(Double(startMs) / 1000)")])
            do throws(PromFailure) {
                let answer = try PromQuery(query).answer(at: grid, over: snapshot)
                let place = "seed \(seed): \(query) at \(startMs)…\(endMs)/\(stepMs)"
                compare(answer, told, place, &figures)
            } catch {
                figures.refused += 1
                #expect(told.status == "error", "seed \(seed): \(query) at \(startMs): \(error)")
            }
        }
        print(
            "\(figures.answered) answered alike, \(figures.empty) of them empty, with \(figures.points) points; "
                + "\(figures.refused) refused by both"
        )
        // Else the generator no longer asks anything worth an answer.
        #expect(figures.answered - figures.empty > Self.queries / 2 && figures.points > 10 * Self.queries)
    }

    private struct Figures {
        var (answered, empty, refused, points) = (0, 0, 0, 0)
    }

    private func keep(_ plant: PromPlant, in bench: PromBench) throws {
        var readings: [Reading] = []
        for line in plant.lines {
            let id = try bench.series(
                line.metric,
                site: line.site,
                asset: line.asset,
                tags: line.lot.map { [Readings.Tag(name: "lot", value: $0)] } ?? [],
                kind: line.isCounter ? Kind.counter : Kind.gauge
            )
            readings += line.samples.map {
                Reading(series: id, instant: Instant(milliseconds: $0.ms), value: .number($0.value))
            }
        }
        readings.sort { $0.instant < $1.instant }
        let half = readings.count / 2
        try bench.commit(Array(readings[..<half]))
        // Half of it in pages, half in the head.
        try bench.store.compact()
        try bench.commit(Array(readings[half...]))
    }

    private func compare(
        _ answer: PromQuery.Answer,
        _ told: PromServer.Reply,
        _ place: String,
        _ figures: inout Figures
    ) {
        guard let rows = told.data?.rows else {
            Issue.record("Prometheus refuses what is answered here: \(told.error ?? ""), \(place)")
            return
        }
        figures.answered += 1
        var lines: [(labels: LabelSet, values: [Double])]
        switch answer.rows {
        case .scalar(let numbers): lines = [(LabelSet(), numbers)]
        case .lines(let found): lines = found.map { ($0.labels, $0.values) }
        case .samples: lines = []
        }
        if rows.isEmpty { figures.empty += 1 }
        let labels = lines.map { line in
            Dictionary(uniqueKeysWithValues: line.labels.labels.map { ($0.name, $0.value) })
        }
        guard Set(labels) == Set(rows.map(\.metric)) else {
            Issue.record("other rows: \(labels) instead of \(rows.map(\.metric)), \(place)")
            return
        }
        for row in rows {
            guard let index = labels.firstIndex(of: row.metric) else { continue }
            let values = lines[index].values
            let steps = values.indices.filter { !Line.isGap(values[$0]) }
            guard steps.map({ answer.grid[$0] }) == row.points.map(\.ms) else {
                Issue.record(
                    "other instants: \(steps.count) instead of \(row.points.count), \(row.metric), \(place)"
                )
                continue
            }
            figures.points += steps.count
            for (step, point) in zip(steps, row.points) where !Self.isSame(values[step], point.value) {
                Issue.record(
                    "\(values[step]) instead of \(point.value) at \(point.ms), \(row.metric), \(place)"
                )
                return
            }
        }
    }

    private static func isSame(_ ours: Double, _ theirs: Double) -> Bool {
        if ours.isNaN || theirs.isNaN || ours.isInfinite || theirs.isInfinite {
            return ours == theirs || (ours.isNaN && theirs.isNaN)
        }
        return abs(ours - theirs) <= 1e-9 * max(abs(ours), abs(theirs))
    }
}
