public import Disclosure

extension Outbox {
    /// Takes back what waits though no active agreement grants its topic any more, and clears the broker of what a
    /// revoked agreement left there. Comes at the start, before anything is handed to the bus.
    ///
    /// Clearing is asked for by ``Revocation/clearRetained``: an empty payload that the broker is to retain.
    public func withdraw(unlessGrantedBy agreements: [Agreement]) throws(OutboxFailure) {
        let active = agreements.filter { $0.status == .active }
        let topics = active.flatMap { agreement in
            agreement.grants.map { Release.topic(agreement, $0) }
                + (agreement.emergency == nil ? [] : [Release.emergencyTopic(agreement)])
        }
        let granted = Set(topics)
        for entry in pending where !granted.contains(entry.topic) { try markDelivered(entry.sequence) }
        for agreement in agreements where agreement.status == .revoked && agreement.revocation.clearRetained {
            for grant in agreement.grants {
                guard let last = lastBucket(agreement: agreement.id, grant: grant.id) else { continue }
                let clearing = OutboxEntry(
                    agreement: agreement.id,
                    grant: grant.id,
                    bucketStart: last,
                    topic: Release.topic(agreement, grant),
                    payload: [],
                    retain: true
                )
                _ = try add(clearing)
            }
        }
    }
}
