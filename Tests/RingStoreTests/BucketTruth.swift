import Readings

@testable import RingStore

extension [Bucket] {
    /// Folds the next sample, in ascending order, as a plain reader would.
    mutating func fold(_ sample: Sample, _ tier: Tier, countsFalls: Bool = false) {
        guard case .number(let number) = sample.value, number.isFinite, sample.quality != .bad else { return }
        let start = sample.instant.floored(toMs: tier.widthMs)
        if last?.start != start {
            append(Bucket(start: start, widthMs: tier.widthMs, countsFalls: countsFalls))
        }
        self[count - 1].fold(number, at: sample.instant)
    }

    /// Whether they are the same, sums apart that were added up in another order.
    func areAlike(_ other: [Bucket]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.isAlike($1) }
    }
}

extension Bucket {
    func isAlike(_ other: Bucket) -> Bool {
        let size = Swift.max(1, abs(low), abs(high)) * Double(count)
        guard abs(sum - other.sum) <= 1e-9 * size, abs(fallen - other.fallen) <= 1e-9 * size else {
            return false
        }
        var same = self
        (same.sum, same.fallen) = (other.sum, other.fallen)
        return same == other
    }
}
