/// What the firms of a pooled grant gave to one closed bucket, before anybody decides whether the total may leave.
public struct PooledBucket: Hashable, Sendable {
    /// By firm; several sites of one firm are one contribution. In the measure's unit, finite.
    public var contributions: [String: Double]
    /// Firms whose newest reading is older than the grant allows: they do not count.
    public var stale: Set<String>
    /// The recipient and whoever it may pool its knowledge with.
    public var coalition: Set<String>
    /// The thresholds of the grant.
    public var limits: DisclosureLimits

    /// One bucket of a pooled grant.
    public init(
        contributions: [String: Double],
        stale: Set<String> = [],
        coalition: Set<String>,
        limits: DisclosureLimits
    ) {
        self.contributions = contributions
        self.stale = stale
        self.coalition = coalition
        self.limits = limits
    }

    /// What counts.
    public var fresh: [String: Double] { contributions.filter { !stale.contains($0.key) } }

    /// The sum of what counts.
    public var total: Double { fresh.values.reduce(0, +) }

    /// Firms outside of the coalition that give something that counts.
    public var live: Set<String> {
        Set(fresh.filter { $0.value != 0 && !coalition.contains($0.key) }.keys)
    }

    /// The fewest live firms that a total may rest on.
    public var floor: Int { max(DisclosureLimits.contributorsMin, limits.minContributors ?? 0) }

    /// Asks the rules for pooled values, in their order; the first that withholds decides.
    ///
    /// - Parameter membership: what was released of the grant before.
    /// - Complexity: O(firms²).
    public func decide(after membership: Membership = Membership()) -> Verdict {
        decide(after: membership, asking: Set(Self.rules))
    }

    /// In the order in which they are asked.
    static let rules: [DisclosureRule] = [.d06, .d03, .d04, .d05, .d07]

    /// A test that switches a rule off must come to harm by it.
    func decide(after membership: Membership, asking asked: Set<DisclosureRule>) -> Verdict {
        for rule in Self.rules where asked.contains(rule) {
            let why: String? =
                switch rule {
                case .d03: D03Contributors.withholds(self)
                case .d04: D04Concentration.withholds(self)
                case .d05: D05Dominance.withholds(self)
                case .d06: D06Signs.withholds(self)
                case .d07: D07Membership.withholds(self, after: membership)
                default: preconditionFailure("\(rule.rawValue) is asked elsewhere")
                }
            if let why { return .withhold(rule, why: why) }
        }
        return .release
    }
}

extension DisclosureLimits {
    /// The p of a pooled grant that names none.
    public static let pPercentDefault = 10.0
}
