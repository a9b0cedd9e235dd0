import Bus
import Intake
import Readings
import Synchronization

/// The client that speaks for our Sparkplug host: STATE and commands.
///
/// A client of its own, because a host's first message over a connection is its birth and its will is its death: over
/// the publisher's other things are said. What the intake wants said waits in the publisher's queue; it is never said
/// over the link that listens.
final class SparkplugLink: Sendable {
    /// When the present connection was made; the link's thread writes it, others read it.
    private final class Connect: Sendable {
        let stamp = Mutex(Instant.distantPast)
    }

    private let host: String
    private let connect = Connect()
    private let publisher: BusPublisher

    init(_ options: BusOptions, host: String) {
        self.host = host
        publisher = BusPublisher(options) { [connect] in
            let now = WallClock.now
            connect.stamp.withLock { $0 = now }
            let greeting = SparkplugState.greeting(host: host, connect: now)
            return BusGreeting(will: greeting.will.onBus, first: [greeting.birth.onBus])
        }
    }

    /// Begins to speak; a second call does nothing. Comes once the link that listens stands: nodes that waited for us
    /// say their births at once.
    func start() { publisher.start() }

    /// Says that we go, and goes.
    func stop() {
        publisher.publish(SparkplugState.message(host: host, online: false, stamp: WallClock.now).onBus) {
            _ in
        }
        publisher.stop()
    }

    /// Queues what the intake wants said; never blocks.
    func say(_ outgoing: SparkplugOutgoing) {
        switch outgoing {
        case .message(let message): publisher.publish(message.onBus) { _ in }
        case .stateDenied:
            let stamp = connect.stamp.withLock { $0 }
            publisher.publish(SparkplugState.message(host: host, online: true, stamp: stamp).onBus) { _ in }
        }
    }

    var status: LinkStatus { publisher.status }
}

extension SparkplugMessage {
    fileprivate var onBus: BusMessage {
        BusMessage(topic: topic, payload: payload, retain: retain, qos: qos)
    }
}
