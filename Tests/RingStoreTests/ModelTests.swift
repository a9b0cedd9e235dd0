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
        try compare(seed: seed, budget: 160 << 10, steps: 500)
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
                let kind: Kind = [.gauge, .counter, .state, .delta][number % 4]
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
            let value = Double(Int.random(in: 0...(one.kind == .state ? 40 : 300), using: &random)) / 10
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
            try checkBuckets(snapshot, one, rest, note)
        }
    }

    /// Where raw is complete, buckets are its fold.
    private func checkBuckets(_ snapshot: Snapshot, _ one: Series, _ samples: [Sample], _ note: String) throws
    {
        if one.kind == .state { return try checkStates(snapshot, one, samples, note) }
        for tier in Tier.allCases {
            var from = snapshot.rawFrom ?? .distantPast
            if let rawFrom = snapshot.rawFrom {
                from = rawFrom.advanced(byMs: tier.widthMs - 1).floored(toMs: tier.widthMs)
            }
            var expected: [Bucket] = []
            for sample in samples where sample.instant >= from {
                expected.fold(sample, tier, countsFalls: one.kind == .counter)
            }
            let found = try snapshot.buckets(one.id, tier, from: from, to: .distantFuture)
            if found.areAlike(expected) { continue }
            let wrong = zip(found, expected).first { !$0.isAlike($1) }
            Issue.record("\(note) \(one.key): \(found.count) \(tier)s of \(expected.count), \(wrong as Any)")
        }
    }

    /// Every millisecond from the first sample on is in one state.
    private func checkStates(_ snapshot: Snapshot, _ one: Series, _ samples: [Sample], _ note: String) throws
    {
        guard let first = samples.first, let last = samples.last else { return }
        let to = last.instant.advanced(byMs: 7_777_777)
        for tier in Tier.allCases {
            let from = snapshot.rawFrom.map { max($0, first.instant) } ?? first.instant
            let start = from.advanced(byMs: tier.widthMs - 1).floored(toMs: tier.widthMs)
            guard start < to else { continue }
            let found = try snapshot.states(one.id, tier, from: start, to: to, limit: .max)
            var due: [Instant: StateBucket] = [:]
            for (index, sample) in samples.enumerated() {
                let value = sample.quality == .bad ? Scalar.absent : sample.value
                let end = index + 1 < samples.count ? samples[index + 1].instant : to
                var at = sample.instant
                repeat {
                    let bucket = at.floored(toMs: tier.widthMs)
                    let part = min(bucket.advanced(byMs: tier.widthMs), end)
                    due[bucket, default: StateBucket(start: bucket, widthMs: tier.widthMs)].add(
                        value,
                        milliseconds: part.msSince(at),
                        samples: at == sample.instant ? 1 : 0
                    )
                    at = part
                } while at < end
            }
            for bucket in found {
                let expected = due[bucket.start].map { Set($0.shares) } ?? []
                if Set(bucket.shares) == expected { continue }
                let wrong = expected.symmetricDifference(bucket.shares).prefix(3).map(\.self)
                Issue.record("\(note) \(one.key) \(tier) \(bucket.start): \(wrong)")
            }
            #expect(found.count == due.keys.count { $0 >= start }, "\(note) \(one.key) \(tier)")
        }
    }
}
