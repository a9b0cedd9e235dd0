import Bus
import Logging
import RingStore
import Synchronization

/// Tells the log what goes wrong and when it is mended: each change once.
final class Watchman: Sendable {
    private struct Told {
        /// By part, what is wrong with it.
        var faults: [String: String] = [:]
        /// By link, how often it was made anew.
        var reconnects: [String: Int] = [:]
    }

    private let logger: Logger
    /// What was said last; a leaf.
    private let told = Mutex(Told())

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Compares how the parts are with what was said last.
    ///
    /// - Returns: whether the publisher's link was made anew since the last look.
    func look(broker: BrokerStatus?, link: LinkStatus, publisher: LinkStatus, store: StoreStatus) -> Bool {
        if let broker {
            tell("managed broker", broker.state == .running ? nil : broker.lastError ?? broker.state.word)
        }
        tell("link", link.lastError)
        let now = WallClock.now
        for certificate in link.certificates {
            tell("certificate \(certificate.file)", certificate.warning(at: now))
        }
        tell("publishing", publisher.lastError)
        tell("store", store.fault)
        if isNew("link", link) { logger.notice("link: broke and is made again") }
        return isNew("publishing", publisher)
    }

    /// What keeps releases at home; nil when nothing does.
    func audit(_ fault: String?) {
        tell("audit log", fault)
    }

    private func isNew(_ name: String, _ link: LinkStatus) -> Bool {
        told.withLock { told in
            defer { told.reconnects[name] = link.reconnects }
            return link.reconnects > told.reconnects[name] ?? 0
        }
    }

    private func tell(_ part: String, _ fault: String?) {
        let before = told.withLock { told in
            defer { told.faults[part] = fault }
            return told.faults[part]
        }
        guard fault != before else { return }
        if let fault { logger.warning("\(part): \(fault)") } else { logger.notice("\(part): mended") }
    }
}
