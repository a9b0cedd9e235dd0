import Plant
import Readings
import Testing

/// Weights, counts, consumption and cover.
@Suite struct StockTests {
    static let day: Int64 = 86_400_000

    /// Bolts of 12.5 g in a box of 350 g, and a resin that is weighed as it is.
    private func options() -> PlantOptions {
        var options = PlantOptions()
        options.grams = ["g": 1, "kg": 1000]
        options.tareGrams = ["青箱": 350, "赤箱": 500]
        var bolt = ItemOptions()
        (bolt.unitGrams, bolt.container) = (12.5, "青箱")
        options.items["ボルト-M8"] = bolt
        return options
    }

    @Test("a gross weight is counted by its item's unit weight, less its container's tare")
    func weights() throws {
        let shelf = StockShelf(options())
        let weight = shelf.series("計量棚", "stock_weight/ボルト-M8", .gauge, unit: "kg")
        shelf.tell(weight, 5.35, 1000)
        let line = try #require(shelf.plant.stock.first)
        #expect(line.quantity == 400 && line.unit == "pcs" && !line.isNegative)
        let red = shelf.series("計量棚", "stock_weight/ボルト-M8", .gauge, tags: ["container": "赤箱"], unit: "g")
        shelf.tell(red, 5500, 2000)
        #expect(shelf.plant.stock.map(\.quantity) == [400], "the container is no place of its own")
        shelf.tell(weight, 5.356, 3000)
        #expect(shelf.plant.stock.first?.quantity == 400, "half a bolt is none")
        shelf.tell(shelf.series("計量棚", "stock/ボルト-M8", .delta), -10, 4000)
        #expect(shelf.plant.stock.first?.quantity == 390)
    }

    @Test("an empty scale shows nothing, a scale without its box less than nothing")
    func tare() {
        let shelf = StockShelf(options())
        let weight = shelf.series("計量棚", "stock_weight/ボルト-M8", .gauge, unit: "g")
        shelf.tell(weight, 346, 1000)
        #expect(shelf.plant.stock.first?.quantity == 0)
        #expect(shelf.plant.stock.first?.quantity.sign == .plus)
        shelf.tell(weight, 0, 2000)
        #expect(shelf.plant.stock.first?.quantity == -28)
        #expect(shelf.plant.negativeStock.map(\.key.item) == ["ボルト-M8"])
    }

    @Test("a weight that nobody can count is no stock, and its item is named")
    func unweighed() {
        let shelf = StockShelf(options())
        shelf.tell(shelf.series("計量棚", "stock_weight/ナット-M8", .gauge, unit: "g"), 100, 1000)
        let box = shelf.series("計量棚", "stock_weight/ボルト-M8", .gauge, tags: ["container": "黒箱"], unit: "g")
        shelf.tell(box, 100, 1000)
        shelf.tell(shelf.series("計量棚", "stock_weight/ボルト-M8", .gauge, unit: "L"), 100, 1000)
        #expect(shelf.plant.stock.isEmpty)
        #expect(shelf.plant.unweighed == ["ナット-M8", "ボルト-M8"])
    }

    @Test("other options are gone by from the next reading on, and the ledger stays")
    func adopted() throws {
        let shelf = StockShelf(options())
        let nuts = shelf.series("計量棚", "stock_weight/ナット-M8", .gauge, unit: "g")
        let bolts = shelf.series("計量棚", "stock_weight/ボルト-M8", .gauge, unit: "g")
        shelf.tell(nuts, 100, 1000)
        shelf.tell(bolts, 1600, 1000)
        #expect(shelf.plant.stock.map(\.quantity) == [100])
        var fresh = options()
        fresh.items["ナット-M8", default: ItemOptions()].unitGrams = 4
        fresh.items["ボルト-M8"]?.unitGrams = 25
        shelf.plant.adopt(fresh)
        #expect(shelf.plant.options == fresh)
        #expect(shelf.plant.unweighed.isEmpty)
        #expect(shelf.plant.stock.map(\.quantity) == [100])
        shelf.tell(nuts, 100, 2000)
        shelf.tell(bolts, 1600, 2000)
        #expect(shelf.plant.stock.map { "\($0.key.item) \($0.quantity)" } == ["ナット-M8 25.0", "ボルト-M8 50.0"])
        #expect(shelf.plant.refusedCount == 0)
    }

    @Test("a count sets what is on hand, and what was expected stays beside it")
    func counts() throws {
        let shelf = StockShelf()
        let moves = shelf.series("棚A", "stock/ボルト-M8", .delta)
        let counts = shelf.series("棚A", "stock_count/ボルト-M8", .gauge)
        shelf.tell(moves, 100, 1000)
        shelf.tell(counts, 95, 5000)
        shelf.tell(moves, -10, 6000)
        var line = try #require(shelf.plant.stock.first)
        #expect(line.quantity == 85)
        #expect(line.count?.expected == 100 && line.count?.difference == -5)
        #expect(line.count?.at.milliseconds == 5000)
        // The picking was booked late: nothing was missing.
        shelf.tell(moves, -5, 4000)
        line = try #require(shelf.plant.stock.first)
        #expect(line.quantity == 85 && line.count?.expected == 95 && line.count?.difference == 0)
        // The same count told again changes nothing; a worse one of its instant does.
        shelf.tell(counts, 95, 5000)
        #expect(shelf.plant.stock.first == line)
        shelf.tell(counts, 90, 5000)
        #expect(shelf.plant.stock.first?.count?.difference == -5)
        #expect(shelf.plant.stock.first?.quantity == 80)
        let restored = StockShelf(shelf)
        try restored.plant.restore(shelf.plant.keepsake(bytesMax: 1 << 20))
        #expect(restored.plant.stock == shelf.plant.stock)
    }

