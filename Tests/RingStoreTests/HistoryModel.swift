import Codec
import Readings

@testable import RingStore

/// What the store must answer after a history, kept in the plainest way there is. Samples are compared bit for bit:
/// as packed ones, so that −0 is not 0 and a value that is no number equals itself.
struct HistoryModel {
    /// One series.
    struct Line {
        var series: Series
        /// What stands, by stamp, equal stamps of movements by arrival.
        var samples: [PackedSample] = []
        /// Everything that ever came for the history, and how often.
        var sent: [PackedSample: Int] = [:]
        var latest: PackedSample?
        var isLatestHistory = false

        var keepsEqualStamps: Bool { series.kind == .delta }
    }

    private(set) var lines: [Line] = []
    /// Everything that came for the history, in its order.
    private(set) var arrivals: [(line: Int, sample: PackedSample)] = []
    /// The readings of every batch that was committed.
    private(set) var batches: [[Reading]] = []

    mutating func add(_ series: Series) {
        lines.append(Line(series: series))
    }

    mutating func take(_ readings: [Reading]) {
        batches.append(readings)
        for reading in readings {
            let line = Int(reading.series.index)
            let sample = PackedSample(reading.sample)
            if reading.currentOnly {
                lines[line].takeCurrent(sample)
            } else {
                lines[line].take(sample)
                arrivals.append((line, sample))
            }
        }
    }
}

extension HistoryModel.Line {
    /// Whether a current value of this stamp has a plain answer: a repeat of an older sample changes nothing then.
    func isPlain(current instant: Int64) -> Bool {
        guard let latest else { return true }
        return instant > latest.instant || (latest.instant > instant && standsAgainstCurrent)
    }

    /// The latest sample is good history; a current value that is older changes nothing.
    private var standsAgainstCurrent: Bool {
        isLatestHistory && latest?.sample.quality == .good
    }

    mutating func takeCurrent(_ sample: PackedSample) {
        if let latest, standsAgainstCurrent, latest.instant > sample.instant { return }
        (latest, isLatestHistory) = (sample, false)
    }

    mutating func take(_ sample: PackedSample) {
        sent[sample, default: 0] += 1
        let place = (samples.lastIndex { $0.instant <= sample.instant } ?? -1) + 1
        if !keepsEqualStamps, place > 0, samples[place - 1].instant == sample.instant {
            samples[place - 1] = sample
        } else {
            samples.insert(sample, at: place)
        }
        if let latest, sample.instant < latest.instant { return }
        (latest, isLatestHistory) = (sample, true)
    }

    /// What stands from `from` on, before `to`.
    func samples(from: Instant, to: Instant) -> [PackedSample] {
        samples.filter { $0.instant >= from.milliseconds && $0.instant < to.milliseconds }
    }

    /// The buckets that begin from `from` on, before `to`.
    func buckets(_ tier: Tier, from: Instant, to: Instant) -> [Bucket] {
        var buckets: [Bucket] = []
        for sample in samples {
            let start = sample.sample.instant.floored(toMs: tier.widthMs)
            if start >= from && start < to { buckets.fold(sample.sample, tier) }
        }
        return buckets
    }
}

extension PackedSample {
    /// A number that is not bad: what buckets are made of.
    var isQuantity: Bool { sample.value.number != nil && sample.quality != .bad }
}

extension Bucket {
    /// The same, but for a sum that was added up in another order and may so be no number.
    func isSame(as other: Bucket, ends: Bool) -> Bool {
        guard start == other.start, count == other.count, low == other.low, high == other.high else {
            return false
        }
        let size = Swift.max(abs(low), abs(high)) * Double(count)
        if sum.isFinite && other.sum.isFinite && abs(sum - other.sum) > 1e-9 * size { return false }
        if !ends { return true }
        return first.bitPattern == other.first.bitPattern && firstAt == other.firstAt
            && last.bitPattern == other.last.bitPattern && lastAt == other.lastAt
    }
}

/// Where a store and its model differ.
struct Disagreement: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
