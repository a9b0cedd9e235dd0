import Bus
import Foundation
import Synchronization
import Testing

/// What one partner can do to another's feeds on the managed broker, by password; judged by what is delivered, never by
/// what the broker answers.
@Suite("Partners on the managed broker are kept apart")
struct IsolationTests {
    typealias House = ManagedBrokerTests.House

    private let mine = "tsunagi/v1/p/p1/a/g"
    private let theirs = "tsunagi/v1/p/p2/a/g"

    @Test(
        "no filter reaches another's feed, raw readings or the broker's own topics",
        arguments: [
            "tsunagi/v1/p/p2/a/g", "tsunagi/v1/p/p2/#", "#", "+/#", "+/+/+/+/+/+", "tsunagi/v1/p/+/#",
            "tsunagi/#",
            "$share/g/tsunagi/v1/p/p2/#", "$share/g/#", "$SYS/#", "$CONTROL/#", "press/#",
        ]
    )
    func filters(filter: String) throws {
        let house = try House()
        try house.broker.start()
        let tally = Tally()
        _ = try house.send(.gateway, "kept", to: theirs, retain: true)
        let reader = try house.reader(.partner("p1"), "one", [filter], tally)
        _ = try house.send(.gateway, "secret", to: theirs)
        _ = try house.send(.gateway, "raw", to: "press/temp")
        // Its own is what shows that everything before it has had its time.
        let own = Tally()
        let marker = try house.reader(.partner("p1"), "marker", ["tsunagi/v1/p/p1/#"], own)
        _ = try house.send(.gateway, "mine", to: mine)
        #expect(soon { own.settled == ["mine"] })
        #expect(reader.status.state == .online, "who is not there gets nothing anyway")
        marker.stop()
        reader.stop()
        #expect(tally.settled.allSatisfy { $0 == "mine" }, "\(tally.settled)")
        #expect(tally.seen.withLock { $0.topics }.allSatisfy { $0 == mine })
    }

    @Test("a partner can neither forge nor erase: not another's feed, not its own, not a sensor's topic")
    func writing() throws {
        let house = try House()
        try house.broker.start()
        let all = Tally()
        _ = try house.send(.gateway, "release", to: mine, retain: true)
        _ = try house.send(.gateway, "theirs", to: theirs, retain: true)
        let gateway = try house.reader(.gateway, "in", ["#"], all)
        for topic in [
            mine, theirs, "press/temp", "$CONTROL/dynamic-security/v1", "tsunagi/v1/g/plant/status",
        ] {
            for text in ["forged", ""] {
                _ = try house.send(.partner("p1"), text, to: topic, retain: true)
            }
        }
        let late = Tally()
        let reader = try house.reader(.partner("p1"), "late", ["tsunagi/v1/p/p1/#"], late)
        #expect(soon { late.settled == ["release"] }, "its retained release is still there: \(late.settled)")
        _ = try house.send(.gateway, "end", to: "press/end")
        #expect(soon { all.settled.contains("end") })
        reader.stop()
        gateway.stop()
        #expect(Set(all.settled) == ["release", "theirs", "end"])
    }

    @Test("a will is published only where its user may write")
    func will() throws {
        let house = try House()
        try house.broker.start()
        let all = Tally()
        let gateway = try house.reader(.gateway, "in", ["#"], all)
        for (user, topic) in [
            (BrokerUser.partner("p1"), theirs), (.partner("p1"), mine), (.sensors, "press/will"),
        ] {
            let login = try house.broker.link(user, client: "x")
            guard case .tcp(let host, let port) = login.address else {
                Issue.record("partners and sensors come over TCP")
                return
            }
            let client = Process()
            client.executableURL = URL(filePath: "/usr/bin/mosquitto_sub")
            client.arguments = [
                "-V", "5", "-h", host, "-p", "\(port)", "-u", login.identity.user ?? "", "-P",
                login.identity.password ?? "", "-i", "will-\(topic.count)", "-t", "tsunagi/v1/p/p1/#",
                "--will-topic", topic, "--will-payload", "will of \(topic)", "--will-qos", "1",
            ]
            client.standardOutput = FileHandle.nullDevice
            client.standardError = FileHandle.nullDevice
            try client.run()
            // Known to the broker once another client of its name cuts it off: give it the time to connect.
            usleep(500_000)
            kill(client.processIdentifier, SIGKILL)
            client.waitUntilExit()
        }
        #expect(
            soon { all.settled.contains("will of press/will") },
            "a will that is allowed comes: \(all.settled)"
        )
        gateway.stop()
        #expect(all.settled == ["will of press/will"])
    }

    @Test("whoever connects under another's client id gets nothing of what was queued for it")
    func takeover() throws {
        let house = try House()
        try house.broker.start()
        let (robbed, robber) = (Tally(), Tally())
        var victim = try house.broker.link(.partner("p2"), client: "x")
        victim.identity.clientID = "known-id"
        victim.filters = ["tsunagi/v1/p/p2/#"]
        let first = BusLink(victim, sink: robbed.sink())
        first.start()
        #expect(soon { first.status.state == .online })
        _ = try house.send(.gateway, "before", to: theirs)
        #expect(soon { robbed.settled == ["before"] })
        first.stop()
        for text in ["queued 1", "queued 2"] { _ = try house.send(.gateway, text, to: theirs) }
        var thief = try house.broker.link(.partner("p1"), client: "x")
        thief.identity.clientID = "known-id"
        thief.filters = ["tsunagi/v1/p/p1/#"]
        let second = BusLink(thief, sink: robber.sink())
        second.start()
        #expect(soon { second.status.state == .online })
        _ = try house.send(.gateway, "after", to: theirs)
        _ = try house.send(.gateway, "mine", to: mine)
        #expect(soon { robber.settled.contains("mine") })
        second.stop()
        #expect(robber.settled == ["mine"])
    }

    @Test("after a partner has left: no live message, no retained one, nothing that was queued")
    func left() throws {
        let house = try House()
        try house.broker.start()
        let (live, away) = (Tally(), Tally())
        let reader = try house.reader(.partner("p2"), "live", ["tsunagi/v1/p/p2/#"], live)
        let sleeper = try house.reader(.partner("p2"), "asleep", ["tsunagi/v1/p/p2/#"], away)
        _ = try house.send(.gateway, "release", to: theirs, retain: true)
        #expect(soon { live.settled == ["release"] && away.settled == ["release"] })
        let login = try house.broker.link(.partner("p2"), client: "asleep")
        sleeper.stop()
        _ = try house.send(.gateway, "queued", to: theirs)
        #expect(soon { live.settled == ["release", "queued"] })
        try house.broker.reload(sensorFilters: ["#"], partners: House.partners(["p1"]))
        #expect(soon { reader.status.lastError != nil }, "its session is cut")
        _ = try house.send(.gateway, "secret", to: theirs, retain: true)
        var again = login
        again.filters = ["tsunagi/v1/p/p2/#"]
        let back = BusLink(again, sink: away.sink())
        back.start()
        #expect(soon { back.status.lastError != nil })
        // Time enough for whatever would come.
        let own = Tally()
        let marker = try house.reader(.partner("p1"), "marker", ["tsunagi/v1/p/p1/#"], own)
        _ = try house.send(.gateway, "mine", to: mine)
        #expect(soon { own.settled == ["mine"] })
        for link in [reader, back, marker] { link.stop() }
        #expect(live.settled == ["release", "queued"])
        #expect(away.settled == ["release"])
    }
}
