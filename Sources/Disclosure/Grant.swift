public import Readings

/// One line of an agreement: one measure of some products at some sites, and how it may be seen.
public struct Grant: Hashable, Sendable {
    /// 1 … 31 characters of `[a-z0-9-]`, the first no hyphen; unique within its agreement.
    public var id: String
    /// Which quantity.
    public var measure: Measure
    /// Items or machines, as ``Measure/subject`` says; at least one, named in full.
    public var products: [String]
    /// The sites whose readings count; at least one, named in full.
    public var sites: [String]
    /// For ``Measure/process`` the metric that is shared, for every other measure nil.
    ///
    /// An addition to the schema: the other measures know their metric, `process` stands for all the rest.
    public var metric: String?
    /// Whose values: the provider's alone, or several firms' pooled.
    public var kind: GrantKind
    /// The firms whose values are pooled, each once; empty for ``GrantKind/own``.
    public var contributors: [String]
    /// How a bucket becomes one value.
    public var aggregate: Aggregate
    /// How wide the buckets are.
    public var bucket: BucketWidth
    /// The zone whose midnight buckets of a day or a week begin at; nil is UTC. Whoever reads an
    /// agreement fills in the gateway's.
    public var timezone: String?
    /// How long after its end a bucket stays at home.
    public var delay: Period
    /// How exactly a value may be seen.
    public var precision: Precision
    /// When releases leave.
    public var cadence: Cadence
    /// The thresholds for pooled values.
    public var disclosure: DisclosureLimits
    /// The form in which a release travels: at least one, and exactly one in what is active.
    public var formats: [FeedForm]
    /// How the members of a CloudEvent go along; nil where the form decides, see ``carriage``.
    ///
    /// An addition to the schema, which knows the forms alone.
    public var cloudEvents: EventMode?
    /// Whether the broker keeps the last release for whoever comes later.
    public var retain: Bool
    /// How many past buckets the recipient may ask for, 0 … 10 000.
    public var historyBuckets: Int

    /// The most values in one release: products times sites.
    public static let valuesCountMax = 4096
    /// The longest history.
    public static let historyBucketsMax = 10_000

    /// A grant as written; ``Agreement/faults()`` tells what of it breaks a bound.
    public init(
        id: String,
        measure: Measure,
        products: [String],
        sites: [String],
        metric: String? = nil,
        kind: GrantKind,
        contributors: [String] = [],
        aggregate: Aggregate,
        bucket: BucketWidth,
        timezone: String? = nil,
        delay: Period,
        precision: Precision,
        cadence: Cadence,
        disclosure: DisclosureLimits = DisclosureLimits(),
        formats: [FeedForm] = [.tsunagi],
        cloudEvents: EventMode? = nil,
        retain: Bool = true,
        historyBuckets: Int = 0
    ) {
        self.id = id
        self.measure = measure
        self.products = products
        self.sites = sites
        self.metric = metric
        self.kind = kind
        self.contributors = contributors
        self.aggregate = aggregate
        self.bucket = bucket
        self.timezone = timezone
        self.delay = delay
        self.precision = precision
        self.cadence = cadence
        self.disclosure = disclosure
        self.formats = formats
        self.cloudEvents = cloudEvents
        self.retain = retain
        self.historyBuckets = historyBuckets
    }

    /// ``delay`` in milliseconds.
    public var delayMs: Int64 { delay.milliseconds }

    /// D02, closed and aged: the first instant at which a bucket that ends at `bucketEnd` may leave.
    public func leaves(bucketEnd: Instant) -> Instant {
        bucketEnd.advanced(byMs: delayMs)
    }
}

/// Which quantity a grant shares.
public enum Measure: String, Hashable, Sendable, CaseIterable {
    case stock
    case daysOfSupply = "days-of-supply"
    case plannedOutput = "planned-output"
    case capacityFree = "capacity-free"
    case output, status, oee, energy, process

    /// What the names in a grant's `products` stand for.
    public enum Subject: Hashable, Sendable {
        /// An item, as in the metric `stock/ITEM`; for free capacity a capability such as `5axis`.
        case item
        /// A machine: the asset of its readings.
        case machine
    }

    /// Stock, supply, plans and capacity are told of items; output, status, OEE, energy and process of machines.
    public var subject: Subject {
        switch self {
        case .stock, .daysOfSupply, .plannedOutput, .capacityFree: .item
        case .output, .status, .oee, .energy, .process: .machine
        }
    }
}

/// Whose values are in a release.
public enum GrantKind: String, Hashable, Sendable, CaseIterable {
    /// The provider's alone.
    case own
    /// Several firms', pooled so that no single one can be told.
    case consortium
}

/// How the readings of a bucket, or the values of several firms, become one value.
public enum Aggregate: String, Hashable, Sendable, CaseIterable {
    case last, mean, min, max, sum, count
}

/// When a grant's releases leave.
public enum Cadence: String, Hashable, Sendable, CaseIterable {
    /// One for every bucket, whether anything changed or not.
    case clock
    /// Only when the value differs from the last one released.
    case onChange
}

/// The form of a release on the wire.
public enum FeedForm: String, Hashable, Sendable, CaseIterable {
    /// JSON that explains itself.
    case tsunagi
    /// ItemStock 2.0, DaysOfSupply 2.0 or PlannedProductionOutput 2.0 of Catena-X, by the measure.
    case catenax
    /// A document of EPCIS 2.0.
    case epcis
    /// Metrics of a Sparkplug B device, the JSON that explains itself among them. An addition to the schema.
    case sparkplug
}

/// How a release is a CloudEvent 1.0.
public enum EventMode: String, Hashable, Sendable, CaseIterable {
    /// The payload is the event, the release in it: for every client, MQTT 3.1.1 included.
    case structured
    /// The payload is the release, the event's attributes are user properties of MQTT 5.
    case properties
}

/// The thresholds that protect single firms in pooled values. They never leave the gateway.
public struct DisclosureLimits: Hashable, Sendable {
    /// At least 1.
    public var minContributors: Int?
    /// The p of the p%-rule, above 0, at most 100.
    public var pPercent: Double?
    /// The (n,k)-rule, if it is asked for.
    public var nk: Dominance?
    /// A contribution older than this does not count.
    public var maxStaleness: Period?
    /// Buckets to withhold after the set of contributors changed, 0 or more.
    public var membershipCooldownBuckets: Int?

    /// Thresholds; what is nil is not asked for.
    public init(
        minContributors: Int? = nil,
        pPercent: Double? = nil,
        nk: Dominance? = nil,
        maxStaleness: Period? = nil,
        membershipCooldownBuckets: Int? = nil
    ) {
        self.minContributors = minContributors
        self.pPercent = pPercent
        self.nk = nk
        self.maxStaleness = maxStaleness
        self.membershipCooldownBuckets = membershipCooldownBuckets
    }
}

/// The (n,k)-rule: the `n` largest contributors must not exceed `k` percent of the total.
public struct Dominance: Hashable, Sendable {
    /// At least 1.
    public var n: Int
    /// Percent, finite.
    public var k: Double

    /// One (n,k)-rule.
    public init(n: Int, k: Double) {
        self.n = n
        self.k = k
    }
}
