public import Readings

/// One pooled value of one closed bucket: what the firms gave, who may see what of it.
public struct PoolCase: Hashable, Sendable {
    /// Under which it would leave.
    public var agreement: String
    /// The grant; one of its products.
    public var grant: Grant
    /// The item.
    public var product: String
    /// The agreement's recipient.
    public var recipient: String
    /// The first instant after the bucket.
    public var bucketEnd: Instant
    /// By firm, all its sites together, in one unit. Who gave nothing that counts is absent.
    public var contributions: [String: Double]

    /// One value of a pooled grant.
    public init(
        agreement: String,
        grant: Grant,
        product: String,
        recipient: String,
        bucketEnd: Instant,
        contributions: [String: Double]
    ) {
        self.agreement = agreement
        self.grant = grant
        self.product = product
        self.recipient = recipient
        self.bucketEnd = bucketEnd
        self.contributions = contributions
    }

    /// What leaves of it, before precision is applied; nil of nothing.
    public var value: Double? {
        guard !contributions.isEmpty else { return nil }
        let total = contributions.values.reduce(0, +)
        switch grant.aggregate {
        case .mean: return total / Double(contributions.count)
        case .count: return Double(contributions.values.count { $0 != 0 })
        case .sum, .last, .min, .max: return total
        }
    }

    /// How the sum of all firms can be seen by who sees the value: who knows how many they are can multiply a mean.
    var sumPrecision: Precision {
        guard grant.aggregate == .mean else { return grant.precision }
        let count = Double(max(1, contributions.count))
        switch grant.precision {
        case .exact: return .exact
        case .round(let base): return .round(base: base * count)
        case .band(let edges): return .band(edges: edges.map { $0 * count })
        }
    }
}

/// Everything a hub remembers of its pooled values, and what it decides of the next: D03 to D09 and D15, in the order in
/// which they are asked.
///
/// A value: whoever wants to know what would be decided asks a copy.
public struct PoolDecisions: Sendable {
    private struct Subject: Hashable {
        let coalition: Set<String>
        let measure: Measure
        let product: String
        let sites: Set<String>
        /// Of flows: the sums of another width are other sums.
        let width: BucketWidth?
    }

    private struct Line: Hashable {
        let agreement: String
        let grant: String
        let product: String
    }

    private let coalitions: Coalitions
    private let asked: Set<DisclosureRule>
    private var memberships: [Line: Membership] = [:]
    private var audits: [Subject: PoolAudit] = [:]
    private var budget = ReleaseBudget()

    /// Nothing decided yet.
    ///
    /// - Parameter agreements: active ones; they say who speaks with whom.
    public init(_ agreements: [Agreement]) {
        self.init(agreements, asking: Set(PooledBucket.rules + [.d09, .d15]))
    }

    /// A test that switches a rule off must come to harm by it.
    package init(_ agreements: [Agreement], asking asked: Set<DisclosureRule>) {
        coalitions = Coalitions(agreements.filter { $0.status == .active })
        self.asked = asked
    }

    /// Decides a case and takes it down. Cases of one line come in the order of their buckets, each once.
    ///
    /// - Complexity: two linear programs for each firm.
    public mutating func decide(_ pooled: PoolCase) -> Verdict {
        let line = Line(agreement: pooled.agreement, grant: pooled.grant.id, product: pooled.product)
        let bucket = bucket(of: pooled)
        let asksRules = asked.intersection(PooledBucket.rules)
        var verdict = bucket.decide(after: memberships[line] ?? Membership(), asking: asksRules)
        if verdict == .release, asked.contains(.d09), pooled.grant.aggregate != .count {
            verdict = (audits[subject(of: pooled)] ?? PoolAudit()).decide(
                bucket,
                pooled.sumPrecision,
                end: pooled.bucketEnd,
                widthMs: pooled.grant.bucket.widthMs
            )
        }
        if verdict == .release, asked.contains(.d15) { verdict = charge(pooled, bucket.coalition) }
        note(verdict, pooled, bucket)
        return verdict
    }

    /// Takes down what was decided of a case earlier, in the order in which it was.
    public mutating func recall(_ pooled: PoolCase, isReleased: Bool) {
        if isReleased { _ = charge(pooled, coalitions.members(with: pooled.recipient)) }
        note(isReleased ? .release : .withhold(.d03, why: ""), pooled, bucket(of: pooled))
    }

    private func bucket(of pooled: PoolCase) -> PooledBucket {
        PooledBucket(
            contributions: pooled.contributions,
            coalition: coalitions.members(with: pooled.recipient),
            limits: pooled.grant.disclosure
        )
    }

    private mutating func charge(_ pooled: PoolCase, _ coalition: Set<String>) -> Verdict {
        var grant = pooled.grant
        grant.products = [pooled.product]
        return budget.charge(grant, coalition: coalition, bucketEnd: pooled.bucketEnd)
    }

    private mutating func note(_ verdict: Verdict, _ pooled: PoolCase, _ bucket: PooledBucket) {
        let line = Line(agreement: pooled.agreement, grant: pooled.grant.id, product: pooled.product)
        memberships[line, default: Membership()].note(verdict, of: bucket.live)
        let subject = subject(of: pooled)
        if verdict != .release {
            audits[subject, default: PoolAudit()].noteWithheld(bucket, end: pooled.bucketEnd)
        } else if pooled.grant.aggregate != .count {
            audits[subject, default: PoolAudit()].note(bucket, pooled.sumPrecision, end: pooled.bucketEnd)
        }
    }

    private func subject(of pooled: PoolCase) -> Subject {
        Subject(
            coalition: coalitions.members(with: pooled.recipient),
            measure: pooled.grant.measure,
            product: pooled.product,
            sites: Set(pooled.grant.sites),
            width: pooled.grant.measure.isFlow ? pooled.grant.bucket : nil
        )
    }
}
