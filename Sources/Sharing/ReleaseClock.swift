public import Disclosure
public import Plant
public import Readings
import RingStore
import Synchronization

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
    /// When the next bucket is due.
    public var nextDue: Instant
    /// What stands in the way, in plain words.
    public var fault: String?
}

/// Lets closed buckets out: asks the agreement, measures the plant, writes the outbox.
///
/// ``OutboxPump`` takes it from there.
///
/// A bucket is decided once, ``graceMs`` after its end and the grant's delay; what arrives later for it stays
/// in the factory's own history.
public final class ReleaseClock: Sendable {
    /// How long a bucket waits for readings that are still under way.
    public static let graceMs: Int64 = 2000
    /// After a long silence only so many buckets of a grant are made up for; a day of minutes.
    static let catchUpCountMax: Int64 = 1440

    /// One grant and where its clock stands.
    private struct Feed {
        let agreement: Agreement
        let grant: Grant
        var nextBucketStart: Instant
        var status: FeedStatus

        /// The end of the next bucket.
        var bucketEnd: Instant { nextBucketStart.advanced(byMs: grant.bucket.widthMs) }

        /// When the next bucket is decided: D02 with the grace on top.
        var due: Instant { grant.leaves(bucketEnd: bucketEnd).advanced(byMs: ReleaseClock.graceMs) }
    }

    private let feeds: Mutex<[Feed]>
    private let outbox: Outbox
    private let view: @Sendable () -> PlantView
    private let format = TsunagiJSON()

    /// - Parameters:
    ///   - agreements: checked already; only active ones let anything out.
    ///   - now: a grant that never released anything starts with the bucket that holds this instant.
    ///   - view: the plant and its history of one moment; asked once for each round of releases.
    public init(
        agreements: [Agreement],
        outbox: Outbox,
        now: Instant,
        view: @escaping @Sendable () -> PlantView
    ) {
        self.outbox = outbox
        self.view = view
        var feeds: [Feed] = []
        for agreement in agreements {
            for grant in agreement.grants {
                let last = outbox.lastBucket(agreement: agreement.id, grant: grant.id)
                // On the lattice even if the agreement's buckets are of another width than those of old.
                let start = grant.bucketStart(holding: last?.advanced(byMs: grant.bucket.widthMs) ?? now)
                var status = FeedStatus(
                    partner: agreement.recipient.id,
                    agreement: agreement.id,
                    grant: grant.id,
                    topic: Release.topic(agreement, grant),
                    nextDue: start
                )
                status.lastBucketEnd = last == nil ? nil : start
                feeds.append(Feed(agreement: agreement, grant: grant, nextBucketStart: start, status: status))
            }
        }
        self.feeds = Mutex(feeds)
    }

    /// The gateway's clock is set only now: a grant that never released anything starts with the bucket that holds this
    /// instant.
    public func begin(now: Instant) {
        feeds.withLock { feeds in
            for index in feeds.indices where feeds[index].status.lastBucketEnd == nil {
                feeds[index].nextBucketStart = feeds[index].grant.bucketStart(holding: now)
            }
        }
    }

    /// Where each feed stands.
    public var status: [FeedStatus] {
        feeds.withLock { feeds in
            feeds.map { feed in
                var status = feed.status
                status.nextDue = feed.due
                return status
            }
        }
    }

    /// When there is something to do next; `distantFuture` without agreements.
    public var nextDue: Instant {
        feeds.withLock { feeds in feeds.map(\.due).min() ?? .distantFuture }
    }

    /// Decides every bucket that is due at `now`, oldest first.
    public func tick(now: Instant) {
        var view: PlantView?
        let feedCount = feeds.withLock { $0.count }
        for index in 0..<feedCount {
            while let feed = nextFeed(index, now) {
                let moment = view ?? self.view()
                view = moment
                guard let release = decide(index, feed, moment), close(index, feed, release) else { break }
            }
        }
    }

    /// The feed with a bucket that is due, or nil when none is.
    ///
    /// Skips what lies too far back to be of use to anybody, and what no active agreement covers: of that not even
    /// the withholding is told. What is skipped stays so: the outbox is told, lest it leave after a restart.
    private func nextFeed(_ index: Int, _ now: Instant) -> Feed? {
        var feed = feeds.withLock { $0[index] }
        let first = feed.nextBucketStart
        let width = feed.grant.bucket.widthMs
        let behind = now.msSince(feed.due) / width
        if behind > ReleaseClock.catchUpCountMax {
            feed.nextBucketStart = first.advanced(byMs: (behind - ReleaseClock.catchUpCountMax) * width)
        }
        while now >= feed.due,
            case .withhold(let rule, let why) = feed.agreement.activeNow(bucketEnd: feed.bucketEnd)
        {
            feed.nextBucketStart = feed.bucketEnd
            feed.status.lastWithheld = "\(rule.rawValue): \(why)"
        }
        if feed.nextBucketStart > first {
            do throws(OutboxFailure) {
                try outbox.pass(
                    agreement: feed.agreement.id,
                    grant: feed.grant.id,
                    bucketStart: feed.nextBucketStart.advanced(byMs: -width)
                )
            } catch {
                feeds.withLock { $0[index].status.fault = error.description }
                return nil
            }
            feed.status.lastBucketEnd = feed.nextBucketStart
            feed.status.fault = nil
            feeds.withLock { [feed] in $0[index] = feed }
        }
        return now >= feed.due ? feed : nil
    }

    /// A due bucket, measured; nil when the disk cannot be read now: the bucket is decided when it can.
    private func decide(_ index: Int, _ feed: Feed, _ view: PlantView) -> Release? {
        var release = Release(
            agreement: feed.agreement,
            grant: feed.grant,
            bucketStart: feed.nextBucketStart,
            values: []
        )
        do throws(StoreFailure) {
            release.values = try view.values(of: release)
            if release.values.isEmpty { note(index, withheld: "nothing is known of its products") }
        } catch {
            feeds.withLock { $0[index].status.fault = error.description }
            return nil
        }
        return release
    }

    private func note(_ index: Int, withheld why: String) {
        feeds.withLock { $0[index].status.lastWithheld = why }
    }

    /// Writes the outbox and moves the feed's clock on.
    ///
    /// - Returns: false when the outbox refused; the clock stays, and the bucket is decided again at the next tick.
    private func close(_ index: Int, _ feed: Feed, _ release: Release) -> Bool {
        let payload = format.payload(of: release)
        let entry = OutboxEntry(
            agreement: feed.agreement.id,
            grant: feed.grant.id,
            bucketStart: release.bucketStart,
            topic: release.topic,
            payload: payload,
            retain: feed.grant.retain
        )
        do throws(OutboxFailure) {
            _ = try outbox.add(entry)
            feeds.withLock { feeds in
                feeds[index].nextBucketStart = release.bucketEnd
                feeds[index].status.lastBucketEnd = release.bucketEnd
                feeds[index].status.fault = nil
                if release.values.isEmpty {
                    feeds[index].status.withheldCount += 1
                } else {
                    feeds[index].status.releasedCount += 1
                }
            }
            return true
        } catch {
            feeds.withLock { $0[index].status.fault = error.description }
            return false
        }
    }
}
