public import Readings

/// What one coalition was told of one measure and product, and whether one sum more would tell too much (D09).
///
/// It is asked about more than the sums of one bucket: a stock may stand still from one bucket to the next, and then
/// yesterday's sum over five firms and today's over two of them are as good as the sum over the three. So all sums of
/// the last buckets are taken together, as if each firm had given to all of them what it gave last.
public struct PoolAudit: Hashable, Sendable {
    /// Buckets that count beyond a grant's cooldown.
    public static let windowBucketsMin: Int64 = 2
    /// More sums than these are not kept: the oldest go.
    static let sumsMax = 256

    private struct Entry: Hashable {
        let end: Instant
        let firms: Set<String>
        let precision: Precision
    }

    private var entries: [Entry] = []
    /// The firms of sums of the latest bucket that were withheld: parts that the others must not give away (D08).
    private var withheld: [Set<String>] = []
    private var withheldEnd = Instant.distantPast
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
        let this = Told(firms: Set(fresh.keys), precision: precision)
        let p = bucket.limits.pPercent ?? DisclosureLimits.pPercentDefault
        // The same sum in several buckets is one equation.
        func exposed(_ told: Set<Told>) -> String? {
            let sums = told.map { told in
                let total = told.firms.reduce(0) { $0 + (gave[$1] ?? 0) }
                return D09History.Sum(firms: told.firms, interval: told.precision.interval(of: total))
            }
            return D09History.exposedFirm(sums, gave, coalition: bucket.coalition, p: p)
        }
        func told(_ isMeant: (Entry) -> Bool) -> Set<Told> {
            var told = Set(entries.filter(isMeant).map { Told(firms: $0.firms, precision: $0.precision) })
            told.insert(this)
            return told
        }
        guard let firm = exposed(told { $0.end > since }) else { return .release }
        if end == withheldEnd, withheld.contains(where: { $0.contains(firm) }),
            let firm = exposed(told { $0.end == end })
        {
            return .withhold(
                .d08,
                why: "less the other sums it tells of a withheld part, and of \(firm) in it"
            )
        }
        return .withhold(.d09, why: "with what left before, \(firm) could be told within \(p) %")
    }

    /// Takes down that a bucket was withheld.
    public mutating func noteWithheld(_ bucket: PooledBucket, end: Instant) {
        if end > withheldEnd {
            withheldEnd = end
            withheld = []
        }
        if end == withheldEnd { withheld.append(Set(bucket.fresh.keys)) }
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
