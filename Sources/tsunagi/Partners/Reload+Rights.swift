import Bus
import Desk
import Disclosure
import Logging
import Readings
import Settings
import Sharing

/// Who may read what, as agreements and partners come and go.
extension Reload {
    /// The last three steps of a revocation: the rights, the sessions, and the proof.
    func end(_ leaving: Leaving) async -> [RevocationReport.Step] {
        guard let broker = parts.broker else {
            let text = "this broker is not ours: run what tsunagi partner rights prints, then "
            return [
                RevocationReport.Step("rights withdrawn", text + "read its rights again", holds: nil),
                RevocationReport.Step("sessions cut", text + "look for \(leaving.partner)", holds: nil),
                RevocationReport.Step(
                    "proof",
                    "connect as \(leaving.partner), subscribe to \(leaving.topics): nothing may come",
                    holds: nil
                ),
            ]
        }
        var steps: [RevocationReport.Step] = []
        do {
            steps.append(try withdraw(leaving, broker))
            steps.append(try cut(leaving, broker))
        } catch {
            steps.append(RevocationReport.Step("rights withdrawn", "\(error)", holds: false))
        }
        steps.append(await prove(leaving))
        if leaving.isLast {
            folders.secrets.remove(leaving.partner)
            folders.partners.remove(leaving.partner)
        }
        return steps
    }

    /// Step 4.
    private func withdraw(_ leaving: Leaving, _ broker: ManagedBroker) throws -> RevocationReport.Step {
        var prepared = try folders.partners.all()
        if leaving.isLast {
            if let serial = prepared.first(where: { $0.id == leaving.partner })?.serial {
                try folders.authority.revoke(serial: serial, now: WallClock.now)
            }
            prepared.removeAll { $0.id == leaving.partner }
        }
        let roll = PartnerRoll(settings.agreements, prepared: prepared)
        try broker.reload(sensorFilters: Gateway.sensorFilters(filters), partners: roll.partners)
        let own = roll.partners.first { $0.id == leaving.partner }?.reads ?? []
        let proof =
            leaving.isLast
            ? "\(leaving.partner) is no user of the broker any more"
            : "what \(leaving.partner) may read: \(own.joined(separator: " "))"
        return RevocationReport.Step("rights withdrawn", proof, holds: !own.contains(leaving.topics))
    }

    /// Step 5. A password's session is cut by the broker itself when its user is gone; a certificate's is not, neither by
    /// rights nor by a list of revoked certificates: it is taken over, with what waits in it.
    private func cut(_ leaving: Leaving, _ broker: ManagedBroker) throws -> RevocationReport.Step {
        let name = "sessions cut"
        guard leaving.isLast else {
            return RevocationReport.Step(
                name,
                "other agreements of \(leaving.partner) stand: its sessions go on, without a message of this one",
                holds: true
            )
        }
        guard case .tls? = leaving.identity?.address else {
            return RevocationReport.Step(
                name,
                "the broker cuts the sessions of a user that is gone",
                holds: true
            )
        }
        let isCut = try broker.cut(leaving.partner)
        let proof = isCut ? "taken over, and what waited in it forgotten" : "it could not be taken over"
        return RevocationReport.Step(name, proof, holds: isCut)
    }

    /// Step 6: connects as the partner. The broker reads its rights again a moment after it is told to.
    private func prove(_ leaving: Leaving) async -> RevocationReport.Step {
        guard let identity = leaving.identity else {
            return RevocationReport.Step(
                "proof",
                "\(leaving.partner) has nothing to log in with",
                holds: leaving.isLast
            )
        }
        let mark = "tsunagi/v1/p/\(leaving.partner)/\(leaving.agreement.id)/revocation-probe"
        let who = "connected as \(leaving.partner)"
        var (proof, holds) = ("", false)
        for _ in 0..<4 {
            do throws(Trouble) {
                let found = try await probe(identity, leaving, mark: mark)
                holds = found.isEmpty
                proof =
                    holds
                    ? "\(who), subscribed to \(leaving.topics): nothing was delivered, though to the gateway it was"
                    : "\(who): \(found.count) messages were delivered"
                if holds, !leaving.isLast { break }
            } catch {
                (proof, holds) = ("\(who): \(error.description)", Self.isRefusal(error.description, identity))
                if holds, leaving.isLast { break }
            }
            // Cancelled means that nobody waits for the answer any more.
            try? await Task.sleep(for: .milliseconds(500))
        }
        return RevocationReport.Step("proof", proof, holds: holds)
    }

    /// Whether the broker itself turned somebody down: nobody there, or a broken line, would prove nothing.
    private static func isRefusal(_ text: String, _ identity: BusOptions) -> Bool {
        guard text.hasPrefix(refused) else { return false }
        if case .tls = identity.address { return text.contains("alert") || text.contains(" broke ") }
        return text.contains("refused the connection")
    }

    /// Goes by the partners that are prepared now.
    ///
    /// - Parameter cut: one whose certificate was replaced: its session ends, the next one comes with the new one.
    /// - Returns: what stands in the way.
    func readPartners(cut: String?) -> String? {
        guard let broker = parts.broker else { return nil }
        do {
            let roll = try PartnerRoll.read(settings)
            try broker.reload(sensorFilters: Gateway.sensorFilters(filters), partners: roll.partners)
            if let cut, roll.partners.contains(where: { $0.id == cut && $0.login == .certificate }) {
                _ = try broker.cut(cut)
            }
            logger.notice("partners: the broker knows \(roll.partners.count)")
            return nil
        } catch {
            return "\(error)"
        }
    }
}
