import Foundation
import Readings
import Synchronization
import Testing

@testable import RingStore

/// Gauges that each have a sample a second, all alike to the store: what a sample says follows from series and tick.
struct SteadyLoad {
    /// A batch has so many series, of 50 on a machine, and so many seconds of each.
    let series: Int
    let ticks: Int
    /// Quarters near each other as sensors send them, else noise that nothing can press.
    var isCalm = false

    private static let epoch: Int64 = 1_700_000_000_000

    func register(in store: RingStore) throws {
        for number in 0..<series {
            let key = SeriesKey(site: "大阪", asset: "プレス/\(number / 50)号機", metric: "m\(number)")
            let found = try store.series(for: key, kind: .gauge, type: .number, unit: "Cel")
            try #require(Int(found.id.index) == number)
        }
    }

    /// The batch that begins with a tick.
    func batch(_ tick: Int) -> Batch {
        var batch = Batch(opened: instant(tick), capacity: series * ticks)
        for tick in tick..<tick + ticks {
            for number in 0..<series {
                batch.readings.append(
                    Reading(
                        series: SeriesID(index: UInt32(number)),
                        instant: instant(tick),
                        value: .number(value(number, tick))
                    )
                )
            }
        }
        return batch
    }

    func instant(_ tick: Int) -> Instant { Instant(milliseconds: SteadyLoad.epoch + Int64(tick) * 1000) }

    func value(_ series: Int, _ tick: Int) -> Double {
        var random = SeededRandom(seed: UInt64(series) << 40 | UInt64(tick))
        let word = random.next()
        if !isCalm { return Double(word >> 11) * 0x1p-53 }
        return 20 + Double(series % 7) + Double((tick / 30 + series) % 100) / 4 + Double(word & 3) / 4
    }

    /// Every series has every sample up to a tick, from where the store says that it is complete.
    func check(_ store: RingStore, through last: Int, each step: Int = 37) throws {
        let snapshot = store.snapshot()
        for number in stride(from: 0, to: series, by: step) {
            let id = SeriesID(index: UInt32(number))
            let run = try snapshot.samples(id, from: .distantPast, to: .distantFuture, limit: .max)
            let complete = run.expiredBefore ?? instant(0)
            let first = max(0, (Int(complete.msSince(instant(0))) + 999) / 1000)
            try #require(first <= last)
            let found = run.samples.filter { $0.instant >= complete }
            let isSame = zip(first...last, found).allSatisfy {
                $1.instant == instant($0) && $1.value == .number(value(number, $0))
            }
            #expect(
                isSame && found.count == last - first + 1,
                "series \(number): \(found.count) from \(first)"
            )
        }
    }

    /// What a store had when it was killed.
    struct Killed {
        var tick: Int
        var sequence: UInt64
        var cursor: UInt64
        /// Both halves.
        var journalBytes: Int
    }

    /// A store whose rings have turned, and whose journal is full to the last record in both halves, because nothing
    /// can be sealed any more; killed then.
    func fillAndKill(_ place: Workplace, budget: Int) throws -> Killed {
        let faulty = FaultyDisk()
        var tuning = StoreTuning()
        tuning.disk = faulty.disk
        let options = StoreOptions(directory: place.path, budgetBytes: budget)
        let store = try RingStore.open(options, tuning: tuning) { _ in }.store
        try register(in: store)
        var tick = 0
        while store.snapshot().rawFrom == nil {
            for _ in 0..<32 {
                _ = try store.commit(batch(tick))
                tick += ticks
            }
        }
        try store.compact()
        faulty.faults.withLock { $0.failsWrites = ["checkpoint"] }
        var next = batch(tick)
        var sequence: UInt64 = 0
        while let commit = try? store.commit(next) {
            sequence = commit.sequence
            // As many rows as the head takes; then the same again, as from a broker that heard nothing: records without
            // rows.
            if store.snapshot().view.active.count + 2 * next.readings.count <= tuning.headRows {
                tick += ticks
                next = batch(tick)
            }
        }
        #expect(store.status.fault != nil)
        let cursor = store.snapshot().cursor
        let last = next.readings.last.flatMap { store.snapshot().latest($0.series)?.instant }
        let held = last.map { Int($0.msSince(instant(0)) / 1000) } ?? 0
        store.abandon()
        return Killed(
            tick: held,
            sequence: sequence,
            cursor: cursor,
            journalBytes: store.core.geometry.halfBytes * 2
        )
    }
}
