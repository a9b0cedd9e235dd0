/// D09, audit against what was released before: with all sums over the same bucket that one coalition already has, no
/// single firm may be bounded more closely than p percent on either side.
///
/// The attacker knows what the coalition gave, that nothing is negative, and of each sum the interval that its
/// precision leaves open.
public enum D09History {
    /// One released sum.
    public struct Sum: Hashable, Sendable {
        /// The firms in it.
        public var firms: Set<String>
        /// What the recipient can tell of it.
        public var interval: ValueInterval

        /// A sum over firms.
        public init(firms: Set<String>, interval: ValueInterval) {
            self.firms = firms
            self.interval = interval
        }
    }

    /// The first firm, by name, that would be bounded too closely by all these sums; nil when none is.
    ///
    /// - Parameters:
    ///   - sums: what was released of the bucket, and what is about to be.
    ///   - contributions: what each firm gave; not negative.
    ///   - coalition: whose contributions the attackers know.
    ///   - p: percent of a firm's contribution.
    public static func exposedFirm(
        _ sums: [Sum],
        _ contributions: [String: Double],
        coalition: Set<String>,
        p: Double
    ) -> String? {
        let firms = sums.reduce(into: Set()) { $0.formUnion($1.firms) }.subtracting(coalition).sorted()
        var system = SumSystem(count: firms.count)
        for sum in sums {
            let own = sum.firms.intersection(coalition).reduce(0) { $0 + (contributions[$1] ?? 0) }
            let places = firms.indices.filter { sum.firms.contains(firms[$0]) }
            system.add(places, sum.interval.shifted(by: -own))
        }
        for (place, firm) in firms.enumerated() {
            guard let value = contributions[firm], value > 0 else { continue }
            guard let range = system.range(of: place) else { return firm }
            let protection = p * value
            if 100 * (value - range.low) < protection || 100 * (range.high - value) < protection {
                return firm
            }
        }
        return nil
    }
}
