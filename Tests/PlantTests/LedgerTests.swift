import Codec
import Plant
import Readings
import Testing

/// What the ledger makes of series that are alike but not the same, of late words, and of too many.
@Suite struct LedgerTests {
    @Test("a level and the movements of one shelf have two names and one line")
    func levelBesideMovements() throws {
        let shelf = Shelf()
        let moves = shelf.series("棚A", "stock/ボルト-M8", .delta)
        let level = shelf.series("棚A", "stock_level/ボルト-M8", .gauge)
        let bare = shelf.series("棚B", "stock_level", .gauge)
        shelf.tell(moves, 10, 1000)
        shelf.tell(level, 50, 2000)
        shelf.tell(moves, -8, 3000)
        shelf.tell(bare, 7, 3000)
        #expect(shelf.plant.stock.map(\.key.item) == ["ボルト-M8", "棚B"])
        #expect(shelf.plant.stock.map(\.quantity) == [42, 7])
        #expect(shelf.plant.stock.first?.series.count == 2)
        shelf.tell(shelf.series("棚C", "stock_level/ボルト-M8", .delta), 5, 3000)
        shelf.tell(shelf.series("棚C", "stock_levels/ボルト-M8", .gauge), 5, 3000)
        #expect(shelf.plant.stock.count == 2)
    }

    @Test("a lot has a line of its own, and tagged stock a place of its own")
    func tags() {
        let shelf = Shelf()
        shelf.tell(
            shelf.series("棚A", "stock/ボルト-M8", .gauge, tags: [.init(name: "lot", value: "L1")]),
            40,
            1000
        )
        shelf.tell(
            shelf.series("棚A", "stock/ボルト-M8", .gauge, tags: [.init(name: "lot", value: "L2")]),
            60,
            2000
        )
        shelf.tell(
            shelf.series("棚A", "stock/ボルト-M8", .gauge, tags: [.init(name: "side", value: "左")]),
            5,
            2000
        )
        #expect(shelf.plant.stock.map(\.key.location) == ["棚A", "棚A", "棚A{side=左}"])
        #expect(shelf.plant.stock.map(\.key.lot) == ["L1", "L2", ""])
        #expect(shelf.plant.stock.map(\.quantity) == [40, 60, 5])
    }

    @Test("a series in another unit is left out, and the line says so")
    func mixedUnits() throws {
        let shelf = Shelf()
        shelf.tell(shelf.series("棚A", "stock/ボルト-M8", .delta), 40, 1000)
        #expect(shelf.plant.stock.first?.isMixed == false)
        shelf.tell(shelf.series("棚A", "stock_level/ボルト-M8", .gauge, unit: "kg"), 3, 2000)
        let line = try #require(shelf.plant.stock.first)
        #expect(line.quantity == 40 && line.isMixed)
    }

    @Test("each series of pieces has a counter of its own, and a delta counts as it is")
    func counters() {
        let shelf = Shelf()
        let left = shelf.series("press-1", "good_count", .counter, tags: [.init(name: "side", value: "左")])
        let right = shelf.series("press-1", "good_count", .counter, tags: [.init(name: "side", value: "右")])
        let singles = shelf.series("press-1", "reject_count", .delta)
        for (stamp, shown) in [100.0, 103, 105].enumerated() {
            shelf.tell(left, shown, Int64(stamp) * 1000)
            shelf.tell(right, shown / 10, Int64(stamp) * 1000 + 500)
            shelf.tell(singles, 5, 10_000 - Int64(stamp))
        }
        #expect(shelf.plant.machines.first?.good.made == 5.5)
        #expect(shelf.plant.machines.first?.reject.made == 15)
    }

    @Test("a count beyond all numbers stays out")
    func hugeCounts() {
        let shelf = Shelf()
        let good = shelf.series("press-1", "good_count", .counter)
        for stamp in 0..<6 as Range<Int64> { shelf.tell(good, stamp % 2 == 0 ? 0 : 1e308, stamp) }
        #expect(shelf.plant.machines.first?.good.made == 1e308)
    }

    @Test("a late level over movements that are no longer known is uncertain")
    func forgottenMovements() throws {
        let shelf = Shelf()
        let moves = shelf.series("棚A", "stock/ボルト-M8", .delta)
        let level = shelf.series("棚A", "stock_level/ボルト-M8", .gauge)
        for stamp in 1...64 as ClosedRange<Int64> { shelf.tell(moves, 1, stamp * 1000) }
        shelf.tell(level, 100, 500)
        #expect(shelf.plant.stock.first?.quantity == 164)
        #expect(shelf.plant.stock.first?.quality == .good)
        shelf.tell(moves, 1, 70_000)
        shelf.tell(level, 100, 600)
        #expect(shelf.plant.stock.first?.quality == .uncertain)
        shelf.tell(level, 200, 80_000)
        #expect(shelf.plant.stock.first?.quality == .good)
    }

