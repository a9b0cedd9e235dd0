import Readings
import RingStore

/// The planned times of a period, walked through bucket by bucket.
struct Spans {
    let from: Instant
    let to: Instant
    private let planned: [Range<Instant>]
    /// Those before it end before all buckets that are still to come.
    private var next = 0

    /// - Parameter planned: ascending, without overlap, within `from ..< to`.
    init(planned: [Range<Instant>], from: Instant, to: Instant) {
        self.planned = planned
        (self.from, self.to) = (from, to)
    }

    /// How much of a bucket counts, 0 … 1.
    struct Share {
        /// Of its known time, what is planned.
        var planned: Double
        /// What lies within the period.
        var inside: Double
        /// Only a part of it is planned, so that its time had to be shared out.
        var isCut: Bool
    }

    /// Whether no bucket of a tier is cut by the period's ends or the planned times.
    func fit(_ tier: Tier) -> Bool {
        func fits(_ instant: Instant) -> Bool { instant.floored(toMs: tier.widthMs) == instant }
        return fits(from) && fits(to) && planned.allSatisfy { fits($0.lowerBound) && fits($0.upperBound) }
    }

    /// The share of a bucket; buckets come in their order.
    mutating func share(of start: Instant, _ widthMs: Int64) -> Share {
        let end = start.advanced(byMs: widthMs)
        while next < planned.count, planned[next].upperBound <= start { next += 1 }
        var plannedMs: Int64 = 0
        for span in planned[next...] {
            if span.lowerBound >= end { break }
            plannedMs += min(end, span.upperBound).msSince(max(start, span.lowerBound))
        }
        let insideMs = max(0, min(end, to).msSince(max(start, from)))
        return Share(
            planned: Double(plannedMs) / Double(widthMs),
            inside: Double(insideMs) / Double(widthMs),
            isCut: plannedMs > 0 && plannedMs < widthMs
        )
    }
}
