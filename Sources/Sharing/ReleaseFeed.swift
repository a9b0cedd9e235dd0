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
    var nextBucketStart: Instant
    var status: FeedStatus

    /// The end of the next bucket.
    var bucketEnd: Instant { nextBucketStart.advanced(byMs: grant.bucket.widthMs) }

    /// Before it nothing is decided: what members sent while a hub was away is still under way.
    var opens = Instant.distantPast

    /// D02 with the grace on top.
    var ripe: Instant { grant.leaves(bucketEnd: bucketEnd).advanced(byMs: grant.graceMs) }

    /// When the next bucket is decided.
    var due: Instant { max(opens, ripe) }
}