    @Test("a late level keeps the latest stamp, in whatever order the movements came")
    func lateLevelStamp() {
        let shelf = Shelf()
        let moves = shelf.series("棚A", "stock/ボルト-M8", .delta)
        shelf.tell(moves, 1, 9000)
        shelf.tell(moves, 1, 7000)
        shelf.tell(shelf.series("棚A", "stock_level/ボルト-M8", .gauge), 100, 500)
        #expect(shelf.plant.stock.first?.asOf.milliseconds == 9000)
    }

    @Test("a late word displaces no state that was told again since")
    func lateState() {
        let shelf = Shelf()
        let state = shelf.series("press-1", "state", .state, type: .text)
        for stamp in [1000, 2000, 30_000] as [Int64] { shelf.tell(state, .text(TextID(index: 1)), stamp) }
        shelf.tell(state, .text(TextID(index: 2)), 10_000)
        #expect(shelf.plant.machines.first?.state == TextID(index: 1))
        #expect(shelf.plant.machines.first?.stateSince?.milliseconds == 1000)
    }

    @Test("a keepsake with little room leaves out the oldest movements, and a late level knows it")
    func smallKeepsake() throws {
        let shelf = Shelf()
        let moves = shelf.series("棚A", "stock/ボルト-M8", .delta)
        let level = shelf.series("棚A", "stock_level/ボルト-M8", .gauge)
        for stamp in 1...60 as ClosedRange<Int64> { shelf.tell(moves, 1, stamp * 1000) }
        let whole = shelf.plant.keepsake(bytesMax: 1 << 20)
        let small = shelf.plant.keepsake(bytesMax: 950)
        #expect(small.count <= 950 && small.count < whole.count)
        let restored = Shelf(shelf)
        try restored.plant.restore(small)
        #expect(restored.plant.stock.first?.quantity == 60)
        restored.tell(level, 100, 500)
        #expect(restored.plant.stock.first?.quality == .uncertain)
        #expect(shelf.plant.keepsake(bytesMax: 0).count < small.count)
    }

    @Test("items and machines beyond the room for them are refused and counted")
    func refused() {
        let shelf = Shelf(bytesMax: 6000)
        for number in 0..<100 {
            shelf.tell(shelf.series("棚A", "stock/\(number)", .delta), 1, 1000)
            shelf.tell(shelf.series("機械\(number)", "good_count", .counter), 1, 1000)
            shelf.tell(shelf.series("棚A", "temperature", .gauge), 1, 1000)
        }
        let lines = shelf.plant.stock.count + shelf.plant.machines.count
        #expect((15..<30).contains(lines))
        #expect((170...190).contains(shelf.plant.refusedCount))
        #expect(shelf.plant.keepsake(bytesMax: 0).count <= 6000)
    }

    @Test("a ledger of another version is an error, not an empty ledger")
    func otherVersion() {
        let shelf = Shelf()
        var bytes = shelf.plant.keepsake(bytesMax: 1 << 20)
        bytes[0] = 2
        #expect(throws: ByteReader.Failure.self) { try shelf.plant.restore(bytes) }
    }
}

/// A plant and the series that it is told of.
private final class Shelf {
    let plant: Plant
    private var known: [Series] = []

    init(bytesMax: Int = 256 << 10) {
        plant = Plant(bytesMax: bytesMax)
    }

    /// A new plant with the series of another.
    init(_ other: Shelf) {
        plant = Plant()
        known = other.known
    }

    func series(
        _ asset: String,
        _ metric: String,
        _ kind: Kind,
        tags: [Readings.Tag] = [],
        type: ValueType = .number,
        unit: String = "pcs"
    ) -> SeriesID {
        let id = SeriesID(index: UInt32(known.count))
        let key = SeriesKey(site: "ota", asset: asset, metric: metric, tags: tags)
        known.append(Series(id: id, key: key, kind: kind, type: type, unit: unit))
        return id
    }

    func tell(_ series: SeriesID, _ value: Double, _ stamp: Int64) {
        tell(series, .number(value), stamp)
    }

    func tell(_ series: SeriesID, _ value: Scalar, _ stamp: Int64) {
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = [Reading(series: series, instant: Instant(milliseconds: stamp), value: value)]
        plant.fold(batch) { known[Int($0.index)] }
    }
}
