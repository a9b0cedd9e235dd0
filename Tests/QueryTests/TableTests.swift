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

/// A store of 16 MiB with one series, in a folder of its own.
private final class TableBench {
    let store: RingStore
    private let series: SeriesID
    private let folder = "/tmp/tsunagi-query-\(UUID().uuidString)"

    init() throws {
        store = try RingStore.open(StoreOptions(directory: folder, budgetBytes: 16 << 20)) { _ in }.store
        let key = SeriesKey(site: "ota", asset: "press-1", metric: "vibration")
        series = try store.series(for: key, kind: .gauge, type: .number, unit: "mm/s").id
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

    func query(from: Int64 = 0, to: Int64) throws -> Table {
        let query = Query(
            selector: Selector(glob: "ota/**"),
            from: Instant(milliseconds: from),
            to: Instant(milliseconds: to),
            everyMs: 1000
        )
        return try query.table(over: store.snapshot())
    }
}
