public import Disclosure
public import Plant
public import Readings
import RingStore
import Synchronization

/// Lets closed buckets out: asks the agreement, measures the plant, writes the outbox.
///
/// ``OutboxPump`` takes it from there.
///
/// A bucket is decided once, ``graceMs`` after its end and the grant's delay; what arrives later for it stays
/// in the factory's own history.
public final class ReleaseClock: Sendable {
    /// How long a bucket waits for readings that are still under way.
    public static let graceMs: Int64 = 2000
    /// So long before they leave releases are made ready: whether a partner's comes early or late among the others, or
    /// how many there are, tells nothing then.
    public static let leadMs: Int64 = 2000
    /// After a long silence only so many buckets of a grant are made up for, unless it grants more of the past; a day of
    /// minutes.
    static let catchUpCountMax: Int64 = 1440

    let feeds: Mutex<[ReleaseFeed]>
    private let outbox: Outbox
    let view: @Sendable () -> PlantView
    let offsetSeconds: @Sendable (Instant) -> Int
    let pool: Pool?
    private let emergencies: EmergencyBook?
    private let showcase: Showcase?
    private let costs = Mutex(ReleaseCosts())
    /// Signs each release.
    public let key: SigningKey?

    /// - Parameters:
    ///   - agreements: checked already; only active ones let anything out.
    ///   - trade: what partners' systems know items and sites by.
    ///   - key: signs each release; without one they leave unsigned.
    ///   - pool: decides pooled grants; without one they are withheld.
    ///   - emergencies: says which grants leave exactly for now.
    ///   - showcase: is told what is to leave; of grants that there are no more it forgets everything.
    ///   - now: a grant that never released anything starts with the bucket that holds this instant, or with as many before
    ///     it as it grants of the past.
    ///   - offsetSeconds: how far the plant's clocks are ahead of UTC: by them shifts are planned.
    ///   - view: the plant and its history of one moment; asked once for each round of releases.
    public init(
        agreements: [Agreement],
        outbox: Outbox,
        trade: TradeBook = TradeBook(),
        key: SigningKey? = nil,
        pool: Pool? = nil,
        emergencies: EmergencyBook? = nil,
        showcase: Showcase? = nil,
        now: Instant,
        offsetSeconds: @escaping @Sendable (Instant) -> Int = { _ in 0 },
        view: @escaping @Sendable () -> PlantView
    ) {
        self.outbox = outbox
        self.offsetSeconds = offsetSeconds
        self.key = key
        self.agreements = agreements
        self.pool = pool
        self.emergencies = emergencies
        self.showcase = showcase
        self.view = view
        showcase?.forget(unlessGrantedBy: agreements)
        var feeds: [ReleaseFeed] = []
        for agreement in agreements {
            let digest = Digest(of: Array(agreement.canonicalText.utf8))
            for grant in agreement.grants {
                let last = outbox.lastBucket(agreement: agreement.id, grant: grant.id)
                // On the lattice even if the agreement's buckets are of another width than those of old.
                let next = last?.advanced(byMs: grant.bucket.widthMs)
                let start = next.map { grant.bucketStart(holding: $0) } ?? grant.firstBucketStart(at: now)
                var status = FeedStatus(
                    partner: agreement.recipient.id,
                    agreement: agreement.id,
                    grant: grant.id,
                    topic: Release.topic(agreement, grant),
                    nextDue: start
                )
                status.lastBucketEnd = last == nil ? nil : start
                var feed = ReleaseFeed(
                    agreement,
                    digest,
                    grant,
                    FeedShape(agreement, grant, trade: trade, offsetSeconds: offsetSeconds),
                    nextBucketStart: start,
                    status: status
                )
                if grant.kind == .consortium { feed.opens = now.advanced(byMs: grant.graceMs) }
                feeds.append(feed)
            }
        }
        self.feeds = Mutex(feeds)
    }

    /// The gateway's clock is set only now: a grant that never released anything starts by this instant.
    public func begin(now: Instant) {
        feeds.withLock { feeds in
            for index in feeds.indices {
                let grant = feeds[index].grant
                if grant.kind == .consortium { feeds[index].opens = now.advanced(byMs: grant.graceMs) }
                guard feeds[index].status.lastBucketEnd == nil else { continue }
                feeds[index].nextBucketStart = grant.firstBucketStart(at: now)
            }
        }
    }

