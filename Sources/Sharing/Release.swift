public import Disclosure
public import Readings

/// One closed bucket of one grant, on its way to its partner or withheld from it.
public struct Release: Hashable, Sendable {
    /// What a partner gets of one product at one site.
    public struct Value: Hashable, Sendable {
        /// The item or machine, as the agreement names it.
        public var product: String
        /// The place, e.g. `ota`.
        public var site: String
        /// The value as the grant's precision lets it be seen.
        public var value: Obscured
        /// The unit table's id; empty for states.
        public var unit: String
        /// When a planned output is expected to be done, at the end of a bucket; nil for every other measure.
        public var completion: Instant?
        /// How old the newest reading in it was at the bucket's end, in whole buckets: 0 is fresh.
        public var ageBuckets: Int64
        /// `good`, `uncertain`, `bad` or `stale`.
        public var quality: Quality

        /// One value of one product at one site.
        public init(
            product: String,
            site: String,
            value: Obscured,
            unit: String,
            completion: Instant? = nil,
            ageBuckets: Int64,
            quality: Quality
        ) {
            self.product = product
            self.site = site
            self.value = value
            self.unit = unit
            self.completion = completion
            self.ageBuckets = ageBuckets
            self.quality = quality
        }
    }

    /// Under which it leaves.
    public var agreement: Agreement
    /// The line of the agreement.
    public var grant: Grant
    /// The first instant of the bucket.
    public var bucketStart: Instant
    /// What leaves; empty when nothing was known or the verdict was to withhold.
    public var values: [Value]

    /// A bucket's release; without values it is withheld.
    public init(agreement: Agreement, grant: Grant, bucketStart: Instant, values: [Value]) {
        self.agreement = agreement
        self.grant = grant
        self.bucketStart = bucketStart
        self.values = values
    }

    /// The first instant after the bucket.
    public var bucketEnd: Instant { bucketStart.advanced(byMs: grant.bucket.widthMs) }

    /// The same for ever for this bucket: a partner that sees it twice drops one.
    public var id: String { "\(agreement.id)/\(grant.id)/\(bucketStart.iso8601)" }

    /// The bucket's number on its lattice: grows by one from release to release of a grant, and tells of no other grant.
    public var sequence: Int64 { bucketStart.milliseconds / grant.bucket.widthMs }

    /// `tsunagi/v1/p/<partner>/<agreement>/<grant>`; every part is one level of `[a-z0-9-]`.
    public var topic: String { Release.topic(agreement, grant) }

    /// Under which agreement a document of ours says that it leaves; nil of any other document.
    public static func agreement(in document: [UInt8]) -> String? {
        JSONValue(document)?.members?["agreement"]?.string
    }

    static func topic(_ agreement: Agreement, _ grant: Grant) -> String {
        topic(agreement, grant.id)
    }

    /// - Parameter place: a grant's id, or one of ``Agreement/announcements``.
    static func topic(_ agreement: Agreement, _ place: String) -> String {
        "tsunagi/v1/p/\(agreement.recipient.id)/\(agreement.id)/\(place)"
    }
}
