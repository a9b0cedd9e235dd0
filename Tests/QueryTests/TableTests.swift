import Foundation
import Query
import Readings
import RingStore
import Testing

/// What an answer says of what is missing from it.
@Suite struct TableTests {
    @Test("steps of more samples than an answer may look at are truncated, and say so")
    func truncatedSteps() throws {
        let bench = try TableBench()
        var stamp: Int64 = 0
        while stamp < 1_010_000 {
            try bench.commit(from: stamp, count: 10_000) { _ in 1 }
            stamp += 10_000
        }
        #expect(try bench.query(to: stamp).isTruncated)
        #expect(try !bench.query(to: 100_000).isTruncated)
    }

    @Test("steps of a range that the ring has gone over in part say so, seed 5")
    func expiredSteps() throws {
        let bench = try TableBench()
        var state: UInt64 = 5
        var stamp: Int64 = 0
        while bench.store.snapshot().rawFrom == nil, stamp < 8_000_000 {
            try bench.commit(from: stamp, count: 10_000) { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 11)
            }
            stamp += 10_000
        }
        let complete = try #require(bench.store.snapshot().rawFrom)
        let table = try bench.query(to: 2000)
        #expect(table.expiredBefore == min(complete, Instant(milliseconds: 2000)))
        #expect(try bench.query(from: stamp - 1000, to: stamp).expiredBefore == nil)
    }
}

/// Steps of what is no plain level.
@Suite struct StepTests {
    @Test("a counter's steps rise by what it rose by, over restarts and empty steps")
    func counter() throws {
        let bench = try TableBench(metric: "良品", kind: .counter)
        // It begins again at the 31st minute, and says nothing from the 40th to the 49th.
        try bench.commit(minutes: (0..<90).filter { !(40..<50).contains($0) }) { minute in
            .number(Double(minute < 31 ? minute * 7 : (minute - 31) * 7))
        }
        for everyMs: Int64 in [60_000, 600_000, 1_800_000, 3_600_000, 7000] {
            let rows = try bench.query(to: 90 * 60_000, everyMs: everyMs).columns.first?.rows
            guard case .steps(let steps) = rows else { return #expect(Bool(false), "steps") }
            let rise: Double = steps.compactMap(\.increase).reduce(0, +)
            #expect(rise == 616, "\(everyMs)")
            let first = try #require(steps.dropFirst().first)
            let rate = try #require(first.rate)
            #expect(abs(rate - (first.increase ?? 0) * 1000 / Double(everyMs)) < 1e-12)
        }
        bench.compact()
        let rows = try bench.query(to: 90 * 60_000, everyMs: 3_600_000).columns.first?.rows
        guard case .steps(let steps) = rows else { return #expect(Bool(false), "steps") }
        #expect(steps.map { $0.increase ?? -1 } == [406, 210] as [Double])
    }

    @Test("a level has no rise")
    func level() throws {
        let bench = try TableBench()
        try bench.commit(minutes: [0, 1]) { .number(Double($0)) }
        let rows = try bench.query(to: 120_000, everyMs: 60_000).columns.first?.rows
        guard case .steps(let steps) = rows else { return #expect(Bool(false), "steps") }
        #expect(steps.allSatisfy { $0.increase == nil && $0.rate == nil })
    }

    @Test("steps of a state say how long it held, those without a sample too")
    func states() throws {
        let bench = try TableBench(metric: "運転", kind: .state, type: .flag)
        try bench.commit(minutes: [5, 150]) { .flag($0 == 5) }
        for isMerged in [false, true] {
            if isMerged { bench.compact() }
            let rows = try bench.query(to: 4 * 3_600_000, everyMs: 3_600_000).columns.first?.rows
            guard case .states(let steps) = rows else { return #expect(Bool(false), "states") }
            let states: [[Scalar]] = steps.map { $0.shares.map(\.value) }
            #expect(states == [[.flag(true)], [.flag(true)], [.flag(true), .flag(false)], [.flag(false)]])
            let minutes: [[Int64]] = steps.map { $0.shares.map { $0.milliseconds / 60_000 } }
            #expect(minutes == [[55], [60], [30, 30], [60]])
            let later = try bench.query(from: 3_600_000, to: 7_200_000, everyMs: 60_000).columns.first?.rows
            guard case .states(let fine) = later else { return #expect(Bool(false), "states") }
            #expect(fine.count == 60 && fine.allSatisfy { $0.shares.map(\.milliseconds) == [60_000] })
        }
    }
}

/// A store of 16 MiB with one series, in a folder of its own.
private final class TableBench {
    let store: RingStore
    private let series: SeriesID
    private let folder = "/tmp/tsunagi-query-\(UUID().uuidString)"

    init(metric: String = "vibration", kind: Kind = .gauge, type: ValueType = .number) throws {
        store = try RingStore.open(StoreOptions(directory: folder, budgetBytes: 16 << 20)) { _ in }.store
        let key = SeriesKey(site: "ota", asset: "press-1", metric: metric)
        series = try store.series(for: key, kind: kind, type: type, unit: "").id
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A reading for each millisecond.
    func commit(from start: Int64, count: Int64, _ value: (Int64) -> Double) throws {
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = (start..<start + count).map {
            Reading(series: series, instant: Instant(milliseconds: $0), value: .number(value($0)))
        }
        _ = try store.commit(batch)
    }

    /// A reading at the start of each of these minutes.
    func commit(minutes: [Int64], _ value: (Int64) -> Scalar) throws {
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = minutes.map {
            Reading(series: series, instant: Instant(milliseconds: $0 * 60_000), value: value($0))
        }
        _ = try store.commit(batch)
    }

    func compact() {
        #expect(throws: Never.self) { try store.compact() }
    }

    func query(from: Int64 = 0, to: Int64, everyMs: Int64 = 1000) throws -> Table {
        let query = Query(
            selector: Selector(glob: "ota/**"),
            from: Instant(milliseconds: from),
            to: Instant(milliseconds: to),
            everyMs: everyMs
        )
        return try query.table(over: store.snapshot(), asOf: Instant(milliseconds: to))
    }
}
