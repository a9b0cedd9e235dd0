import Disclosure
import Readings

/// One grant and where its clock stands.
struct ReleaseFeed {
    let agreement: Agreement
    let agreementDigest: Digest
    let grant: Grant
    /// Every release is as long, whatever is in it (D10). Nil where its form lacks numbers of the trade, as a
    /// draft's may.
    let shape: FeedShape?
    var nextBucketStart: Instant {
        didSet { due = max(opens, ripe) }
    }
    var status: FeedStatus

    /// What the last release told; nil when none was since the start.
    var told: [Release.Value]?

    /// The end of the next bucket.
    var bucketEnd: Instant { nextBucketStart.advanced(byMs: grant.bucket.widthMs) }

    /// Before it nothing is decided: what members sent while a hub was away is still under way.
    var opens = Instant.distantPast {
        didSet { due = max(opens, ripe) }
    }

    /// D02 with the grace on top.
    var ripe: Instant { grant.leaves(bucketEnd: bucketEnd).advanced(byMs: grant.graceMs) }

    /// When the next bucket is decided.
    private(set) var due = Instant.distantPast

    init(
        _ agreement: Agreement,
        _ agreementDigest: Digest,
        _ grant: Grant,
        _ shape: FeedShape?,
        nextBucketStart: Instant,
        status: FeedStatus
    ) {
        self.agreement = agreement
        self.agreementDigest = agreementDigest
        self.grant = grant
        self.shape = shape
        self.nextBucketStart = nextBucketStart
        self.status = status
        due = ripe
    }
}

extension Release {
    /// What a partner would call news: everything but how old it is.
    var told: [Value] {
        values.map { value in
            var value = value
            value.ageBuckets = 0
            return value
        }
    }
}

extension Grant {
    /// Where a feed begins that never released anything: with the bucket that holds this instant, or with as many closed
    /// ones before it as are granted of the past.
    func firstBucketStart(at now: Instant) -> Instant {
        bucketStart(holding: now).advanced(byMs: -Int64(historyBuckets) * bucket.widthMs)
    }
}
