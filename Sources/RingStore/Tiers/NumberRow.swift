internal import Codec
internal import Readings

/// What one merge, or the head, knows of one bucket of a series of numbers.
///
/// Finite numbers count whose quality is not bad; texts, flags, absent values and what is no number are no quantities.
struct NumberRow: TierRow {
    /// Empty when no sample was a quantity.
    var bucket: Bucket
    /// The earliest and the latest stamp of all samples, those that are no quantities included.
    var lowest: Int64
    var highest: Int64

    init(_ bucket: Bucket, lowest: Int64, highest: Int64) {
        self.bucket = bucket
        self.lowest = lowest
        self.highest = highest
    }

    init(start: Instant, widthMs: Int64, countsFalls: Bool, stamp: Int64) {
        bucket = Bucket(start: start, widthMs: widthMs, countsFalls: countsFalls)
        (lowest, highest) = (stamp, stamp)
    }

    var start: Int64 { bucket.start.milliseconds }

    @inline(__always)
    mutating func fold(_ instant: Int64, _ bits: UInt64, _ mark: UInt8) {
        highest = instant
        guard mark & 3 == PackedSample.number, mark >> 2 & 3 != Quality.bad.rawValue else { return }
        let number = Double(bitPattern: bits)
        if number.isFinite { bucket.fold(number, at: Instant(milliseconds: instant)) }
    }

    @discardableResult
    mutating func merge(_ other: NumberRow) -> Bool {
        let isApart = other.lowest > highest || other.highest < lowest
        bucket.merge(other.bucket)
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
        return isApart
    }
}
