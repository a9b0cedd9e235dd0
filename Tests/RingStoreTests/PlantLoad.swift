import Readings
import Synchronization
import Testing

@testable import RingStore

/// What a plant sends, the same for every run: batch n is known from n alone, and so is what the store must
/// answer after the first n batches.
///
/// Series come one after the other, numbers, movements and states, on several assets; some stamps come late, some
/// are sent again with another value. Values are quarters, so that sums are exact in any order.
struct PlantLoad {
    /// Batch 0 has three series, every so many batches bring one more.
    static let seriesStep = 25
    static let seriesMax = 14
    static let textStep = 40
    private static let epoch: Int64 = 1_700_000_000_000

    /// Sets every value apart from those of another load.
    var seed: UInt64 = 1

    func seriesCount(_ index: Int) -> Int { min(PlantLoad.seriesMax, 3 + index / PlantLoad.seriesStep) }

    func textCount(_ index: Int) -> Int { 1 + index / PlantLoad.textStep }

    static func kind(_ series: Int) -> Kind { series == 1 ? .delta : series == 2 ? .state : .gauge }

    static func key(_ series: Int) -> SeriesKey {
        SeriesKey(site: "大阪", asset: "プレス/\(series / 3)号機", metric: "m\(series)")
    }

    static func text(_ index: Int) -> String { "状態 \(index)" }

    /// Registers what batch `index` names and all before it, in their order; ids are then always the same.
    func register(through index: Int, in store: RingStore) throws {
        for number in 0..<seriesCount(index) {
            let kind = PlantLoad.kind(number)
            let type: ValueType = kind == .state ? .text : .number
            let series = try store.series(for: PlantLoad.key(number), kind: kind, type: type, unit: "Cel")
            try #require(Int(series.id.index) == number)
        }
        for number in 0..<textCount(index) {
            let text = try store.text(for: Array(PlantLoad.text(number).utf8).span)
            try #require(Int(text.index) == number)
        }
    }

    /// Batch number `index`.
    func batch(_ index: Int) -> Batch {
        var random = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(index))
        var batch = Batch(opened: Instant(milliseconds: PlantLoad.epoch + Int64(index) * 1000))
        for series in 0..<seriesCount(index) where series < 3 || Int.random(in: 0..<3, using: &random) > 0 {
            var instant = PlantLoad.epoch + Int64(index) * 1000
            // The first series is plain: one sample a batch, in order.
            let late = series == 0 ? 9 : Int.random(in: 0..<24, using: &random)
            switch late {
            case 0: instant -= Int64.random(in: 1...40, using: &random) * 500
            case 1: instant -= 1000
            default: break
            }
            let number = Double(Int.random(in: -500_000...500_000, using: &random)) / 4
            let text = TextID(index: UInt32(Int.random(in: 0..<textCount(index), using: &random)))
            batch.readings.append(
                Reading(
                    series: SeriesID(index: UInt32(series)),
                    instant: Instant(milliseconds: instant),
                    value: PlantLoad.kind(series) == .state ? .text(text) : .number(number),
                    quality: late > 1 && Int.random(in: 0..<20, using: &random) == 0 ? .bad : .good
                )
            )
        }
        batch.movements = [Movement(mark: UInt128(index) << 70 | 5, instant: batch.opened)]
        batch.receipts = [Receipt(messageID: UInt16(index % 65_535 + 1), hash: random.next())]
        batch.messageCount = 1
        return batch
    }

    /// Samples of every series after the batches `indices` in this order, by id.
    func samples(after indices: some Sequence<Int>) -> [[Sample]] {
        var all = [[(sample: Sample, order: Int)]](repeating: [], count: PlantLoad.seriesMax)
        var order = 0
        for index in indices {
            for reading in batch(index).readings {
                all[Int(reading.series.index)].append((reading.sample, order))
                order += 1
            }
        }
        return all.enumerated().map { number, run in
            let sorted = run.sorted { ($0.sample.instant, $0.order) < ($1.sample.instant, $1.order) }
            var samples: [Sample] = []
            for (sample, _) in sorted {
                if PlantLoad.kind(number) != .delta, samples.last?.instant == sample.instant {
                    samples.removeLast()
                }
                samples.append(sample)
            }
            return samples
        }
    }
}

/// What upper rooms keep: how many batches were committed. Asked for in the middle of a commit, it must tell of the
/// commit before.
final class CountKept: Sendable {
    private let count: Atomic<Int>

    init(_ count: Int) {
        self.count = Atomic(count)
    }

    func set(_ count: Int) {
        self.count.store(count, ordering: .releasing)
    }

    var bytes: [UInt8] { Array("\(count.load(ordering: .acquiring))".utf8) }

    static func read(_ bytes: [UInt8]?) -> Int {
        bytes.map { Int(String(decoding: $0, as: UTF8.self)) ?? -1 } ?? 0
    }
}
