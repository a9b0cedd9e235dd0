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
        // What is stamped by arrival came after all others.
        if let latest, sample.instant < latest.instant, sample.sample.timeSource == .source { return }
        (latest, isLatestHistory) = (sample, true)
    }

    /// What stands from `from` on, before `to`.
    func samples(from: Instant, to: Instant) -> [PackedSample] {
        samples.filter { $0.instant >= from.milliseconds && $0.instant < to.milliseconds }
    }

    /// The buckets that begin from `from` on, before `to`.
    func buckets(_ tier: Tier, from: Instant, to: Instant) -> [Bucket] {
        if isState { return [] }
        var buckets: [Bucket] = []
        for sample in samples where sample.isQuantity {
            let start = sample.sample.instant.floored(toMs: tier.widthMs)
            if start >= from && start < to {
                buckets.fold(sample.sample, tier, countsFalls: series.kind == .counter)
            }
        }
        return buckets
    }

    /// How long each state held, bucket by bucket from the first that anything is known of; `from` begins a bucket,
    /// `to` as well.
    func states(_ tier: Tier, from: Instant, to: Instant) -> [(start: Instant, shares: StateShares)] {
        var buckets: [(start: Instant, shares: StateShares)] = []
        let standing = samples.lastIndex { $0.instant < from.milliseconds } ?? 0
        for index in standing..<samples.count where samples[index].instant < to.milliseconds {
            let sample = samples[index].sample
            let next = index + 1 < samples.count ? samples[index + 1].sample.instant : to
            let end = min(next, to)
            var at = max(sample.instant, from)
            repeat {
                let start = at.floored(toMs: tier.widthMs)
                if buckets.last?.start != start { buckets.append((start, StateShares())) }
                let part = min(start.advanced(byMs: tier.widthMs), end)
                buckets[buckets.count - 1].shares.add(
                    sample.quality == .bad ? .absent : sample.value,
                    milliseconds: part.msSince(at),
                    samples: at == sample.instant ? 1 : 0
                )
                at = part
            } while at < end
        }
        return buckets
    }

    /// Told by time per state, not by numbers.
    var isState: Bool { series.kind == .state }
}

/// How long each state held and how many samples said so, in no order.
struct StateShares: Equatable {
    private struct Share: Equatable {
        var milliseconds: Int64 = 0
        var samples: UInt64 = 0
    }

    private var shares: [PackedSample: Share] = [:]

    init() {}

    init(_ bucket: StateBucket) {
        for share in bucket.shares {
            add(share.value, milliseconds: share.milliseconds, samples: share.samples)
        }
    }

    mutating func add(_ value: Scalar, milliseconds: Int64, samples: UInt64) {
        if milliseconds == 0 && samples == 0 { return }
        // The states 0 and −0 are one.
        let value = value == .number(0) ? .number(0) : value
        let key = PackedSample(
            Sample(instant: Instant(milliseconds: 0), value: value, quality: .good, timeSource: .source)
        )
        shares[key, default: Share()].milliseconds += milliseconds
        shares[key, default: Share()].samples += samples
    }
}

extension PackedSample {
    /// A finite number that is not bad: what buckets are made of.
    var isQuantity: Bool { sample.value.number?.isFinite == true && sample.quality != .bad }
}

extension Bucket {
    /// The same to the bit, but for the order in which sums were added up, and which of 0 and −0 is the lower.
    func isSame(as other: Bucket, ends: Bool) -> Bool {
        guard start == other.start, count == other.count, low == other.low, high == other.high else {
            return false
        }
        let size = max(1, abs(low), abs(high)) * Double(count)
        func isAlike(_ one: Double, _ two: Double) -> Bool {
            // What overflows on the way depends on the order.
            size > .greatestFiniteMagnitude || (one.isNaN && two.isNaN) || abs(one - two) <= 1e-9 * size
        }
        guard isAlike(sum, other.sum) else { return false }
        if !ends { return true }
        return first.bitPattern == other.first.bitPattern && firstAt == other.firstAt
            && last.bitPattern == other.last.bitPattern && lastAt == other.lastAt
            && isAlike(fallen, other.fallen)
    }
}

/// Where a store and its model differ.
struct Disagreement: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
