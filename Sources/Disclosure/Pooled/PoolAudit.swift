public import Readings

/// What one coalition was told of one measure and product, and whether one sum more would tell too much (D09).
///
/// It is asked about more than the sums of one bucket: a stock may stand still from one bucket to the next, and then
/// yesterday's sum over five firms and today's over two of them are as good as the sum over the three. So all sums of
/// the last buckets are taken together, as if each firm had given to all of them what it gave last.
public struct PoolAudit: Hashable, Sendable {
    /// Buckets that count beyond a grant's cooldown.
    static let windowBucketsMin: Int64 = 2
    /// More sums than these are not kept: the oldest go.
    static let sumsMax = 256

    private struct Entry: Hashable {
        let end: Instant
        let firms: Set<String>
        let precision: Precision
    }

    private var entries: [Entry] = []
    /// What each firm gave last.
    private var contributions: [String: Double] = [:]

    /// Nothing told yet.
    public init() {}

    /// Whether a bucket may be released beside what was.
    ///
    /// - Parameters:
    ///   - bucket: what the firms gave.
    ///   - precision: how the total may be seen.
    ///   - end: of the bucket, which is `widthMs` wide.
    /// - Complexity: two linear programs for each firm.
    public func decide(_ bucket: PooledBucket, _ precision: Precision, end: Instant, widthMs: Int64)
        -> Verdict
    {
        let fresh = bucket.fresh
        let gave = contributions.merging(fresh) { $1 }
        let cooldown = bucket.limits.membershipCooldownBuckets ?? DisclosureLimits.cooldownBucketsDefault
        let windowMs = (Int64(clamping: cooldown) + Self.windowBucketsMin) * widthMs
        let since = end.advanced(byMs: -windowMs)
        // The same sum in several buckets is one equation.
        var told = Set(
            entries.filter { $0.end > since }.map { Told(firms: $0.firms, precision: $0.precision) }
        )
        told.insert(Told(firms: Set(fresh.keys), precision: precision))
        let sums = told.map { told in
            let total = told.firms.reduce(0) { $0 + (gave[$1] ?? 0) }
            return D09History.Sum(firms: told.firms, interval: told.precision.interval(of: total))
        }
        let p = bucket.limits.pPercent ?? DisclosureLimits.pPercentDefault
        guard let firm = D09History.exposedFirm(sums, gave, coalition: bucket.coalition, p: p) else {
            return .release
        }
        return .withhold(.d09, why: "with what left before, \(firm) could be told within \(p) %")
    }

    private struct Told: Hashable {
        let firms: Set<String>
        let precision: Precision
    }

    /// Takes down that a bucket was released.
    public mutating func note(_ bucket: PooledBucket, _ precision: Precision, end: Instant) {
        let fresh = bucket.fresh
        contributions.merge(fresh) { $1 }
        entries.append(Entry(end: end, firms: Set(fresh.keys), precision: precision))
        if entries.count > Self.sumsMax { entries.removeFirst(entries.count - Self.sumsMax) }
    }
}
