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
        /// Minutes of which a number was replaced by what is none. One that was merged before keeps the number: a
        /// known limitation.
        var doubtfulMinutes: Set<Int64> = []

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
            if samples[place - 1].isQuantity && !sample.isQuantity {
                doubtfulMinutes.insert(sample.minute)
            }
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

    /// The minutes that begin from `from` on, before `to`, without those in doubt.
    func minutes(from: Instant, to: Instant) -> [Bucket] {
        var buckets: [Bucket] = []
        for sample in samples where sample.isQuantity && !doubtfulMinutes.contains(sample.minute) {
            let start = Instant(milliseconds: sample.minute)
            guard start >= from && start < to else { continue }
            if buckets.last?.start != start { buckets.append(Bucket(start: start, widthMs: 60_000)) }
            buckets[buckets.count - 1].fold(
                Double(bitPattern: sample.bits),
                at: Instant(milliseconds: sample.instant)
            )
        }
        return buckets
    }
}

extension PackedSample {
    /// A number that is not bad: what minutes are made of.
    var isQuantity: Bool { sample.value.number != nil && sample.quality != .bad }

    /// The start of its minute.
    var minute: Int64 { sample.instant.floored(toMs: 60_000).milliseconds }
}

extension Bucket {
    /// The same to the bit; a sum that is no number is so in any of its patterns.
    func isSame(as other: Bucket, ends: Bool) -> Bool {
        let isSum = sum.bitPattern == other.sum.bitPattern || (sum.isNaN && other.sum.isNaN)
        guard start == other.start, count == other.count, isSum else { return false }
        guard low.bitPattern == other.low.bitPattern && high.bitPattern == other.high.bitPattern else {
            return false
        }
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
