public import Disclosure
public import Readings

extension Outbox {
    /// What stands in the place of a rule's id in the audit log where the broker was cleared.
    static let revoked = "revoked"

    /// Takes back what waits though no active agreement grants its topic any more, and clears the broker of what a
    /// revoked agreement left there. Comes at the start, before anything is handed to the bus.
    ///
    /// Clearing is asked for by ``Revocation/clearRetained``: an empty payload that the broker is to retain. By it the
    /// audit log tells of the revocation, of each grant, whether or not anything ever left under it.
    public func withdraw(unlessGrantedBy agreements: [Agreement], at now: Instant) throws(OutboxFailure) {
        let active = agreements.filter { $0.status == .active }
        let topics = active.flatMap { agreement in
            agreement.grants.map { Release.topic(agreement, $0) }
                + (agreement.emergency == nil ? [] : [Release.emergencyTopic(agreement)])
        }
        let granted = Set(topics)
        // Of what is taken back the audit log tells too: a number that it missed would end it. What it cannot take stays
        // here, and at home.
        let isTold = (try? settle(at: now)) != nil
        for entry in isTold ? pending : publishable where !granted.contains(entry.topic) {
            try markDelivered(entry.sequence)
        }
        for agreement in agreements where agreement.status == .revoked && agreement.revocation.clearRetained {
            for grant in agreement.grants {
                let last = lastBucket(agreement: agreement.id, grant: grant.id)
                let clearing = OutboxEntry(
                    agreement: agreement.id,
                    grant: grant.id,
                    bucketStart: last ?? grant.bucketStart(holding: now),
                    topic: Release.topic(agreement, grant),
                    payload: [],
                    retain: true,
                    rule: Outbox.revoked,
                    agreementDigest: Digest(of: Array(agreement.canonicalText.utf8))
                )
                _ = try add(clearing)
            }
        }
    }
}
