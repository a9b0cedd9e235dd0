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
            try bench.view.output(
                of: machine,
                from: Instant(milliseconds: start),
                to: Instant(milliseconds: end)
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
            return try bench.view.status(of: machine, at: Instant(milliseconds: end))?.value
        }
        #expect(try word(60_000) == .text("運転"))
        #expect(try word(60_001) == .text("段取り"))
        #expect(try word(1000) == nil)
    }

    @Test("what was known long before a bucket is in it, though later movements and levels have come")
    func longAgo() throws {
        let bench = try StoreBench()
        let day: Int64 = 86_400_000
        let bolts = try bench.series("棚A", "stock/ボルト-M8", .delta)
        let others = try bench.series("棚B", "stock/ボルト-M8", .gauge)
        let state = try bench.series("press-1", "state", .state, type: .text)
        try bench.commit([
            bench.number(bolts, 40, day), bench.number(others, 7, day), bench.text(state, "停止", day),
        ])
        try bench.commit([bench.number(bolts, -5, 30 * day), bench.number(others, 100, 30 * day)])
        #expect(try bench.stock(at: 30 * day) == 47)
        #expect(try bench.stock(at: 30 * day + 1) == 135)
        let machine = MachineKey(site: "ota", asset: "press-1")
        let status = try bench.view.status(of: machine, at: Instant(milliseconds: 30 * day))
        #expect(status?.value == .text("停止"))
    }

    @Test("a line that is known but cannot be told any more withholds the whole")
    func notToBeTold() throws {
        let bench = try StoreBench()
        let bolts = try bench.series("棚A", "stock/ボルト-M8", .delta)
        let others = try bench.series("棚B", "stock/ボルト-M8", .gauge)
        // A retained level is known but no history; the level after the bucket hides what it was.
        var retained = bench.number(others, 7, 1000)
        retained.currentOnly = true
        try bench.commit([bench.number(bolts, 40, 1000), retained])
        #expect(try bench.stock(at: 60_000) == 47)
        try bench.commit([bench.number(others, 100, 61_000)])
        #expect(try bench.stock(at: 60_000) == nil)
        #expect(try bench.stock(at: 120_000) == 140)
    }

    @Test("places that count in different units have no sum")
    func units() throws {
        let bench = try StoreBench()
        let bolts = try bench.series("棚A", "stock/ボルト-M8", .delta)
        try bench.commit([bench.number(bolts, 40, 1000)])
        let crates = try bench.series("棚B", "stock/ボルト-M8", .delta, unit: "箱")
        try bench.commit([bench.number(crates, 2, 61_000)])
        #expect(try bench.stock(at: 60_000) == 40)
        #expect(try bench.stock(at: 120_000) == nil)
    }

    @Test("a bucket of more samples than one run is counted whole, equal stamps included")
    func manyMovements() throws {
        let bench = try StoreBench()
        let bolts = try bench.series("棚A", "stock/ボルト-M8", .delta)
        try bench.commit([bench.number(bolts, 5, 1000)])
        for start in stride(from: 0, to: 140_000, by: 1000) {
            // Seventy thousand of one stamp, then seventy thousand of a millisecond each.
            try bench.commit(
                (start..<start + 1000).map { bench.number(bolts, 1, 60_000 + max(0, Int64($0) - 70_000)) }
            )
        }
        #expect(try bench.stock(at: 60_000) == 5)
        #expect(try bench.stock(at: 60_001) == 70_006)
        #expect(try bench.stock(at: 1_000_000) == 140_005)
    }

    @Test("deltas of pieces and a machine's several counters are summed")
    func severalCounters() throws {
        let bench = try StoreBench()
        let singles = try bench.series("press-1", "good_count", .delta)
        let tagged = try bench.series(
            "press-1",
            "good_count",
            .counter,
            tags: [.init(name: "side", value: "左")]
        )
        try bench.commit((1...3).map { bench.number(singles, 5, $0 * 30_000) })
        try bench.commit((1...3).map { bench.number(tagged, Double($0), $0 * 30_000) })
        let output = try bench.view.output(
            of: MachineKey(site: "ota", asset: "press-1"),
            from: Instant(milliseconds: 60_000),
            to: Instant(milliseconds: 120_000)
        )
        #expect(output?.value == .number(12))
    }

    @Test("a sum beyond all numbers is none")
    func hugeSums() throws {
        let bench = try StoreBench()
        for shelf in ["棚A", "棚B"] {
            let level = try bench.series(shelf, "stock/ボルト-M8", .gauge)
            try bench.commit([bench.number(level, 1e308, 1000)])
        }
        #expect(try bench.stock(at: 60_000) == nil)
        let good = try bench.series("press-1", "good_count", .counter)
        try bench.commit((0..<6).map { bench.number(good, $0 % 2 == 0 ? 0 : 1e308, $0) })
        let output = try bench.view.output(
            of: MachineKey(site: "ota", asset: "press-1"),
            from: Instant(milliseconds: 0),
            to: Instant(milliseconds: 60_000)
        )
        #expect(output == nil)
    }

    @Test("a count and a weight are levels of a closed bucket, as they are of the shelf")
    func countsAndWeights() throws {
        var options = PlantOptions()
        options.grams = ["kg": 1000]
        options.tareGrams = ["青箱": 350]
        options.items["ボルト-M8"] = ItemOptions()
        options.items["ボルト-M8"]?.unitGrams = 12.5
        options.items["ボルト-M8"]?.container = "青箱"
        let bench = try StoreBench(options)
        let moves = try bench.series("棚A", "stock/ボルト-M8", .delta)
        let counts = try bench.series("棚A", "stock_count/ボルト-M8", .gauge)
        let weights = try bench.series("計量棚", "stock_weight/ボルト-M8", .gauge, unit: "kg")
        try bench.commit([
            bench.number(moves, 100, 1000), bench.number(counts, 95, 30_000), bench.number(moves, -5, 40_000),
            bench.number(weights, 5.35, 10_000),
        ])
        #expect(try bench.stock(at: 60_000) == 490)
        try bench.commit([bench.number(counts, 200, 61_000), bench.number(weights, 0.35, 61_000)])
        #expect(try bench.stock(at: 60_000) == 490, "what came later is not in it")
        #expect(try bench.stock(at: 120_000) == 200)
    }

    @Test("a view stays at its moment")
    func moment() throws {
        let bench = try StoreBench()
        let bolts = try bench.series("棚A", "stock/ボルト-M8", .delta)
        try bench.commit([bench.number(bolts, 40, 1000)])
        let view = bench.view
        try bench.commit([bench.number(bolts, -5, 2000), bench.number(bolts, -5, 61_000)])
        let measured = try view.onHand(item: "ボルト-M8", site: "ota", at: Instant(milliseconds: 60_000))
        #expect(measured?.value == .number(40))
    }
}
