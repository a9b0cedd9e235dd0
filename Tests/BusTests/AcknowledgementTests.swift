import Bus
import Foundation
import Readings
import Synchronization
import Testing

@Suite("durable before acknowledged, seen from the broker's side")
struct AcknowledgementTests {
    @Test("no acknowledgement leaves while settle runs; all leave after it")
    func gate() throws {
        let broker = try ScriptedBroker { _ in ScriptedBroker.messages(100) }
        let door = DispatchSemaphore(value: 0)
        let tally = Counts()
        var options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: broker.port),
            identity: .init(clientID: "gate")
        )
        options.filters = ["t"]
        let sink = BusSink(
            take: { _, _, _ in tally.taken.add(1, ordering: .relaxed) },
            settle: {
                tally.settles.add(1, ordering: .relaxed)
                door.wait()
            }
        )
        let link = BusLink(options, sink: sink)
        link.start()
        #expect(soon { tally.settles.load(ordering: .relaxed) == 1 })
        usleep(300_000)
        let before = tally.taken.load(ordering: .relaxed)
        #expect(before > 0)
        #expect(broker.acknowledgements(0) == 0)
        for _ in 0..<100 { door.signal() }
        #expect(soon { broker.acknowledgements(0) == 100 })
        link.stop()
        // CONNECT, SUBSCRIBE, then acknowledgements, and a DISCONNECT at the end.
        #expect(soon { broker.heard.withLock { $0[0].last } == 0xe0 })
        broker.end()
    }

    @Test("it is online once the broker has answered its subscription: what is published from then on comes")
    func online() throws {
        let door = DispatchSemaphore(value: 0)
        let broker = try ScriptedBroker(before: { door.wait() }, after: { _ in [] })
        let link = link(.tcp(host: "127.0.0.1", port: broker.port), "ear", filters: ["t"], tally: Tally())
        link.start()
        #expect(soon { broker.heard.withLock { $0.first } == [0x10, 0x82] })
        usleep(100_000)
        #expect(link.status.state == .connecting)
        door.signal()
        #expect(soon { link.status.state == .online })
        link.stop()
        broker.end()
    }

    @Test("it is online as well while what the broker has kept for it comes, however late that answer is")
    func onlineByMessages() throws {
        let door = DispatchSemaphore(value: 0)
        let kept = ScriptedBroker.messages(3)
        let broker = try ScriptedBroker(kept: kept, before: { door.wait() }, after: { _ in [] })
        let tally = Tally()
        let link = link(.tcp(host: "127.0.0.1", port: broker.port), "ear", filters: ["t"], tally: tally)
        link.start()
        #expect(soon { tally.settled.count == 3 && link.status.state == .online })
        door.signal()
        link.stop()
        broker.end()
    }

    @Test("when settle throws, the link ends without acknowledgements and without DISCONNECT")
    func refusal() throws {
        let broker = try ScriptedBroker { number in number < 2 ? ScriptedBroker.messages(10) : [] }
        let tally = Tally(failures: 1)
        let link = link(.tcp(host: "127.0.0.1", port: broker.port), "refusal", filters: ["t"], tally: tally)
        link.start()
        #expect(soon { broker.acknowledgements(1) == 10 })
        #expect(broker.heard.withLock { $0[0] } == [0x10, 0x82])
        #expect(tally.settled.count == 10)
        link.stop()
        broker.end()
    }

    @Test("a message in hand is settled even when the link breaks at once")
    func brokenLink() throws {
        let broker = try ScriptedBroker { number in
            // 0x8b: the server is shutting down.
            number == 0 ? ScriptedBroker.messages(5) + [0xe0, 0x02, 0x8b, 0x00] : []
        }
        let tally = Tally()
        let link = link(.tcp(host: "127.0.0.1", port: broker.port), "broken", filters: ["t"], tally: tally)
        link.start()
        #expect(soon { tally.settled.count == 5 })
        #expect(broker.acknowledgements(0) == 0)
        #expect(tally.seen.withLock { $0.abandoned } == 0)
        link.stop()
        broker.end()
    }

    @Test("a takeover that the broker names is told as such, and waited out")
    func takeover() throws {
        let broker = try ScriptedBroker { _ in [0xe0, 0x02, 0x8e, 0x00] }
        let link = link(.tcp(host: "127.0.0.1", port: broker.port), "twin", filters: ["t"], tally: Tally())
        link.start()
        #expect(soon { link.status.lastError?.contains("another client with the id twin") == true })
        let status = link.status
        guard case .waiting(let until) = status.state else {
            Issue.record("expected to wait, found \(status.state)")
            return
        }
        #expect(until.milliseconds - status.since.milliseconds >= 30_000)
        link.stop()
        broker.end()
    }
}

private final class Counts: Sendable {
    let taken = Atomic(0)
    let settles = Atomic(0)
}
