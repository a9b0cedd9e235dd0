import Bus
import Sharing
import Synchronization

extension Gateway {
    /// Watches over all of it, and tells whoever has to know.
    func alerting() -> AlertWatch {
        AlertWatch(
            settings,
            ingest,
            link,
            publisher,
            certificates: { [link, members] in link.status.certificates + members.certificates },
            feeds: { [self] in feeds },
            waiting: { [outbox] in outbox.waiting },
            logger: logger
        )
    }

    /// Where each feed stands, with what its broker says.
    var feeds: [FeedStatus] {
        clock.withLock { $0 }.status.map { feed in
            var feed = feed
            feed.fault = feed.fault ?? pump.fault(agreement: feed.agreement, grant: feed.grant)
            return feed
        }
    }
}
