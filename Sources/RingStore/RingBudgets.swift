/// How much of the budget each ring gets; what is not said is shared out.
public struct RingBudgets: Hashable, Sendable {
    /// For merged samples, in bytes.
    public var raw: Int?
    /// For buckets of a tier, in bytes.
    public var tiers: [Tier: Int] = [:]

    /// Everything is shared out.
    public init() {}

    /// What is said, all rings together.
    public var bytes: Int { tiers.values.reduce(raw ?? 0, +) }

    /// The bytes of the raw ring and of each tier, of `rest` in all: what is said, and of what is left 22 parts to
    /// raw samples, 6 to minutes, 3 to hours and 1 to days, but at least `least` to each tier.
    func split(_ rest: Int, least: Int) -> [Int] {
        let asked = [raw] + Tier.allCases.map { tiers[$0] }
        let parts = [22, 6, 3, 1]
        let open = zip(asked, parts).reduce(0) { $0 + ($1.0 == nil ? $1.1 : 0) }
        let left = max(0, rest - bytes)
        var shares = zip(asked, parts).map { asked, part in asked ?? max(least, left / max(1, open) * part) }
        // What the smallest tiers take beyond their part.
        if raw == nil { shares[0] = max(0, rest - shares[1...].reduce(0, +)) }
        return shares
    }
}
