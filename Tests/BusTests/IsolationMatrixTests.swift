import Bus
import Foundation
import Synchronization
import Testing

/// The isolation matrix, a line each, for passwords, certificates and dynamic security, against a real mosquitto. What
/// counts is what is delivered: a SUBACK says nothing, and neither does a PUBACK.
@Suite("The isolation matrix", .serialized)
struct IsolationMatrixTests {
    private let mine = MatrixHouse.topic("p1")
    private let theirs = MatrixHouse.topic("p2")

    @Test(
        "no filter reaches another's feed, raw readings or the broker's own topics",
        arguments: Door.allCases
    )
    func filters(door: Door) throws {
        let house = try MatrixHouse(door)
        try house.send("gateway", "kept", to: theirs, retain: true)
        try house.send("gateway", "raw", to: "press/温度", retain: true)
        for filter in [
            "tsunagi/v1/p/p2/a/g", "#", "+/#", "+/+/+/+/+/+", "tsunagi/v1/p/+/#", "tsunagi/#",
            "$share/g/tsunagi/v1/p/p2/#", "$share/g/#", "$SYS/#", "$CONTROL/#", "press/#",
        ] {
            let (tally, own) = (Tally(), Tally())
            let reader = try house.reader("p1", [filter], tally)
            try house.send("gateway", "secret", to: theirs)
            try house.send("gateway", "raw", to: "press/温度")
            // Its own is what shows that everything before it has had its time; one client id is one session.
            reader.stop()
            let marker = try house.reader("p1", ["tsunagi/v1/p/p1/#"], own)
            try house.send("gateway", "mine", to: mine)
            #expect(soon { own.settled.contains("mine") }, "\(filter): its own comes: \(own.settled)")
            marker.stop()
            let topics = Set((tally.seen.withLock { $0.topics }) + own.seen.withLock { $0.topics })
            #expect(topics.allSatisfy { $0 == mine }, "\(filter): \(topics)")
        }
    }

    @Test("its own topics are delivered, live and retained", arguments: Door.allCases)
    func own(door: Door) throws {
        let house = try MatrixHouse(door)
        let tally = Tally()
        try house.send("gateway", "kept", to: mine, retain: true)
        let reader = try house.reader("p1", ["tsunagi/v1/p/p1/#"], tally)
        try house.send("gateway", "head", to: "tsunagi/v1/p/p1/head")
        // Of an agreement that is not granted it is delivered nothing, even below its own name.
        try house.send("gateway", "other", to: "tsunagi/v1/p/p1/b/g")
        try house.send("gateway", "live", to: mine)
        #expect(soon { tally.settled.contains("live") }, "\(tally.settled) \(reader.status.lastError ?? "")")
        reader.stop()
        #expect(tally.settled == ["kept", "head", "live"])
    }

    @Test(
        "it can neither forge nor erase: not another's feed, not its own, not a sensor's topic",
        arguments: Door.allCases
    )
    func writing(door: Door) throws {
        let house = try MatrixHouse(door)
        try house.send("gateway", "release", to: mine, retain: true)
        try house.send("gateway", "theirs", to: theirs, retain: true)
        let all = Tally()
        let gateway = try house.reader("gateway", client: "gateway-in", ["#"], all)
        for topic in [
            mine, theirs, "press/温度", "$CONTROL/dynamic-security/v1", "tsunagi/v1/g/plant/status",
        ] {
            for text in ["forged", ""] { try house.send("p1", text, to: topic, retain: true) }
        }
        let late = Tally()
        let reader = try house.reader("p1", ["tsunagi/v1/p/p1/#"], late)
        #expect(soon { late.settled == ["release"] }, "its retained release is still there: \(late.settled)")
        reader.stop()
        try house.send("gateway", "end", to: "tsunagi/v1/g/plant/end")
        #expect(soon { all.settled.contains("end") })
        gateway.stop()
        #expect(Set(all.settled) == ["release", "theirs", "end"])
    }

    @Test("a will is not published: not to another's topic, not to its own", arguments: Door.allCases)
    func will(door: Door) throws {
        let house = try MatrixHouse(door)
        let all = Tally()
        let gateway = try house.reader("gateway", client: "gateway-in", ["#"], all)
        for topic in [theirs, mine, "press/温度"] {
            let client = Process()
            client.executableURL = URL(filePath: "/usr/bin/mosquitto_sub")
            client.arguments =
                try house.words("p1") + [
                    "-V", "5", "-t", "tsunagi/v1/p/p1/#", "-C", "1", "--will-topic", topic, "--will-payload",
                    "will", "--will-qos", "1",
                ]
            client.standardOutput = FileHandle.nullDevice
            client.standardError = FileHandle.nullDevice
            try client.run()
            usleep(300_000)
            #expect(client.isRunning, "it is in, and waits")
            kill(client.processIdentifier, SIGKILL)
            client.waitUntilExit()
        }
        usleep(300_000)
        try house.send("gateway", "end", to: "tsunagi/v1/g/plant/end")
        #expect(soon { all.settled.contains("end") })
        gateway.stop()
        #expect(all.settled == ["end"])
    }

