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
            (agreement.grants.map(\.id) + agreement.announcements).map { Release.topic(agreement, $0) }
        }
        let granted = Set(topics)
        // Of what is taken back the audit log tells too: a number that it missed would end it. What it cannot take stays
        // here, and at home.
        let isTold = (try? settle(at: now)) != nil
        for entry in isTold ? pending : publishable where !granted.contains(entry.topic) {
            markDelivered(entry.sequence)
        }
        flush()
        for agreement in agreements where agreement.status == .revoked && agreement.revocation.clearRetained {
            for grant in agreement.grants {
                try clear(agreement, grant.id, lastOr: grant.bucketStart(holding: now))
            }
            for place in agreement.announcements { try clear(agreement, place, lastOr: nil) }
        }
    }

    /// Has the broker forget what it retains in the place of a grant.
    ///
    /// - Parameter start: stands for the last bucket where nothing ever left; nil when nothing is to be cleared then.
    private func clear(_ agreement: Agreement, _ place: String, lastOr start: Instant?) throws(OutboxFailure)
    {
        guard let last = lastBucket(agreement: agreement.id, grant: place) ?? start else { return }
        let clearing = OutboxEntry(
            agreement: agreement.id,
            grant: place,
            bucketStart: last,
            topic: Release.topic(agreement, place),
            payload: [],
            retain: true,
            rule: Outbox.revoked,
            agreementDigest: agreement.digest
        )
        _ = try add(clearing)
    }

    /// Tells the recipient when the agreement ends: signed, retained and in the audit log, as all that leaves.
    public func announce(
        _ record: RevocationRecord,
        of agreement: Agreement,
        key: SigningKey?,
        at now: Instant
    )
        throws(OutboxFailure)
    {
        let payload = record.notice
        _ = try add(
            OutboxEntry(
                agreement: agreement.id,
                grant: Agreement.noticeGrant,
                bucketStart: now,
                topic: Release.topic(agreement, Agreement.noticeGrant),
                payload: payload,
                retain: true,
                agreementDigest: agreement.digest,
                jws: key.map { DetachedJWS.sign(payload, with: $0) } ?? ""
            )
        )
        try settle(at: now)
    }
}

extension RevocationRecord {
    /// What the recipient is told.
    var notice: [UInt8] {
        var json = JSONText()
        json.object { json in
            json.key("type")
            json.string("tsunagi.notice/1")
            json.key("agreement")
            json.string(agreement)
            json.key("version")
            json.number(Int64(version))
            json.key("given")
            json.string(time.iso8601)
            json.key("ends")
            json.string((ends ?? time).iso8601)
        }
        return json.bytes
    }
}
