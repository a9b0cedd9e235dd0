import Plant
import Readings
import Testing

@Suite struct PlantTests {
    private let floor = Floor()

    @Test("a movement adds, a level sets, and a movement before the level is part of it")
    func ledger() throws {
        let plant = Plant()
        floor.tell(
            plant,
            [
                floor.move(10, at: 1000), floor.move(-3, at: 2000), floor.level(50, at: 5000),
                floor.move(-8, at: 6000),
                floor.move(5, at: 4000),
            ]
        )
        let line = try #require(plant.stock.first)
        #expect(line.key == StockKey(site: "ota", location: "棚A", item: "ボルト-M8"))
        #expect(line.quantity == 42)
        #expect(line.asOf.milliseconds == 6000)
        #expect(line.movementCount == 4)
    }

    @Test("a level that arrives late is carried forward over the movements since")
    func lateLevel() throws {
        let plant = Plant()
        floor.tell(plant, [floor.move(10, at: 1000), floor.move(-4, at: 3000), floor.level(100, at: 2000)])
        #expect(plant.stock.first?.quantity == 96)
        floor.tell(plant, [floor.level(7, at: 1500)])
        #expect(plant.stock.first?.quantity == 96, "an older level changes nothing")
    }

    @Test("of what the store has forgotten stock stays on the shelf, and its series may be another's")
    func forgets() throws {
        let plant = Plant()
        floor.tell(plant, [floor.move(10, at: 1000), floor.level(7, at: 2000), floor.good(100, at: 1000)])
        floor.tell(plant, [floor.good(130, at: 2000), floor.state(4, at: 2000)])
        plant.forget([SeriesID(index: 0), SeriesID(index: 2)])
        #expect(plant.stock.first?.quantity == 7)
        #expect(plant.stock.first?.series == [SeriesID(index: 1)])
        #expect(plant.machines.first?.good.made == 30)
        // The counter begins anew, as one that was never seen.
        floor.tell(plant, [floor.good(500, at: 3000), floor.good(505, at: 4000), floor.move(-2, at: 3000)])
        #expect(plant.machines.first?.good.made == 35)
        #expect(plant.stock.first?.quantity == 5)
        #expect(plant.stock.first?.series == [SeriesID(index: 1), SeriesID(index: 0)])
    }

    @Test("an empty shelf and a machine that nothing tells of go with their series")
    func forgetsWholly() throws {
        let plant = Plant(bytesMax: 550)
        floor.tell(plant, [floor.level(0, at: 2000), floor.state(4, at: 2000)])
        plant.forget([SeriesID(index: 1), SeriesID(index: 3)])
        #expect(plant.stock.isEmpty && plant.machines.isEmpty)
        // What they took is free again.
        floor.tell(plant, [floor.level(3, at: 3000), floor.state(5, at: 3000)])
        #expect(plant.stock.count == 1 && plant.machines.count == 1)
        #expect(plant.refusedCount == 0)
    }

    @Test("more out than in is shown, not hidden")
    func negative() throws {
        let plant = Plant()
        floor.tell(plant, [floor.move(-2, at: 1000)])
        let line = try #require(plant.stock.first)
        #expect(line.quantity == -2)
        #expect(line.isNegative)
    }

    @Test("bad values stay out of totals, uncertain ones mark them")
    func quality() throws {
        let plant = Plant()
        var bad = floor.move(1000, at: 1000)
        bad.quality = .bad
        var uncertain = floor.move(2, at: 2000)
        uncertain.quality = .uncertain
        floor.tell(plant, [bad, uncertain])
        #expect(plant.stock.first?.quantity == 2)
        #expect(plant.stock.first?.quality == .uncertain)
    }

    @Test("a retained level of unknown age never displaces what is known")
    func retainedLevel() throws {
        let plant = Plant()
        var retained = floor.level(5, at: 9000)
        retained.currentOnly = true
        floor.tell(plant, [retained])
        #expect(plant.stock.first?.quantity == 5)
        floor.tell(plant, [floor.level(80, at: 9500)])
        retained.instant = Instant(milliseconds: 9900)
        floor.tell(plant, [retained])
        #expect(plant.stock.first?.quantity == 80)
    }

