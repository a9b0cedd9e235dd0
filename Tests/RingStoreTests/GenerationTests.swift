import Codec
import Readings
import Testing

@testable import RingStore

/// Memory that generations hand on.
@Suite struct GenerationTests {
    private func sample(_ instant: Int64, _ number: Double) -> PackedSample {
        PackedSample(instant: instant, bits: number.bitPattern, mark: 0)
    }

    @Test("a generation in the memory of another knows nothing of it", arguments: [100, 400_000])
    func handedOn(capacity: Int) {
        let shelf = GenerationShelf()
        for round in 0..<4 {
            let generation = Generation(
                base: UInt64(round),
                capacity: capacity,
                seriesMax: 7,
                shelf: shelf
            )
            #expect(generation.count == 0 && generation.earliest == nil && generation.room == capacity)
            for index in 0..<7 {
                let id = SeriesID(index: UInt32(index))
                #expect(!generation.holds(id))
                #expect(generation.standing(id, sample(1000, 1)) == .unknown)
            }
            // Each round fills other series, so that what the one before left would show.
            for row in 0..<capacity {
                generation.append(SeriesID(index: UInt32((row + round) % 3)), sample(1000 + Int64(row), 1))
            }
            generation.publish()
            #expect(generation.count == capacity && generation.room == 0)
            var rows = 0
            for index in 0..<7 {
                let range = Int64.min..<Int64.max
                generation.eachRow(of: SeriesID(index: UInt32(index)), below: capacity, in: range) { row in
                    #expect((Int(row.order) + round) % 3 == index && row.instant == 1000 + Int64(row.order))
                    rows += 1
                }
            }
            #expect(rows == capacity)
        }
    }

    @Test("generations that live at the same time share nothing")
    func apart() {
        let shelf = GenerationShelf()
        var alive: [Generation] = []
        for round in 0..<6 {
            let generation = Generation(base: 0, capacity: 50, seriesMax: 3, shelf: shelf)
            for row in 0..<50 { generation.append(SeriesID(index: 0), sample(Int64(row), Double(round))) }
            generation.publish()
            alive.append(generation)
            // Two go back at once, and memory for one is kept.
            if round == 3 { alive.removeFirst(2) }
        }
        for (place, generation) in alive.enumerated() {
            for row in 0..<50 {
                #expect(generation.row(row).1.bits == Double(place + 2).bitPattern)
            }
        }
    }
}
