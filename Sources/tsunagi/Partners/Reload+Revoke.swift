import Bus
import Desk
import Disclosure
import Logging
import Readings
import Settings
import Sharing

/// Revoking an agreement, in six steps, each of which shows that it was done.
///
///     stop ─▶ outbox ─▶ retained ─▶ rights ─▶ sessions ─▶ proof
extension Reload {
    /// What a revocation works with.
    struct Leaving {
        let agreement: Agreement
        /// Whether nothing else is granted to its partner: then the identity ends too.
        let isLast: Bool
        /// How the partner connects, as it does until now; nil with a broker of somebody else's.
        let identity: BusOptions?
        var record: RevocationRecord
        var partner: String { agreement.recipient.id }
        var topics: String { PartnerRoll.topics(of: partner, agreement: agreement.id) }
    }

    private static let patience = 10.0
    /// What stands before the reason why a probe was not let in.
    static let refused = "not let in: "

    /// Revokes an agreement for good. May be asked again: all steps are done anew.
    ///
    /// - Parameter atOnce: even where the agreement promises notice.
    func revoke(_ id: String, atOnce: Bool) async -> RevocationReport {
        var report = RevocationReport(
            agreement: id,
            partner: settings.agreements.first { $0.id == id }?.recipient.id ?? ""
        )
        guard !isBusy else {
            report.refusal = "a reload or a revocation is under way already; ask again in a moment"
            return report
        }
        guard let agreement = settings.agreements.first(where: { $0.id == id }) else {
            let known = settings.agreements.map(\.id).sorted().joined(separator: ", ")
            report.refusal = "no agreement \"\(id)\"; there are: \(known.isEmpty ? "none" : known)"
            return report
        }
        isBusy = true
        defer { isBusy = false }
        logger.notice("revoke: \(id) of \(agreement.recipient.id) is to end")
        do {
            if !atOnce, let step = try giveNotice(agreement) {
                report.steps.append(step)
                logger.notice("revoke: \(id): \(step.line)")
                return report
            }
            var leaving = try begin(agreement)
            report.steps.append(await stop(&leaving))
            report.steps.append(await takeBack(leaving))
            report.steps.append(await clear(&leaving))
            report.steps += await end(leaving)
            leaving.record.steps = report.steps.map(\.line)
            try folders.revocations.keep(leaving.record)
        } catch {
            report.steps.append(RevocationReport.Step("record", "\(error)", holds: false))
        }
        for step in report.steps {
            let line = "revoke: \(id): \(step.line)"
            if step.holds == true { logger.notice("\(line)") } else { logger.warning("\(line)") }
        }
        return report
    }

    /// Ends each agreement whose notice is over.
    func endNoticed() async {
        let now = WallClock.now
        guard !isBusy, now >= noticesEnd, let records = try? folders.revocations.all() else { return }
        noticesEnd = records.compactMap(\.ends).filter { $0 > now }.min() ?? .distantFuture
        for record in records where record.ends != nil && record.isInForce(at: now) && record.steps.isEmpty {
            guard settings.agreements.contains(where: { $0.id == record.agreement }) else { continue }
            _ = await revoke(record.agreement, atOnce: true)
        }
    }

    /// Until the notice that an agreement promises is over it goes on; its partner is told when it ends.
    ///
    /// - Returns: nil when it promises none, or when it is over.
    private func giveNotice(_ agreement: Agreement) throws -> RevocationReport.Step? {
        let now = WallClock.now
        let known = try folders.revocations.all().first { $0.agreement == agreement.id }
        let seconds = agreement.revocation.noticeSeconds
        guard agreement.status == .active, seconds > 0, known?.isInForce(at: now) != true else { return nil }
        let record = known ?? RevocationRecord(agreement, at: now, noticeSeconds: seconds)
        try folders.revocations.keep(record)
        noticesEnd = min(noticesEnd, record.ends ?? .distantFuture)
        try parts.announce(record, agreement)
        return RevocationReport.Step(
            "notice given",
            "it ends on \(record.ends?.iso8601 ?? ""), and its releases go on until then; --now ends it at once",
            holds: true
        )
    }

    /// Keeps it in a file before anything is done: from then on no restart lets anything out under it.
    private func begin(_ agreement: Agreement) throws -> Leaving {
        let known = try folders.revocations.all().first { $0.agreement == agreement.id }
        var record = known ?? RevocationRecord(agreement, at: WallClock.now)
        record.isCleared = false
        // What is left of a notice is waived.
        if !record.isInForce(at: WallClock.now) { record.ends = nil }
        try folders.revocations.keep(record)
        let isLast = !settings.agreements.contains {
            $0.recipient.id == agreement.recipient.id && $0.id != agreement.id && $0.status != .revoked
        }
        return Leaving(
            agreement: agreement,
            isLast: isLast,
            identity: try identity(of: agreement.recipient.id),
            record: record
        )
    }

