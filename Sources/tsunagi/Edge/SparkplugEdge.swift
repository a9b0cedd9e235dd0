import Bus
import Disclosure
import Readings
import Sharing
import Synchronization

/// One recipient's feeds as a Sparkplug edge node: a connection of its own, because its will is the node's death.
///
/// Births come first over each connection, with a session number of their own; releases follow. What a connection lost
/// is told again, and what nobody heard while it was away comes late and says so.
final class SparkplugEdge: Sendable {
    private struct State {
        /// By id.
        var agreements: [String: Agreement]
        /// By agreement and grant, what was said last.
        var last: [String: [String: SparkplugFeed.Said]] = [:]
        var session: UInt8
        /// Of the next message.
        var sequence: UInt8 = 0
        var rebornAt = Instant.distantPast

        /// Of the next message: 0 … 255, and 0 again.
        mutating func number() -> UInt8 {
            defer { sequence &+= 1 }
            return sequence
        }
    }

    /// Births are told anew at most so often, whoever asks.
    private static let rebirthMs: Int64 = 2000
    /// What comes later than so many buckets after its instant is late.
    private static let lateBuckets: Int64 = 2

    let feed: SparkplugFeed
    private let state: Mutex<State>
    private let publisher = Mutex<BusPublisher?>(nil)

    init(_ feed: SparkplugFeed, _ agreements: [Agreement], over options: BusOptions) {
        self.feed = feed
        let now = WallClock.now
        state = Mutex(
            State(
                agreements: Self.byID(agreements),
                session: UInt8(truncatingIfNeeded: now.milliseconds / 1000)
            )
        )
        var options = options
        options.identity.clientID += "-edge-\(feed.recipient)"
        let publisher = BusPublisher(options) { [weak self] in
            guard let self else { preconditionFailure("it is stopped before it goes") }
            return self.greeting()
        }
        self.publisher.withLock { $0 = publisher }
        publisher.start()
    }

    /// Says that the node goes, and goes.
    func stop() {
        guard let publisher = publisher.withLock({ $0.take() }) else { return }
        let session = state.withLock { $0.session }
        publisher.publish(
            message(.nodeDeath, nil, SparkplugFeed.nodeDeath(session: session, at: WallClock.now))
        ) { _ in
        }
        publisher.stop()
    }

    /// Why nothing leaves; nil when all is well.
    var fault: String? {
        guard let status = publisher.withLock({ $0?.status }), status.state != .online else { return nil }
        return "Sparkplug feeds of \(feed.recipient): \(status.lastError ?? status.state.word)"
    }

    /// Goes by other agreements: what is new is born, what is gone dies.
    func adopt(_ agreements: [Agreement]) {
        let fresh = Self.byID(agreements)
        say { state, now in
            var messages: [BusMessage] = []
            for id in state.agreements.keys.sorted() where fresh[id] == nil {
                let payload = SparkplugFeed.deviceDeath(sequence: state.number(), at: now)
                messages.append(message(.deviceDeath, id, payload))
                state.last[id] = nil
            }
            for agreement in agreements where state.agreements[agreement.id] != agreement {
                messages.append(birth(of: agreement, &state, now))
            }
            state.agreements = fresh
            return messages
        }
    }

    /// Tells all births anew, because a host has missed some.
    func rebirth() {
        say { state, now in
            guard now.msSince(state.rebornAt) >= Self.rebirthMs else { return [] }
            state.rebornAt = now
            state.sequence = 0
            return births(&state, now)
        }
    }

    /// Publishes one release.
    ///
    /// - Parameter answered: gets nil when it has left. Sparkplug's data go at QoS 0: nobody acknowledges them.
    func publish(_ entry: OutboxEntry, _ answered: @escaping @Sendable (String?) -> Void) {
        guard let publisher = publisher.withLock({ $0 }), publisher.status.state == .online else {
            return answered(fault ?? "the Sparkplug edge node of \(feed.recipient) has ended")
        }
        let said = SparkplugFeed.Said(document: entry.payload, jws: entry.jws)
        // They are queued in the order of their numbers, so within the lock. A full queue answers at once; the pump does not
        // come back to us from within an answer.
        let isGranted = state.withLock { state in
            guard
                let grant = state.agreements[entry.agreement]?.grants.first(where: { $0.id == entry.grant })
            else { return false }
            let now = WallClock.now
            let widthMs = grant.bucket.widthMs
            let due = grant.leaves(bucketEnd: entry.bucketStart.advanced(byMs: widthMs))
            state.last[entry.agreement, default: [:]][entry.grant] = said
            let payload = SparkplugFeed.deviceData(
                said,
                of: grant,
                isLate: now.msSince(due) > Self.lateBuckets * widthMs,
                sequence: state.number(),
                at: now
            )
            publisher.publish(message(.deviceData, entry.agreement, payload)) { result in
                if case .failure(let failure) = result {
                    answered(failure.description)
                } else {
                    answered(nil)
                }
            }
            return true
        }
        // Nobody is granted it any more; the outbox takes it back.
        if !isGranted { answered("\(entry.feed) is not granted any more") }
    }

    private func say(_ messages: (inout State, Instant) -> [BusMessage]) {
        guard let publisher = publisher.withLock({ $0 }) else { return }
        state.withLock { state in
            for message in messages(&state, WallClock.now) { publisher.publish(message) { _ in } }
        }
    }

    /// What a connection begins with; on the link's thread.
    private func greeting() -> BusGreeting {
        state.withLock { state in
            let now = WallClock.now
            state.session &+= 1
            state.sequence = 0
            state.rebornAt = now
            var will = message(.nodeDeath, nil, SparkplugFeed.nodeDeath(session: state.session, at: now))
            will.qos = 1
            return BusGreeting(will: will, first: births(&state, now))
        }
    }

    private func births(_ state: inout State, _ now: Instant) -> [BusMessage] {
        let payload = SparkplugFeed.nodeBirth(session: state.session, sequence: state.number(), at: now)
        return [message(.nodeBirth, nil, payload)]
            + state.agreements.values.sorted { $0.id < $1.id }.map { birth(of: $0, &state, now) }
    }

    private func birth(of agreement: Agreement, _ state: inout State, _ now: Instant) -> BusMessage {
        let payload = SparkplugFeed.deviceBirth(
            agreement,
            last: state.last[agreement.id] ?? [:],
            sequence: state.number(),
            at: now
        )
        return message(.deviceBirth, agreement.id, payload)
    }

    private func message(_ kind: SparkplugFeed.Kind, _ agreement: String?, _ payload: [UInt8]) -> BusMessage {
        BusMessage(topic: feed.topic(kind, agreement), payload: payload, qos: 0)
    }

    private static func byID(_ agreements: [Agreement]) -> [String: Agreement] {
        Dictionary(agreements.map { ($0.id, $0) }) { first, _ in first }
    }
}
