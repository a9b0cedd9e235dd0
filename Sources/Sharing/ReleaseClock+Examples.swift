import Disclosure
import Plant
public import Readings
public import RingStore
import Synchronization

extension ReleaseClock {
    /// A value of a closed bucket.
    public struct Example: Sendable {
        /// The grant's id.
        public let grant: String
        /// Exclusive.
        public let bucketEnd: Instant
        /// As its partner sees it.
        public let seen: Release.Value
        /// What it is; for the operator alone.
        public let truth: Release.Value
    }

    /// The last closed bucket of each grant of an agreement, as it is and as it is seen.
    ///
    /// - Returns: nil when there is no such agreement.
    public func examples(of agreement: String, now: Instant) throws(StoreFailure) -> [Example]? {
        let grants = feeds.withLock { feeds in feeds.filter { $0.agreement.id == agreement } }
        guard !grants.isEmpty else { return nil }
        let view = view()
        var examples: [Example] = []
        for feed in grants {
            let open = feed.grant.bucketStart(holding: now.advanced(byMs: -feed.grant.graceMs))
            let start = open.advanced(byMs: -feed.grant.bucket.widthMs)
            if feed.grant.kind == .consortium {
                let release = Release(
                    agreement: feed.agreement,
                    grant: feed.grant,
                    bucketStart: start,
                    values: []
                )
                examples += try pool?.examples(of: release, view) ?? []
                continue
            }
            var bare = feed.grant
            bare.precision = .exact
            let releases = [feed.grant, bare].map { grant in
                Release(agreement: feed.agreement, grant: grant, bucketStart: start, values: [])
            }
            let seen = try view.values(of: releases[0], offsetSeconds: offsetSeconds)
            let truth = try view.values(of: releases[1], offsetSeconds: offsetSeconds)
            for (seen, truth) in zip(seen, truth) {
                examples.append(
                    Example(grant: feed.grant.id, bucketEnd: releases[0].bucketEnd, seen: seen, truth: truth)
                )
            }
        }
        return examples
    }
}
