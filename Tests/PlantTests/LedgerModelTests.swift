import Plant
import Readings
import Testing

/// The ledger beside a plain model of it: all that was ever told of one shelf, added up anew for each answer.
@Suite struct LedgerModelTests {
    @Test(
        "whatever comes late, is counted, or is cut off by a kill, the ledger says what the whole story says",
        arguments: 1...200 as ClosedRange<UInt64>
    )
    func randomHistories(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let shelf = ModelShelf()
        var plain = PlainLedger()
        for serial in 1...60 as ClosedRange<Int64> {
            // Up to ten minutes late; no two levels or counts of one instant.
            let told = ModelShelf.begin + serial * 60_000 - Int64.random(in: 0...10, using: &random) * 60_000
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let quantity = Double(Int.random(in: -9...9, using: &random))
                shelf.tell(.movement, quantity, at: told)
                plain.move(quantity, told)
            case 6..<8:
                let quantity = Double(Int.random(in: 0...99, using: &random))
                shelf.tell(.level, quantity, at: told + serial)
                plain.set(quantity, told + serial, isCount: false)
            case 8:
                let quantity = Double(Int.random(in: 0...99, using: &random))
                shelf.tell(.count, quantity, at: told + serial)
                plain.set(quantity, told + serial, isCount: true)
            default:
                try shelf.kill(beforeCheckpoint: Bool.random(using: &random))
            }
            guard let line = shelf.plant.stock.first else { continue }
            #expect(line.quantity == plain.quantity, "after \(serial) of seed \(seed)")
            #expect(line.isNegative == (plain.quantity < 0))
            #expect(line.count?.counted == plain.count?.value, "after \(serial) of seed \(seed)")
            #expect(line.count?.expected == plain.expected, "after \(serial) of seed \(seed)")
            let now = Instant(milliseconds: ModelShelf.begin + 86_400_000)
            #expect((line.consumptionPerDay(asOf: now) ?? 0) == plain.consumption / plain.days(now))
        }
    }

    @Test(
        "over histories too long to be kept whole it is right, or says that it is uncertain",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func longHistories(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let shelf = ModelShelf()
        var plain = PlainLedger()
        var doubts = 0
        for serial in 1...2000 as ClosedRange<Int64> {
            let told = ModelShelf.begin + serial * 1000 - Int64.random(in: 0...200, using: &random) * 1000
            if Int.random(in: 0..<100, using: &random) == 0 {
                shelf.tell(.level, Double(serial), at: told + serial % 1000)
                plain.set(Double(serial), told + serial % 1000, isCount: false)
            } else {
                shelf.tell(.movement, 1, at: told)
                plain.move(1, told)
            }
            let line = try #require(shelf.plant.stock.first)
            if line.quality == .good {
                #expect(line.quantity == plain.quantity, "after \(serial) of seed \(seed)")
            } else {
                doubts += 1
            }
        }
        #expect(doubts > 0, "the histories are too short to try it")
    }
}

/// Everything that was told of one shelf.
private struct PlainLedger {
    struct Base {
        var value: Double
        var at: Int64
    }

    private var movements: [(quantity: Double, at: Int64)] = []
    private var bases: [Base] = []
    private(set) var count: Base?
    /// Whether anything was known when it was counted.
    private var wasKnown = false
    private(set) var consumption = 0.0

    private var newest: Base? { bases.max { $0.at < $1.at } }

    var quantity: Double { level(at: .max, by: newest) }

    /// What the story as it is known now would have expected at the count.
    var expected: Double? {
        guard let count else { return nil }
        let before = bases.filter { $0.at < count.at }.max { $0.at < $1.at }
        guard wasKnown || before != nil else { return nil }
        return level(at: count.at, by: before)
    }

    mutating func move(_ quantity: Double, _ at: Int64) {
        movements.append((quantity, at))
        if quantity < 0 { consumption -= quantity }
    }

    mutating func set(_ value: Double, _ at: Int64, isCount: Bool) {
        let (before, stood) = (quantity, newest)
        if isCount, at > stood?.at ?? .min {
            wasKnown = stood != nil || movements.contains { $0.at <= at }
            count = Base(value: value, at: at)
        }
        bases.append(Base(value: value, at: at))
        if !isCount, let stood, at > stood.at { consumption += max(0, before - quantity) }
    }

    func days(_ now: Instant) -> Double {
        let first = min(movements.map(\.at).min() ?? .max, bases.map(\.at).min() ?? .max)
        return max(1, Double(now.milliseconds - first) / 86_400_000)
    }

    private func level(at end: Int64, by base: Base?) -> Double {
        movements.reduce(base?.value ?? 0) {
            $1.at > base?.at ?? .min && $1.at <= end ? $0 + $1.quantity : $0
        }
    }
}

/// A plant with one shelf, and a journal of what it was told.
private final class ModelShelf {
    /// 2026-06-17T00:00:00Z.
    static let begin: Int64 = 1_781_654_400_000

    enum Word: Int {
        case movement, level, count
    }

    private(set) var plant = Plant()
    private var journal: [Batch] = []
    private var keepsake: [UInt8]?

    func tell(_ word: Word, _ value: Double, at stamp: Int64) {
        var batch = Batch(opened: Instant(milliseconds: stamp))
        batch.readings = [
            Reading(
                series: SeriesID(index: UInt32(word.rawValue)),
                instant: Instant(milliseconds: stamp),
                value: .number(value)
            )
        ]
        journal.append(batch)
        plant.fold(batch) { Self.series[Int($0.index)] }
    }

    /// A new plant takes the last checkpoint, which may be one made just now, and what the journal has since.
    func kill(beforeCheckpoint: Bool) throws {
        if !beforeCheckpoint {
            keepsake = plant.keepsake(bytesMax: 1 << 20)
            journal = []
        }
        plant = Plant()
        if let keepsake { try plant.restore(keepsake) }
        for batch in journal { plant.fold(batch) { Self.series[Int($0.index)] } }
    }

    private static let series: [Series] = [
        ("stock", Kind.delta), ("stock_level", .gauge), ("stock_count", .gauge),
    ]
    .enumerated().map { index, word in
        Series(
            id: SeriesID(index: UInt32(index)),
            key: SeriesKey(site: "ota", asset: "棚A", metric: "\(word.0)/ボルト-M8"),
            kind: word.1,
            type: .number,
            unit: "pcs"
        )
    }
}
