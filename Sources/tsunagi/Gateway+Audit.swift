import Bus
import Readings
import Settings
import Sharing
import Synchronization

/// What left is told of in the audit log, and its head once a day.
extension Gateway {
    /// What the audit log could not take before, it may take now.
    func settle(at now: Instant) {
        do throws(OutboxFailure) {
            try outbox.settle(at: now)
        } catch {
            return watch.audit(error.description)
        }
        do throws(AuditFailure) {
            try signHead(at: now)
            watch.audit(nil)
        } catch {
            watch.audit(error.description)
        }
    }

    /// Once a day: what the audit log is now, for every partner to keep.
    private func signHead(at now: Instant) throws(AuditFailure) {
        let head = outbox.audit.head
        guard head.size > 0, heads.isDue(at: now) else { return }
        let signed = SignedHead(
            head,
            gateway: settings.gateway.id,
            at: now,
            with: clock.withLock { $0.key ?? key }
        )
        try heads.add(signed)
        try outbox.audit.mark()
        let partners = clock.withLock { $0 }.status.map(\.partner)
        for partner in Set(partners).sorted() {
            var message = BusMessage(
                topic: "tsunagi/v1/p/\(partner)/head",
                payload: signed.text,
                retain: true
            )
            message.properties = [UserProperty("jws", signed.jws)]
            publisher.publish(message) { _ in }
        }
    }
}
