import Readings
import Testing

@testable import RingStore

/// What the store must answer, kept in the plainest way there is.
private struct Model {
    var samples: [SeriesID: [Sample]] = [:]

    mutating func take(_ reading: Reading, isDelta: Bool) {
        var run = samples[reading.series] ?? []
        if !isDelta { run.removeAll { $0.instant == reading.instant } }
        let place = run.firstIndex { $0.instant > reading.instant } ?? run.count
        run.insert(reading.sample, at: place)
        samples[reading.series] = run
    }

    func answer(_ id: SeriesID, from: Instant, to: Instant) -> [Sample] {
        (samples[id] ?? []).filter { $0.instant >= from && $0.instant < to }
    }
}

@Suite("the store and a plain model")
struct ModelTests {
    @Test("agree on random histories with restarts", arguments: 0..<60 as Range<UInt64>)
    func randomHistory(seed: UInt64) throws {
        try compare(seed: seed, budget: 1 << 20, steps: 160)
    }

    @Test("agree while the ring turns", arguments: 100..<120 as Range<UInt64>)
    func turningRing(seed: UInt64) throws {
        try compare(seed: seed, budget: 128 << 10, steps: 500)
    }

    private func compare(seed: UInt64, budget: Int, steps: Int) throws {
        var random = SeededRandom(seed: seed)
        let place = Workplace()
        var open = try reopen(place, budget: budget)
        var model = Model()
        var series: [Series] = []
        var clock: Int64 = 1_700_000_000_000
        var committed: UInt64 = 0
        for step in 0..<steps {
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                open.store.abandon()
                open = try reopen(place, budget: budget)
                try register(series, open.store)
            case 1:
                open.store.close()
                open = try reopen(place, budget: budget)
                #expect(open.batches.isEmpty, "seed \(seed) step \(step): a closed store replays nothing")
                try register(series, open.store)
            case 2:
                let number = series.count
                let kind: Kind = number % 4 == 3 ? .delta : .gauge
                series.append(try open.store.gauge("m\(number)", kind: kind))
            case 3: try check(open.store, model, series, &random, "seed \(seed) step \(step)")
            default:
                let found = try randomBatch(open.store, &series, &clock, &random)
                let commit = try open.store.commit(found)
                if !found.isEmpty { committed += 1 }
                #expect(commit.sequence == committed, "seed \(seed) step \(step)")
                for reading in found.readings {
                    model.take(reading, isDelta: series[Int(reading.series.index)].kind == .delta)
                }
            }
        }
        try check(open.store, model, series, &random, "seed \(seed) at the end")
        open.store.close()
        open = try reopen(place, budget: budget)
        try check(open.store, model, series, &random, "seed \(seed) reopened")
        #expect(open.store.status.damaged == 0, "seed \(seed)")
        #expect(place.diskBytes <= budget, "seed \(seed)")
    }

    /// A series that no commit named yet is not durable; registered in the same order they get the same ids.
    private func register(_ series: [Series], _ store: RingStore) throws {
        for one in series { #expect(try store.gauge(one.key.metric, kind: one.kind) == one) }
    }

    private func randomBatch(
        _ store: RingStore,
        _ series: inout [Series],
        _ clock: inout Int64,
        _ random: inout SeededRandom
    ) throws -> Batch {
        if series.isEmpty { series.append(try store.gauge("m0")) }
        var readings: [Reading] = []
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            clock += Int64.random(in: 0...20_000, using: &random)
            var instant = clock
            switch Int.random(in: 0..<30, using: &random) {
            case 0: instant -= Int64.random(in: 0...5_000_000, using: &random)
            case 1: instant = readings.last?.instant.milliseconds ?? clock
            case 2: instant += Int64.random(in: 0...600_000, using: &random)
            default: break
            }
            let one = series[Int.random(in: 0..<series.count, using: &random)]
            let value = Double(Int.random(in: 0...300, using: &random)) / 10
            let quality: Quality = Int.random(in: 0..<10, using: &random) == 0 ? .bad : .good
            readings.append(reading(one, instant, value, quality))
            let isRepeated = Int.random(in: 0..<20, using: &random) == 0 && one.kind != .delta
            if isRepeated, let last = readings.last { readings.append(last) }
        }
        return batch(readings)
    }

    private func check(
        _ store: RingStore,
        _ model: Model,
        _ series: [Series],
        _ random: inout SeededRandom,
        _ note: String
    ) throws {
        // A seal under way may overtake the snapshot; that is another test's.
        try store.waitUntilSealed()
        let snapshot = store.snapshot()
        for one in series {
            let all = model.samples[one.id] ?? []
            let low = all.first?.instant ?? Instant(milliseconds: 0)
            let span = max(1, (all.last?.instant ?? low).msSince(low))
            let from = low.advanced(byMs: Int64.random(in: -10...span, using: &random))
            let to = from.advanced(byMs: Int64.random(in: 1...span + 20, using: &random))
            for (from, to) in [(Instant.distantPast, Instant.distantFuture), (from, to)] {
                let run = try snapshot.samples(one.id, from: from, to: to, limit: .max)
                let expected = model.answer(one.id, from: from, to: to)
                guard let complete = run.expiredBefore else {
                    #expect(run.samples == expected, "\(note) \(one.key)")
                    continue
                }
                #expect(
                    run.samples.filter { $0.instant >= complete }
                        == expected.filter { $0.instant >= complete },
                    "\(note) \(one.key)"
                )
                let known = Set(model.answer(one.id, from: from, to: complete).map(\.instant))
                #expect(
                    run.samples.allSatisfy { $0.instant >= complete || known.contains($0.instant) },
                    "\(note)"
                )
            }
            #expect(snapshot.latest(one.id) == all.last, "\(note) \(one.key)")
            let limit = Int.random(in: 0...20, using: &random)
            let limited = try snapshot.samples(
                one.id,
                from: snapshot.rawFrom ?? .distantPast,
                to: .distantFuture,
                limit: limit
            )
            let rest = model.answer(one.id, from: snapshot.rawFrom ?? .distantPast, to: .distantFuture)
            #expect(limited.samples == Array(rest.prefix(limit)), "\(note)")
            #expect(limited.truncated == (rest.count > limit), "\(note)")
            try checkMinutes(snapshot, one, rest, note)
        }
    }

    /// Where raw is complete, minutes are its fold.
    private func checkMinutes(_ snapshot: Snapshot, _ one: Series, _ samples: [Sample], _ note: String) throws
    {
        var from = snapshot.rawFrom ?? .distantPast
        if let rawFrom = snapshot.rawFrom { from = rawFrom.advanced(byMs: 59_999).floored(toMs: 60_000) }
        var expected: [Bucket] = []
        for sample in samples where sample.instant >= from && sample.quality != .bad {
            let start = sample.instant.floored(toMs: 60_000)
            if expected.last?.start != start { expected.append(Bucket(start: start, widthMs: 60_000)) }
            expected[expected.count - 1].fold(sample.value.number ?? .nan, at: sample.instant)
        }
        #expect(
            try snapshot.minutes(one.id, from: from, to: .distantFuture) == expected,
            "\(note) \(one.key)"
        )
    }
}
