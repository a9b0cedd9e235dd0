import Bus
import Disclosure
import Intake
import Readings
import Settings

/// A hub's links to its members' brokers: what they release to it comes in by them as by its own.
///
/// Each has its thread, and takes its turn at the one intake. Of releases nothing need be remembered to tell a second
/// delivery from a first: they say their instants, and a bucket that comes twice is one sample.
final class MemberLinks: Sendable {
    private let links: [(member: String, link: BusLink)]
    private let gate: MemberGate

    /// - Parameter letters: gets each dead letter of a batch that is durable.
    init(_ settings: Settings, _ ingest: Ingest, letters: @escaping @Sendable (DeadLetter) -> Void)
        throws(Trouble)
    {
        gate = try MemberGate(settings)
        links = settings.members.compactMap { [gate] member -> (member: String, link: BusLink)? in
            guard var options = member.broker else { return nil }
            options.filters = MemberGate.filters(of: member.id, settings.consents ?? [])
            var sink = ingest.releaseSink(deadLetters: letters)
            sink.admits = { topic, payload, property in
                gate.admits(topic, payload, from: member.id) { property("jws") }
            }
            return (member.id, BusLink(options, sink: sink))
        }
    }

    /// Has the hub's own link ask for signatures too, where any are asked for.
    func watch(_ sink: inout BusSink) {
        guard gate.asksForSignatures else { return }
        sink.admits = { [gate] topic, payload, property in
            gate.admits(topic, payload, from: nil) { property("jws") }
        }
    }

    /// Goes by other consents.
    func adopt(_ consents: [Agreement]) throws(Trouble) {
        // Whatever becomes of the keys; and the gate first, which would refuse what it does not know yet.
        defer { for (member, link) in links { link.setFilters(MemberGate.filters(of: member, consents)) } }
        try gate.adopt(consents)
    }

    func start() {
        for (_, link) in links { link.start() }
    }

    func stop() {
        for (_, link) in links { link.stop() }
    }

    /// Of those that go over TLS.
    var certificates: [CertificateStatus] { links.flatMap(\.link.status.certificates) }

    /// What stands in their way, one line each.
    var faults: [String] {
        let broken = links.compactMap { member, link -> String? in
            let status = link.status
            return status.state == .online
                ? nil : "member \(member): \(status.lastError ?? status.state.word)"
        }
        return broken + gate.faults
    }
}

extension Ingest {
    /// What a link calls by which nothing but releases comes.
    fileprivate func releaseSink(deadLetters: @escaping @Sendable (DeadLetter) -> Void) -> BusSink {
        let turn = LinkTurn(turnstile)
        return BusSink(
            take: { [intake] topic, payload, arrival in
                turn.begin()
                // Ids are the link's own; those of the gateway's broker alone are remembered.
                intake.take(topic: topic, payload: payload, messageID: 0, qos: 0, retain: arrival.retain)
            },
            settle: { [self] in try settle(turn, deadLetters) },
            abandoned: { [intake] in
                turn.begin()
                intake.abandoned()
                turn.end()
            },
            holds: { [intake] in intake.holds && !intake.isOverfull }
        )
    }
}
