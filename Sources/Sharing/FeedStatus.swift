public import Readings

/// Where one feed stands, for the operator.
public struct FeedStatus: Hashable, Sendable {
    /// Who receives.
    public var partner: String
    /// The agreement's id.
    public var agreement: String
    /// The grant's id within its agreement.
    public var grant: String
    /// `agreement/grant`.
    public var feed: String { "\(agreement)/\(grant)" }
    /// Where it was or is published.
    public var topic: String
    /// The end of the last bucket that was decided, or nil before the first.
    public var lastBucketEnd: Instant?
    /// Buckets that left with values, since the start.
    public var releasedCount = 0
    /// Buckets of which nothing was known, since the start.
    public var withheldCount = 0
    /// Rule and reason of the last withholding; for the operator alone.
    public var lastWithheld: String?
    /// When the next bucket leaves.
    public var nextDue: Instant
    /// What stands in the way, in plain words.
    public var fault: String?
}
