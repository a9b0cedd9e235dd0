/// D05, the (n,k)-rule, where an agreement asks for it: the n largest must not exceed k percent of the total.
public enum D05Dominance {
    static func withholds(_ bucket: PooledBucket) -> String? {
        guard let rule = bucket.limits.nk, isUnsafe(bucket.fresh, rule) else { return nil }
        return "the \(rule.n) largest exceed \(rule.k) % of the total"
    }

    /// Whether the largest contributors dominate a total.
    public static func isUnsafe(_ contributions: [String: Double], _ rule: Dominance) -> Bool {
        let largest = contributions.values.sorted(by: >).prefix(rule.n).reduce(0, +)
        return 100 * largest > rule.k * contributions.values.reduce(0, +)
    }
}