    private func identity(of partner: String) throws -> BusOptions? {
        guard let broker = parts.broker else { return nil }
        if try folders.partners.record(of: partner)?.login == BrokerPartner.Login.certificate.rawValue {
            guard case .managed(let choice) = settings.broker else { return nil }
            return Links.certificate(of: partner, choice, in: folders.partners)
        }
        // One that has gone before has no password any more; what it had is not known.
        return try? broker.link(.partner(partner), client: "revoked-\(partner)")
    }

    /// Step 1: nothing is decided under it any more.
    private func stop(_ leaving: inout Leaving) async -> RevocationReport.Step {
        settings.agreements = settings.agreements.revoked(by: [leaving.record], at: WallClock.now)
        parts.agree(Terms(settings))
        let holds = await wait { parts.hasAgreed() && !parts.feeds().contains(leaving.agreement.id) }
        let since = leaving.record.time.iso8601
        let proof =
            holds
            ? "kept as revoked since \(since); none of its grants has a next release"
            : "the clock still has it"
        return RevocationReport.Step("releases stopped", proof, holds: holds)
    }

    /// Step 2: what waited for the broker does not leave.
    private func takeBack(_ leaving: Leaving) async -> RevocationReport.Step {
        let own = parts.outbox.pending.filter { $0.agreement == leaving.agreement.id && !$0.payload.isEmpty }
        let proof = own.isEmpty ? "no release of it waits" : "\(own.count) releases of it still wait"
        return RevocationReport.Step("outbox emptied", proof, holds: own.isEmpty)
    }

    /// Step 3: the broker forgets what it kept for those who come later. The audit log tells of it first.
    private func clear(_ leaving: inout Leaving) async -> RevocationReport.Step {
        let name = "retained copies cleared"
        let agreement = leaving.agreement.id
        let isTaken = await wait { !parts.outbox.pending.contains { $0.agreement == agreement } }
        guard isTaken else {
            return RevocationReport.Step(
                name,
                "the broker has not confirmed the clearing; it goes on as soon as the link stands",
                holds: false
            )
        }
        leaving.record.isCleared = true
        if leaving.isLast {
            parts.publish(
                BusMessage(topic: PartnerRoll.head(of: leaving.partner), payload: [], retain: true)
            )
        }
        do {
            let look = try Links.operators(of: settings, client: "revoke-look")
            let mark = "tsunagi/v1/g/\(settings.gateway.id)/revocation-probe"
            var kept = try await probe(look, leaving, mark: mark).filter(\.isRetained)
            if !kept.isEmpty {
                // Of a grant that an earlier version had.
                for topic in Set(kept.map(\.topic)) {
                    parts.publish(BusMessage(topic: topic, payload: [], retain: true))
                }
                kept = try await probe(look, leaving, mark: mark).filter(\.isRetained)
            }
            let proof =
                "audit log: cleared, \(leaving.agreement.grants.count) grants; the gateway's own look at \(leaving.topics) "
                + (kept.isEmpty
                    ? "finds nothing" : "still finds \(kept.map(\.topic).joined(separator: ", "))")
            return RevocationReport.Step(name, proof, holds: kept.isEmpty)
        } catch {
            return RevocationReport.Step(name, "\(error)", holds: false)
        }
    }

    /// Whether something is so before patience ends.
    func wait(_ isSo: () -> Bool) async -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(Self.patience)
        while !isSo() {
            guard clock.now < end, !Task.isCancelled else { return false }
            // Cancelled means that nobody waits for the answer any more.
            try? await Task.sleep(for: .milliseconds(20))
        }
        return true
    }

    /// What is delivered below an agreement's topics to whoever connects in this way.
    ///
    /// - Parameter mark: a topic on which a message is published meanwhile: that it comes to the gateway itself shows that
    ///   the broker delivers.
    /// - Throws: ``Trouble`` when it was refused, or when not even the gateway was delivered the message.
    func probe(_ options: BusOptions, _ leaving: Leaving, mark: String) async throws(Trouble)
        -> [DeliveryProbe.Delivery]
    {
        let own = try Links.operators(of: settings, client: "revoke-witness")
        let witness = DeliveryProbe(own, filters: [mark])
        defer { witness.stop() }
        if let refusal = await witness.settle(within: Self.patience) { throw Trouble(refusal) }
        let filters = [BrokerPartner.topics(of: leaving.partner), leaving.topics, "#"]
        let other = DeliveryProbe(options, filters: filters)
        defer { other.stop() }
        if let refusal = await other.settle(within: Self.patience) {
            throw Trouble("\(Self.refused)\(refusal)")
        }
        let text = "{\"type\":\"tsunagi.revocation-probe/1\"}"
        parts.publish(BusMessage(topic: mark, payload: Array(text.utf8)))
        guard await wait({ !witness.deliveries.isEmpty }) else {
            throw Trouble("the broker did not deliver a message of now to the gateway itself")
        }
        // Time for whatever comes later than the witness's.
        try? await Task.sleep(for: .milliseconds(300))
        let prefix = leaving.topics.dropLast()
        return other.deliveries.filter { $0.topic.hasPrefix(prefix) }
    }
}
