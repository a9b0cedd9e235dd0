import Bus
import Glibc
import Synchronization
import Testing

/// What Sparkplug asks of the client that speaks for a host application.
@Suite("a publisher's greeting")
struct GreetingTests {
    /// Greetings `hello 0`, `hello 1` …, whose wills are `bye 0`, `bye 1` …
    private final class Greetings: Sendable {
        let count = Mutex(0)

        func next() -> BusGreeting {
            let number = count.withLock { count in
                defer { count += 1 }
                return count
            }
            return BusGreeting(
                will: BusMessage(topic: "state", payload: Array("bye \(number)".utf8), retain: true),
                first: [BusMessage(topic: "state", payload: Array("hello \(number)".utf8), retain: true)]
            )
        }
    }

    @Test(
        """
        a connection starts clean, carries the greeting's will, and says the greeting before all that waits \
        (tck-id-message-flow-phid-sparkplug-clean-session-50, tck-id-principles-birth-certificates-order, \
        tck-id-host-topic-phid-birth-message)
        """
    )
    func first() throws {
        let broker = try ScriptedBroker { _ in [] }
        let greetings = Greetings()
        let options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: broker.port),
            identity: BusIdentity(clientID: "voice")
        )
        let publisher = BusPublisher(options) { greetings.next() }
        let command = BusMessage(topic: "command", payload: Array("go".utf8), qos: 0)
        publisher.publish(command) { _ in }
        publisher.start()
        #expect(soon { broker.heard.withLock { $0.first?.count ?? 0 } >= 3 })
        let heard = broker.heard.withLock { Array($0[0].prefix(3)) }
        // CONNECT; PUBLISH of QoS 1, retained; PUBLISH of QoS 0.
        #expect(heard == [0x10, 0x33, 0x30])
        let bodies = broker.bodies.withLock { $0.map { String(decoding: $0, as: UTF8.self) } }
        // Behind "MQTT" and the version: clean start, a will of QoS 1, retained. Then keepalive and no properties: no
        // session expiry.
        let connect = broker.bodies.withLock { $0[0] }
        #expect(connect[7] == 0x02 | 0x04 | 0x08 | 0x20)
        #expect(!connect.dropFirst(10).prefix(Int(connect[10]) + 1).dropFirst().contains(0x11))
        #expect(bodies[0].contains("bye 0") && bodies[1].hasSuffix("hello 0") && bodies[2].hasSuffix("go"))
        broker.end()
        publisher.stop()
    }

    @Test(
        """
        each connection has a greeting of its own \
        (tck-id-host-topic-phid-birth-required, tck-id-message-flow-phid-sparkplug-state-publish, \
        tck-id-operational-behavior-host-application-connect-birth, tck-id-conformance-primary-host)
        """
    )
    func everyConnection() throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let link = link(broker.address, "ear", filters: ["#"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        let greetings = Greetings()
        let options = BusOptions(address: broker.address, identity: BusIdentity(clientID: "voice"))
        let publisher = BusPublisher(options) { greetings.next() }
        publisher.start()
        #expect(soon { tally.settled == ["hello 0"] })
        // Ended in order it saves what the listener subscribed to: nothing that is said is missed.
        broker.end(SIGTERM)
        #expect(soon { publisher.status.lastError != nil })
        publisher.publish(BusMessage(topic: "t", payload: Array("waits".utf8))) { _ in }
        try broker.start()
        #expect(soon { tally.settled.last == "waits" })
        let said = tally.settled.filter { $0 != "hello 0" && $0 != "bye 0" }
        #expect(said.count == 2 && said[0].hasPrefix("hello ") && said[1] == "waits")
        #expect(soon { publisher.status.queued == 0 })
        publisher.stop()
        link.stop()
    }

    @Test(
        """
        before its DISCONNECT a publisher says what it was given last \
        (tck-id-operational-behavior-host-application-disconnect-intentional)
        """
    )
    func farewell() throws {
        let broker = try BrokerFixture()
        let tally = Tally()
        let link = link(broker.address, "ear", filters: ["state"], tally: tally)
        link.start()
        #expect(soon { link.status.state == .online })
        let greetings = Greetings()
        let options = BusOptions(address: broker.address, identity: BusIdentity(clientID: "voice"))
        let publisher = BusPublisher(options) { greetings.next() }
        publisher.start()
        #expect(soon { tally.settled == ["hello 0"] })
        publisher.publish(BusMessage(topic: "state", payload: Array("farewell".utf8), retain: true)) { _ in }
        publisher.stop()
        #expect(soon { tally.settled.count >= 2 })
        #expect(tally.settled == ["hello 0", "farewell"])
        link.stop()
    }
}
