/// D04, the p%-rule: nobody who knows part of a total may come closer than p percent to another's contribution.
///
/// Source: Handbook on Statistical Disclosure Control, the p%-rule for magnitude tables.
public enum D04Concentration {
    static func withholds(_ bucket: PooledBucket) -> String? {
        let known = Set(bucket.fresh.filter { $0.value != 0 }.keys).intersection(bucket.coalition)
        let p = bucket.limits.pPercent ?? DisclosureLimits.pPercentDefault
        guard let firm = unsafeFirm(bucket.fresh, p: p, known: known) else { return nil }
        return "\(firm) could be estimated within \(p) %"
    }

    /// The first firm, by name, that could be estimated too closely: total − known − x < p/100 · x.
    ///
    /// - Parameters:
    ///   - contributions: not negative.
    ///   - known: the firms whose contributions the attackers know, their own; if there are none, the largest other
    ///     contributor attacks.
    public static func unsafeFirm(_ contributions: [String: Double], p: Double, known: Set<String>) -> String?
    {
        let total = contributions.values.reduce(0, +)
        let largest = contributions.values.sorted(by: >).prefix(2)
        let knownSum = known.reduce(0) { $0 + (contributions[$1] ?? 0) }
        for (firm, value) in contributions.sorted(by: { $0.key < $1.key }) where !known.contains(firm) {
            var rest = total - value
            if known.isEmpty {
                // The largest beside this one: the first of all, or the second if this one is the first.
                let other = value == largest.first ? largest.dropFirst().first : largest.first
                rest -= other ?? 0
            } else {
                rest -= knownSum
            }
            // Not a division: 10 percent of 1,100 is 110, and not a little more.
            if 100 * rest < p * value { return firm }
        }
        return nil
    }
}