    @Test("tenths added a hundred thousand times leave no binary dust")
    func dust() throws {
        let plant = Plant()
        for index in 0..<100 {
            floor.tell(plant, (0..<1000).map { floor.move(0.1, at: Int64(index * 1000 + $0)) })
        }
        #expect(plant.stock.first?.quantity == 10_000)
    }

    @Test("a counter that restarts counts on, and its first value is where counting begins")
    func counters() throws {
        let plant = Plant()
        floor.tell(
            plant,
            [100, 110, 3, 7, 7].enumerated().map { floor.good(Double($1), at: Int64($0) * 1000) }
        )
        let machine = try #require(plant.machines.first)
        #expect(machine.good.made == 17)
        #expect(machine.reject.made == 0)
    }

    @Test("a state lasts from its first word, and an older word changes nothing")
    func states() throws {
        let plant = Plant()
        floor.tell(
            plant,
            [
                floor.state(1, at: 1000), floor.state(1, at: 2000), floor.state(2, at: 5000),
                floor.state(1, at: 4000),
            ]
        )
        let machine = try #require(plant.machines.first)
        #expect(machine.state == TextID(index: 2))
        #expect(machine.stateSince?.milliseconds == 5000)
    }

    @Test("the ledger comes back from its keepsake as it was, and goes on")
    func keepsake() throws {
        let plant = Plant()
        floor.tell(
            plant,
            [
                floor.move(10, at: 1000), floor.level(50, at: 5000), floor.move(-8, at: 6000),
                floor.good(5, at: 1000),
                floor.good(9, at: 2000), floor.state(3, at: 2500),
            ]
        )
        let restored = Plant()
        try restored.restore(plant.keepsake(bytesMax: 1 << 20))
        #expect(restored.stock == plant.stock)
        #expect(restored.machines == plant.machines)
        for each in [plant, restored] {
            floor.tell(each, [floor.move(1, at: 7000), floor.good(2, at: 3000)])
        }
        #expect(restored.stock == plant.stock)
        #expect(restored.machines == plant.machines)
    }

    @Test("a torn keepsake is an error, never a crash and never half a ledger")
    func tornKeepsake() {
        let plant = Plant()
        floor.tell(plant, [floor.move(10, at: 1000), floor.good(5, at: 1000), floor.state(3, at: 2500)])
        let whole = plant.keepsake(bytesMax: 1 << 20)
        for length in 0..<whole.count {
            let restored = Plant()
            try? restored.restore(Array(whole[..<length]))
            #expect(restored.stock.isEmpty && restored.machines.isEmpty, "cut at \(length)")
        }
    }
}

/// Four series of a small floor, and readings of them.
struct Floor {
    let series: [Series] = [
        Series(
            id: SeriesID(index: 0),
            key: SeriesKey(site: "ota", asset: "棚A", metric: "stock/ボルト-M8"),
            kind: .delta,
            type: .number,
            unit: "pcs"
        ),
        Series(
            id: SeriesID(index: 1),
            key: SeriesKey(site: "ota", asset: "棚A", metric: "stock/ボルト-M8"),
            kind: .gauge,
            type: .number,
            unit: "pcs"
        ),
        Series(
            id: SeriesID(index: 2),
            key: SeriesKey(site: "ota", asset: "press-1", metric: "good_count"),
            kind: .counter,
            type: .number,
            unit: "pcs"
        ),
        Series(
            id: SeriesID(index: 3),
            key: SeriesKey(site: "ota", asset: "press-1", metric: "state"),
            kind: .state,
            type: .text,
            unit: ""
        ),
    ]

    func tell(_ plant: Plant, _ readings: [Reading]) {
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = readings
        plant.fold(batch) { series[Int($0.index)] }
    }

    func move(_ quantity: Double, at stamp: Int64) -> Reading { reading(0, .number(quantity), stamp) }
    func level(_ quantity: Double, at stamp: Int64) -> Reading { reading(1, .number(quantity), stamp) }
    func good(_ count: Double, at stamp: Int64) -> Reading { reading(2, .number(count), stamp) }
    func state(_ text: UInt32, at stamp: Int64) -> Reading { reading(3, .text(TextID(index: text)), stamp) }

    private func reading(_ series: UInt32, _ value: Scalar, _ stamp: Int64) -> Reading {
        Reading(series: SeriesID(index: series), instant: Instant(milliseconds: stamp), value: value)
    }
}
