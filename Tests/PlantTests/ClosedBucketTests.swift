import Foundation
import Plant
import Readings
import RingStore
import Testing

/// What a bucket came to, asked of a real store, at once and much later.
@Suite struct ClosedBucketTests {
    @Test("stock at a bucket's end counts what was stamped before it, whenever it is asked")
    func onHand() throws {
        let bench = try StoreBench()
        let bolts = try bench.series("棚A", "stock/ボルト-M8", .delta)
        let others = try bench.series("棚B", "stock/ボルト-M8", .gauge)
        try bench.commit([
            bench.number(bolts, 50, 10_000), bench.number(bolts, -4, 59_999), bench.number(others, 7, 30_000),
        ])
        #expect(try bench.stock(at: 60_000) == 53)
        try bench.commit([bench.number(bolts, -20, 60_000), bench.number(others, 100, 61_000)])
        #expect(try bench.stock(at: 60_000) == 53, "what was stamped later is not in it")
        #expect(try bench.stock(at: 120_000) == 126)
        #expect(try bench.stock(at: 10_000) == nil, "nothing was known yet")
        try bench.commit([bench.number(bolts, -1, 20_000)])
        #expect(try bench.stock(at: 60_000) == 52, "a late movement takes its place in history")
    }

    @Test("output is what a counter grew within the bucket, restarts bridged, from the last value before it")
    func output() throws {
        let bench = try StoreBench()
        let good = try bench.series("press-1", "good_count", .counter)
        let shown: [(Double, Int64)] = [
            (100, 50_000), (104, 70_000), (110, 110_000), (2, 115_000), (5, 119_999), (9, 120_000),
        ]
        try bench.commit(shown.map { bench.number(good, $0.0, $0.1) })
        let machine = MachineKey(site: "ota", asset: "press-1")
        func made(_ start: Int64, _ end: Int64) throws -> Measured.Value? {
            try bench.plant.output(
                of: machine,
                from: Instant(milliseconds: start),
                to: Instant(milliseconds: end),
                in: bench.store.snapshot()
            )?.value
        }
        #expect(try made(60_000, 120_000) == .number(15))
        #expect(try made(120_000, 180_000) == .number(4))
        #expect(
            try made(180_000, 240_000) == .number(0),
            "a machine that stands made nothing, which is known"
        )
        #expect(try made(0, 50_000) == nil)
    }

    @Test("a state is the last one before the bucket's end")
    func status() throws {
        let bench = try StoreBench()
        let state = try bench.series("press-1", "state", .state, type: .text)
        try bench.commit([bench.text(state, "運転", 1000), bench.text(state, "段取り", 60_000)])
        func word(_ end: Int64) throws -> Measured.Value? {
            let machine = MachineKey(site: "ota", asset: "press-1")
            return try bench.plant.status(
                of: machine,
                at: Instant(milliseconds: end),
                in: bench.store.snapshot()
            )?.value
        }
        #expect(try word(60_000) == .text("運転"))
        #expect(try word(60_001) == .text("段取り"))
        #expect(try word(1000) == nil)
    }
}

/// A store in a folder of its own and a plant that follows it.
private final class StoreBench {
    let store: RingStore
    let plant = Plant()
    private let folder: String

    init() throws {
        folder = "/tmp/tsunagi-plant-\(UUID().uuidString)"
        store = try RingStore.open(StoreOptions(directory: folder, budgetBytes: 16 << 20)) { _ in }.store
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func series(_ asset: String, _ metric: String, _ kind: Kind, type: ValueType = .number) throws -> SeriesID
    {
        let key = SeriesKey(site: "ota", asset: asset, metric: metric)
        return try store.series(for: key, kind: kind, type: type, unit: "pcs").id
    }

    func number(_ series: SeriesID, _ value: Double, _ stamp: Int64) -> Reading {
        Reading(series: series, instant: Instant(milliseconds: stamp), value: .number(value))
    }

    func text(_ series: SeriesID, _ text: String, _ stamp: Int64) throws -> Reading {
        let bytes = Array(text.utf8)
        return Reading(
            series: series,
            instant: Instant(milliseconds: stamp),
            value: .text(try store.text(for: bytes.span))
        )
    }

    func commit(_ readings: [Reading]) throws {
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = readings
        _ = try store.commit(batch)
        let snapshot = store.snapshot()
        plant.fold(batch) { snapshot.series($0) }
    }

    func stock(at end: Int64) throws -> Double? {
        let measured = try plant.onHand(
            item: "ボルト-M8",
            site: "ota",
            at: Instant(milliseconds: end),
            in: store.snapshot()
        )
        guard case .number(let number)? = measured?.value else { return nil }
        return number
    }
}