    @Test(
        "under another's client id it is delivered nothing of the other's, and where ids are bound takes no session over",
        arguments: Door.allCases
    )
    func takeover(door: Door) throws {
        let house = try MatrixHouse(door)
        let (robbed, robber) = (Tally(), Tally())
        let victim = try house.reader("p2", client: "p2", ["tsunagi/v1/p/p2/#"], robbed)
        try house.send("gateway", "before", to: theirs)
        #expect(soon { robbed.settled == ["before"] })
        let theirFilters = ["tsunagi/v1/p/p2/#", "tsunagi/v1/p/p1/#"]
        let thief = try house.reader("p1", client: "p2", theirFilters, robber, mayBeRefused: true)
        try house.send("gateway", "after", to: theirs)
        if door == .passwords {
            // They come over the sensors' listener, where an id is anybody's: the owner is thrown out, and comes back.
            thief.stop()
            victim.stop()
            let back = try house.reader("p2", client: "p2", ["tsunagi/v1/p/p2/#"], robbed)
            try house.send("gateway", "later", to: theirs)
            #expect(soon { robbed.settled.last == "later" }, "\(robbed.settled)")
            back.stop()
        } else {
            #expect(soon { robbed.settled == ["before", "after"] }, "\(robbed.settled)")
            #expect(victim.status.reconnects == 0)
            thief.stop()
            victim.stop()
        }
        #expect(robber.settled.isEmpty)
    }

    @Test(
        "revoked: a live session, a queued one and a retained copy deliver nothing more, and nobody comes back",
        arguments: Door.allCases
    )
    func revoked(door: Door) throws {
        let house = try MatrixHouse(door)
        let (live, away, late) = (Tally(), Tally(), Tally())
        let asleep = MatrixHouse.topic("p3")
        try house.send("gateway", "kept", to: theirs, retain: true)
        let reader = try house.reader("p2", client: "p2", ["tsunagi/v1/p/p2/#"], live)
        let sleeper = try house.reader("p3", client: "p3", ["tsunagi/v1/p/p3/#"], away)
        try house.send("gateway", "first", to: asleep)
        #expect(
            soon { live.settled == ["kept"] && away.settled == ["first"] },
            "\(live.settled) \(away.settled)"
        )
        let (again, asleepAgain) = (
            try house.options("p2", client: "p2"), try house.options("p3", client: "p3")
        )
        sleeper.stop()
        try house.send("gateway", "queued", to: asleep)
        try house.revoke(["p2", "p3"])
        #expect(soon { reader.status.lastError != nil }, "the live session is cut")
        for topic in [theirs, asleep] { try house.send("gateway", "secret", to: topic, retain: true) }
        for (options, tally) in [(again, late), (asleepAgain, away)] {
            var options = options
            options.filters = ["tsunagi/v1/p/\(options.identity.clientID)/#"]
            let back = BusLink(options, sink: tally.sink())
            back.start()
            #expect(soon { back.status.lastError != nil }, "it is refused")
            #expect(back.status.state != .online)
            back.stop()
        }
        // Others go on.
        let own = Tally()
        let marker = try house.reader("p1", ["tsunagi/v1/p/p1/#"], own)
        try house.send("gateway", "mine", to: mine)
        #expect(soon { own.settled.contains("mine") }, "\(marker.status)")
        for link in [reader, marker] { link.stop() }
        #expect(live.settled == ["kept"])
        #expect(away.settled == ["first"])
        #expect(late.settled.isEmpty)
    }

    @Test(
        "a revoked certificate: its live session goes on until it is cut, and then cannot come back; the new one can"
    )
    func renewedCertificate() throws {
        let house = try MatrixHouse(.certificates)
        let (live, back, new) = (Tally(), Tally(), Tally())
        try house.copyCertificate(of: "p2", to: "old")
        let reader = try house.reader("p2", ["tsunagi/v1/p/p2/#"], live)
        reader.stop()
        let old = try house.reader("old", client: "p2", ["tsunagi/v1/p/p2/#"], live)
        try house.renew("p2")
        try house.reload()
        // The broker looks at its list of revoked certificates in handshakes only.
        usleep(300_000)
        try house.send("gateway", "after the list", to: theirs)
        #expect(soon { live.settled == ["after the list"] }, "this is why we cut: \(live.settled)")
        #expect(try house.cut("p2"))
        #expect(soon { old.status.lastError != nil })
        try house.send("gateway", "after the cut", to: theirs)
        old.stop()
        let again = try house.reader("old", client: "p2", ["tsunagi/v1/p/p2/#"], back, mayBeRefused: true)
        #expect(again.status.state != .online, "the handshake is refused")
        let renewed = try house.reader("p2", ["tsunagi/v1/p/p2/#"], new)
        try house.send("gateway", "for the new one", to: theirs)
        #expect(soon { new.settled == ["for the new one"] })
        again.stop()
        renewed.stop()
        #expect(live.settled == ["after the list"] && back.settled.isEmpty)
    }
}