    /// Where each feed stands.
    public var status: [FeedStatus] {
        feeds.withLock { feeds in
            feeds.map { feed in
                var status = feed.status
                status.nextDue = feed.due.advanced(byMs: Self.leadMs)
                return status
            }
        }
    }

    /// By what it lets out.
    public let agreements: [Agreement]

    /// When there is something to do next; `distantFuture` without agreements.
    public var nextDue: Instant {
        feeds.withLock { feeds in feeds.indices.reduce(.distantFuture) { min($0, feeds[$1].due) } }
    }

    /// How long to rest until `next`, in milliseconds: a second at most. A second as well once it has passed: what was
    /// refused then stays due, and a disk that is full is not asked without end.
    public static func restMs(until next: Instant, now: Instant) -> Int64 {
        next <= now ? 1000 : min(1000, next.msSince(now))
    }

    /// Decides every bucket that is due at `now`, oldest first: a bucket of each feed, all of them durable at once,
    /// then the next of each.
    ///
    /// - Parameter ready: called whenever some releases may be handed to the bus.
    public func tick(now: Instant, ready: () -> Void = {}) {
        var view: PlantView?
        var spent = ReleaseCosts()
        defer { costs.withLock { $0.add(spent) } }
        var open = Set(feeds.withLock { feeds in feeds.indices.filter { now >= feeds[$0].due } })
        while !open.isEmpty {
            var round: [Decided] = []
            var hasSkipped = false
            for index in inTurn(open) {
                guard round.count < ReleaseClock.roundCountMax else { break }
                spent.begin()
                guard let feed = nextFeed(index, now) else {
                    open.remove(index)
                    continue
                }
                spent.end(.rules)
                let moment = view ?? self.view()
                view = moment
                switch decide(index, feed, moment, &spent) {
                case .leaves(let decided): round.append(decided)
                case .unchanged where skip(index, feed): hasSkipped = true
                case .unchanged, .unreadable: open.remove(index)
                }
            }
            guard !round.isEmpty || hasSkipped else { return }
            open.subtract(close(round, at: now, &spent))
            ready()
        }
    }

    /// Pooled grants one behind the other, for what one lets out decides about the next; all others in an order that
    /// nobody could learn anything from.
    private func inTurn(_ open: Set<Int>) -> [Int] {
        feeds.withLock { feeds in
            open.filter { feeds[$0].grant.kind == .consortium }.sorted()
                + open.filter { feeds[$0].grant.kind == .own }.shuffled()
        }
    }

    /// What releases have cost since the start.
    public var spent: ReleaseCosts { costs.withLock { $0 } }

    /// So many releases are made durable at once.
    static let roundCountMax = 4096

    /// What is to become of a bucket that is due.
    private enum Decision {
        case leaves(Decided)
        /// As the one before it, and the grant tells of changes alone.
        case unchanged
        /// The disk cannot be read now: the bucket is decided when it can.
        case unreadable
    }

    /// A bucket that was decided.
    private struct Decided {
        let index: Int
        let release: Release
        /// Which rule withheld it.
        let rule: DisclosureRule?
        let entry: OutboxEntry
    }