    @Test("a first count expects nothing, an older one is history, and nobody counts less than nothing")
    func oddCounts() throws {
        let shelf = StockShelf()
        let counts = shelf.series("棚A", "stock_count/ボルト-M8", .gauge)
        let level = shelf.series("棚A", "stock_level/ボルト-M8", .gauge)
        shelf.tell(counts, 95, 5000)
        #expect(shelf.plant.stock.first?.count?.expected == nil)
        #expect(shelf.plant.stock.first?.count?.difference == nil)
        shelf.tell(level, 50, 9000)
        shelf.tell(counts, 70, 8000)
        #expect(shelf.plant.stock.first?.quantity == 50)
        #expect(shelf.plant.stock.first?.count?.counted == 95)
        shelf.tell(counts, -1, 10_000)
        #expect(shelf.plant.stock.first?.quantity == 50)
        shelf.tell(counts, 52, 11_000)
        #expect(shelf.plant.stock.first?.count?.difference == 2)
    }

    @Test("consumption is what movements took and levels fell by, over eight days; a count's loss is none")
    func consumption() throws {
        let shelf = StockShelf()
        let moves = shelf.series("棚A", "stock/ボルト-M8", .delta)
        let levels = shelf.series("棚B", "stock/ナット-M8", .gauge)
        let first = 20_000 * Self.day
        shelf.tell(moves, 1000, first)
        for day in 0..<10 as Range<Int64> { shelf.tell(moves, -20, first + day * Self.day + 1000) }
        shelf.tell(moves, 5, first + 9 * Self.day + 2000)
        shelf.tell(shelf.series("棚A", "stock_count/ボルト-M8", .gauge), 700, first + 9 * Self.day + 3000)
        // At noon of the tenth day: days three to ten, eight movements in seven days and a half.
        let noon = Instant(milliseconds: first + 9 * Self.day + Self.day / 2)
        let perDay = try #require(shelf.plant.stock.first?.consumptionPerDay(asOf: noon))
        #expect(perDay == 160 / 7.5)
        #expect(shelf.plant.stock.first?.coverDays(asOf: noon) == 700 / perDay)
        for (hour, level) in [500.0, 480, 490, 470].enumerated() {
            shelf.tell(levels, level, first + Int64(hour) * 3_600_000)
        }
        let nuts = try #require(shelf.plant.stock.first { $0.key.item == "ナット-M8" })
        // Known for four hours: a day is the least that a rate is made of.
        #expect(nuts.consumptionPerDay(asOf: Instant(milliseconds: first + 4 * 3_600_000)) == 40)
        #expect(nuts.consumptionPerDay(asOf: Instant(milliseconds: first + 30 * Self.day)) == nil)
        #expect(nuts.coverDays(asOf: Instant(milliseconds: first + 30 * Self.day)) == nil)
    }

    @Test("a scale's noise is no consumption, however long it swings")
    func noise() throws {
        var quiet = PlantOptions()
        var item = ItemOptions()
        item.noise = 2
        quiet.items["ボルト-M8"] = item
        let shelf = StockShelf(quiet)
        let level = shelf.series("棚A", "stock/ボルト-M8", .gauge)
        for second in 0..<1000 as Range<Int64> {
            shelf.tell(level, 100 - Double(second % 3) - Double(second / 100), second * 1000)
        }
        let line = try #require(shelf.plant.stock.first)
        #expect(line.quantity == 91)
        let perDay = try #require(line.consumptionPerDay(asOf: Instant(milliseconds: 1_000_000)))
        #expect((8...12).contains(perDay), "\(perDay)")
        let loud = StockShelf()
        let same = loud.series("棚A", "stock/ボルト-M8", .gauge)
        for second in 0..<1000 as Range<Int64> { loud.tell(same, 100 - Double(second % 3), second * 1000) }
        #expect(loud.plant.stock.first?.consumptionPerDay(asOf: Instant(milliseconds: 1_000_000)) == 666)
    }

    @Test("less than nothing covers no day")
    func nothing() throws {
        let shelf = StockShelf()
        shelf.tell(shelf.series("棚A", "stock/ボルト-M8", .delta), -3, 1000)
        #expect(shelf.plant.stock.first?.coverDays(asOf: Instant(milliseconds: 5000)) == 0)
        #expect(shelf.plant.negativeStock.map(\.quantity) == [-3])
        #expect(shelf.plant.negativeStock.first?.key.description == "ボルト-M8 at ota/棚A")
    }
}

/// A plant and the series that it is told of.
private final class StockShelf {
    let plant: Plant
    private var known: [Series] = []

    init(_ options: PlantOptions = PlantOptions()) {
        plant = Plant(bytesMax: 256 << 10, options)
    }

    /// A new plant with the series of another.
    init(_ other: StockShelf) {
        plant = Plant()
        known = other.known
    }

    func series(
        _ asset: String,
        _ metric: String,
        _ kind: Kind,
        tags: [String: String] = [:],
        unit: String = "pcs"
    ) -> SeriesID {
        let id = SeriesID(index: UInt32(known.count))
        let tags = tags.map { Readings.Tag(name: $0.key, value: $0.value) }
        let key = SeriesKey(site: "ota", asset: asset, metric: metric, tags: tags)
        known.append(Series(id: id, key: key, kind: kind, type: .number, unit: unit))
        return id
    }

    func tell(_ series: SeriesID, _ value: Double, _ stamp: Int64) {
        var batch = Batch(opened: Instant(milliseconds: stamp))
        batch.readings = [
            Reading(series: series, instant: Instant(milliseconds: stamp), value: .number(value))
        ]
        plant.fold(batch) { known[Int($0.index)] }
    }
}
