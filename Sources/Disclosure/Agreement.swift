public import Readings

/// What a provider lets one recipient know, how coarse, how late and until when.
///
/// The members and their bounds are those of the agreement's schema, version 1; ``faults()`` tells what of a value
/// lies outside of them. Whether an agreement is wise is the business of the rules, not of this type.
public struct Agreement: Hashable, Sendable {
    /// 3 … 41 characters of `[a-z0-9-]`, the first no hyphen.
    public var id: String
    /// At least 1; grows with every change.
    public var version: Int
    /// Whether it lets anything out.
    public var status: AgreementStatus
    /// Whose readings they are.
    public var provider: Party
    /// Who receives; has a ``Party/relationship``.
    public var recipient: Party
    /// What the recipient wants the values for.
    public var purpose: Purpose
    /// From when until when it holds.
    public var validity: Validity
    /// How it ends early.
    public var revocation: Revocation
    /// Who agreed to it at the provider's; roles or ids, each once. Empty when nobody is named.
    public var approvedBy: [String]
    /// What widens it in a disaster, and for how long.
    public var emergency: Emergency?
    /// 1 … 64, ids unique.
    public var grants: [Grant]

    /// The most grants one agreement may hold.
    public static let grantCountMax = 64

    /// An agreement as written; ``faults()`` tells what of it breaks a bound.
    public init(
        id: String,
        version: Int,
        status: AgreementStatus,
        provider: Party,
        recipient: Party,
        purpose: Purpose,
        validity: Validity,
        revocation: Revocation = Revocation(),
        approvedBy: [String] = [],
        emergency: Emergency? = nil,
        grants: [Grant]
    ) {
        self.id = id
        self.version = version
        self.status = status
        self.provider = provider
        self.recipient = recipient
        self.purpose = purpose
        self.validity = validity
        self.revocation = revocation
        self.approvedBy = approvedBy
        self.emergency = emergency
        self.grants = grants
    }
}

/// Whether an agreement lets anything out.
public enum AgreementStatus: String, Hashable, Sendable, CaseIterable {
    case draft, active, suspended, revoked
}

/// What the recipient wants the values for.
public enum Purpose: String, Hashable, Sendable, CaseIterable {
    case supplyAssurance = "supply-assurance"
    case capacityMatching = "capacity-matching"
    case logisticsPlanning = "logistics-planning"
    case disasterResponse = "disaster-response"
    case qualityTraceability = "quality-traceability"
    case carbonReporting = "carbon-reporting"
    case publicStatistics = "public-statistics"
    case maintenance
}

/// One side of an agreement.
public struct Party: Hashable, Sendable {
    /// 2 … 31 characters of `[a-z0-9-]`, the first no hyphen; one level of the partner's topics.
    public var id: String
    /// As people write it.
    public var name: String?
    /// The Japanese corporate number, 13 digits, the first not 0.
    public var houjin: String?
    /// The business partner number, `BPNL` and 12 letters or digits.
    public var bpnl: String?
    /// What the recipient is to the provider.
    public var relationship: Relationship?
    /// Parties that may pool what they know with this one.
    public var colludesWith: [String]

    /// One party.
    public init(
        id: String,
        name: String? = nil,
        houjin: String? = nil,
        bpnl: String? = nil,
        relationship: Relationship? = nil,
        colludesWith: [String] = []
    ) {
        self.id = id
        self.name = name
        self.houjin = houjin
        self.bpnl = bpnl
        self.relationship = relationship
        self.colludesWith = colludesWith
    }
}

/// What a recipient is to the provider.
public enum Relationship: String, Hashable, Sendable, CaseIterable {
    case customer, supplier, competitor, hub
    case publicBody = "public-body"
    case research
}

/// From when until when an agreement holds.
public struct Validity: Hashable, Sendable {
    /// The first instant that is covered.
    public var notBefore: Instant
    /// Later than ``notBefore``; that is a rule (S04), not a bound of the schema.
    public var notAfter: Instant

    /// A span of time; the order of its ends is not checked here.
    public init(notBefore: Instant, notAfter: Instant) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Whether a bucket that ends at `bucketEnd` is covered.
    ///
    /// A bucket that ends just as the validity begins lies wholly before it and is not; one that ends just as the
    /// validity does is.
    public func contains(_ bucketEnd: Instant) -> Bool {
        bucketEnd > notBefore && bucketEnd <= notAfter
    }
}

/// How an agreement ends early.
public struct Revocation: Hashable, Sendable {
    /// 0 … 2 592 000 (30 days).
    public var noticeSeconds: Int
    /// Whether the retained releases are taken off the broker.
    public var clearRetained: Bool

    /// The longest notice.
    public static let noticeSecondsMax = 2_592_000

    /// Without notice, and clearing the broker, unless said otherwise.
    public init(noticeSeconds: Int = 0, clearRetained: Bool = true) {
        self.noticeSeconds = noticeSeconds
        self.clearRetained = clearRetained
    }
}

/// The disaster clause: what starts it, for how long, and how many must say so.
public struct Emergency: Hashable, Sendable {
    /// What starts it, in the words of both parties.
    public var trigger: String
    /// How long it may last.
    public var maxDuration: Period
    /// At least 2.
    public var approvers: Int

    /// No clause is content with fewer (S18).
    public static let approversMin = 2
    /// No disaster mode lasts longer (S18).
    public static let durationMax = Period(milliseconds: 14 * 86_400_000)

    /// A disaster clause.
    public init(trigger: String, maxDuration: Period, approvers: Int) {
        self.trigger = trigger
        self.maxDuration = maxDuration
        self.approvers = approvers
    }
}
