public import Disclosure
public import Plant
public import Readings
public import RingStore
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

        /// When the next bucket may leave.
        var due: Instant { bucketEnd.advanced(byMs: grant.delayMs + ReleaseClock.graceMs) }
    }

    private let feeds: Mutex<[Feed]>
    private let plant: Plant
    private let outbox: Outbox
    private let snapshot: @Sendable () -> Snapshot
    private let format = TsunagiJSON()

    /// - Parameters:
    ///   - agreements: checked already; only active ones let anything out.
    ///   - now: a grant that never released anything starts with the bucket that holds this instant.
    public init(
        agreements: [Agreement],
        plant: Plant,
        outbox: Outbox,
        now: Instant,
        snapshot: @escaping @Sendable () -> Snapshot
    ) {
        self.plant = plant
        self.outbox = outbox
        self.snapshot = snapshot
        var feeds: [Feed] = []
        for agreement in agreements {
            for grant in agreement.grants {
                let last = outbox.lastBucket(agreement: agreement.id, grant: grant.id)
                let start = last?.advanced(byMs: grant.bucket.widthMs) ?? grant.bucketStart(holding: now)
                var status = FeedStatus(
                    partner: agreement.recipient.id,
                    agreement: agreement.id,
                    grant: grant.id,
                    topic: Release(agreement: agreement, grant: grant, bucketStart: start, values: []).topic,
                    nextDue: start
                )
                status.lastBucketEnd = last?.advanced(byMs: grant.bucket.widthMs)
                feeds.append(Feed(agreement: agreement, grant: grant, nextBucketStart: start, status: status))
            }
        }
        self.feeds = Mutex(feeds)
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
        let dueCount = feeds.withLock { $0.count }
        for index in 0..<dueCount {
            catchUp(index, now)
            while let (feed, release) = decide(index, now), close(index, feed, release) {}
        }
    }

    /// Skips what lies too far back to be of use to anybody, and what no active agreement covers: of that not even
    /// the withholding is told.
    private func catchUp(_ index: Int, _ now: Instant) {
        feeds.withLock { feeds in
            let width = feeds[index].grant.bucket.widthMs
            let behind = now.msSince(feeds[index].due) / width
            if behind > ReleaseClock.catchUpCountMax {
                let skipped = behind - ReleaseClock.catchUpCountMax
                feeds[index].nextBucketStart = feeds[index].nextBucketStart.advanced(byMs: skipped * width)
            }
            while now >= feeds[index].due {
                let feed = feeds[index]
                let bucketEnd = feed.nextBucketStart.advanced(byMs: width)
                guard case .withhold(let why) = feed.agreement.activeNow(bucketEnd: bucketEnd) else { return }
                feeds[index].nextBucketStart = bucketEnd
                feeds[index].status.lastWithheld = "D01: \(why)"
            }
        }
    }

    /// The next due bucket of a feed, measured; nil when nothing is due.
    private func decide(_ index: Int, _ now: Instant) -> (Feed, Release)? {
        let feed = feeds.withLock { $0[index] }
        // D02 with the grace on top: closed and aged, or not yet.
        let lately = now.advanced(byMs: -ReleaseClock.graceMs)
        guard feed.agreement.closedAndAged(feed.grant, bucketEnd: feed.bucketEnd, now: lately) == .release
        else { return nil }
        var release = Release(
            agreement: feed.agreement,
            grant: feed.grant,
            bucketStart: feed.nextBucketStart,
            values: []
        )
        do throws(StoreFailure) {
            release.values = try plant.values(of: release, in: snapshot())
            if release.values.isEmpty { note(index, withheld: "nothing is known of its products") }
        } catch {
            // The disk cannot be read now: the bucket is decided when it can.
            feeds.withLock { $0[index].status.fault = error.description }
            return nil
        }
        return (feed, release)
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
            retain: feed.grant.retain,
            hasValues: !release.values.isEmpty
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