    /// The feed with a bucket that is due, or nil when none is.
    ///
    /// Skips what lies too far back to be of use to anybody, and what no active agreement covers: of that not even
    /// the withholding is told. What is skipped stays so: the outbox is told, lest it leave after a restart.
    private func nextFeed(_ index: Int, _ now: Instant) -> ReleaseFeed? {
        var feed = feeds.withLock { $0[index] }
        let first = feed.nextBucketStart
        let width = feed.grant.bucket.widthMs
        let behind = now.msSince(feed.ripe) / width
        let most = max(ReleaseClock.catchUpCountMax, Int64(feed.grant.historyBuckets))
        if behind > most { feed.nextBucketStart = first.advanced(byMs: (behind - most) * width) }
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

    /// Goes on to the next bucket without a word about this one.
    ///
    /// - Returns: false when the outbox could not be told.
    private func skip(_ index: Int, _ feed: ReleaseFeed) -> Bool {
        do throws(OutboxFailure) {
            // Not synced: after a crash it is decided again, and told as well as if it had changed.
            try outbox.pass(
                agreement: feed.agreement.id,
                grant: feed.grant.id,
                bucketStart: feed.nextBucketStart,
                isSynced: false
            )
        } catch {
            feeds.withLock { $0[index].status.fault = error.description }
            return false
        }
        feeds.withLock { feeds in
            feeds[index].nextBucketStart = feed.bucketEnd
            feeds[index].status.lastBucketEnd = feed.bucketEnd
            feeds[index].status.fault = nil
        }
        return true
    }

    /// A due bucket, measured.
    private func decide(
        _ index: Int,
        _ feed: ReleaseFeed,
        _ view: PlantView,
        _ spent: inout ReleaseCosts
    ) -> Decision {
        let start = feed.nextBucketStart
        let grant = emergencies?.effective(
            feed.grant,
            of: feed.agreement,
            feed.agreementDigest,
            bucketStart: start
        )
        var release = Release(
            agreement: feed.agreement,
            grant: grant ?? feed.grant,
            bucketStart: start,
            values: []
        )
        guard let shape = feed.shape else {
            feeds.withLock { $0[index].status.fault = "its form lacks numbers: tsunagi check names them" }
            return .unreadable
        }
        var rule: DisclosureRule?
        var why: String?
        do throws(StoreFailure) {
            if feed.grant.kind == .own {
                let values = try view.values(of: release, offsetSeconds: offsetSeconds)
                spent.end(.aggregation)
                let unsaid: [String]
                // A value that the form has no words for is left out, and the operator told.
                (release.values, unsaid) = shape.said(values)
                let trouble = release.values.isEmpty ? "nothing is known of its products" : nil
                why = (unsaid.first ?? trouble).map { "D03: \($0)" }
            } else if let decision = try pool?.decide(release, view) {
                (release.values, rule, why) = (decision.values, decision.rule, decision.why)
                spent.end(.rules)
            }
        } catch {
            feeds.withLock { $0[index].status.fault = error.description }
            return .unreadable
        }
        if release.values.isEmpty { rule = rule ?? .d03 }
        if let why { feeds.withLock { $0[index].status.lastWithheld = why } }
        if feed.grant.cadence == .onChange, feed.told == release.told { return .unchanged }
        let message = shape.message(of: release)
        spent.end(.form)
        let jws = key.map { DetachedJWS.sign(message.payload, with: $0, telling: message.signed) }
        spent.end(.signature)
        var entry = OutboxEntry(
            agreement: feed.agreement.id,
            grant: feed.grant.id,
            bucketStart: release.bucketStart,
            topic: release.topic,
            payload: message.payload,
            contentType: message.contentType,
            attributes: message.attributes,
            retain: feed.grant.retain,
            rule: rule?.rawValue,
            agreementDigest: feed.agreementDigest,
            jws: jws ?? ""
        )
        entry.leavesAt = feed.due.advanced(byMs: ReleaseClock.leadMs)
        return .leaves(Decided(index: index, release: release, rule: rule, entry: entry))
    }

    /// Writes the outbox and the audit log, and moves the feeds' clocks on.
    ///
    /// - Returns: feeds that were refused; their clocks stay, and their buckets are decided again at the next tick.
    private func close(_ round: [Decided], at now: Instant, _ spent: inout ReleaseCosts) -> Set<Int> {
        var refused: Set<Int> = []
        spent.begin()
        spent.count(round.count)
        let round = round.filter { decided in
            guard decided.release.grant.kind == .consortium else { return true }
            do throws(OutboxFailure) {
                try pool?.keep(decided.release)
                return true
            } catch {
                feeds.withLock { $0[decided.index].status.fault = error.description }
                refused.insert(decided.index)
                return false
            }
        }
        let answers = outbox.add(round.map(\.entry))
        spent.end(.outbox)
        feeds.withLock { feeds in
            for (decided, answer) in zip(round, answers) {
                let index = decided.index
                switch answer {
                case .success:
                    showcase?.add(decided.release)
                    feeds[index].nextBucketStart = decided.release.bucketEnd
                    feeds[index].told = decided.release.told
                    feeds[index].status.lastBucketEnd = decided.release.bucketEnd
                    feeds[index].status.fault = nil
                    if decided.rule == nil {
                        feeds[index].status.releasedCount += 1
                    } else {
                        feeds[index].status.withheldCount += 1
                    }
                case .failure(let failure):
                    feeds[index].status.fault = failure.description
                    refused.insert(index)
                }
            }
        }
        do throws(OutboxFailure) {
            try outbox.settle(at: now)
            spent.end(.audit)
        } catch {
            // They wait in the outbox, and are told of when the log can be written again.
            feeds.withLock { feeds in
                for decided in round { feeds[decided.index].status.fault = error.description }
            }
        }
        return refused
    }
}
