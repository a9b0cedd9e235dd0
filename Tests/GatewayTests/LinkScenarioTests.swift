import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// What a link to a broker goes through in a factory, scenario by scenario.
@Suite(.serialized) struct LinkScenarioTests {
    private static let rules = """
        rules:
          - {name: plain, topic: "plain/{asset}", asset: "{asset}", readings: [{metric: v, value: $, type: number}]}
          - name: shelf
            topic: stock/{asset}/move
            asset: "{asset}"
            readings: [{metric: stock/ボルト, value: $, kind: delta, type: number}]
        """

    private func publish(_ broker: OutsideBroker, _ topic: String, _ payload: String, retain: Bool = false)
        async throws
    {
        let publisher = broker.publisher(queueLimit: 10)
        publisher.start()
        defer { publisher.stop() }
        let isTaken = Atomic(false)
        publisher.publish(BusMessage(topic: topic, payload: Array(payload.utf8), retain: retain)) { result in
            if case .success = result { isTaken.store(true, ordering: .relaxed) }
        }
        guard try await eventually(within: 10, { isTaken.load(ordering: .relaxed) }) else {
            throw Failure("the broker did not take \(topic)")
        }
    }

    @Test(
        "scenario 3: a broker that ends or is killed, with its sessions or without, is heard again within 2 s",
        arguments: [(SIGTERM, true), (SIGTERM, false), (SIGKILL, true), (SIGKILL, false)]
    )
    func brokerRestart(signal: Int32, keepsSessions: Bool) async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rules)"
        )
        try await daemon.start()
        for round in 1...(KillTests.isLong ? 25 : 6) {
            broker.end(signal)
            if !keepsSessions { try broker.forget() }
            try broker.begin()
            #expect(try await eventually(within: 10, every: .milliseconds(5)) { broker.accepts })
            let accepted = Date()
            try await publish(broker, "plain/棚A", "\(round)")
            // A message that came before we had subscribed anew, at a broker without our session, is nobody's; a killed
            // broker may have lost it with its last second.
            let isKept = keepsSessions && signal == SIGTERM
            var stored = try await daemon.samples("ota/棚A/v").map(\.value.number)
            while stored.last != Double(round), Date().timeIntervalSince(accepted) < 30 {
                if !isKept { try await publish(broker, "plain/棚A", "\(round)") }
                stored = try await daemon.samples("ota/棚A/v").map(\.value.number)
            }
            let waited = Date().timeIntervalSince(accepted)
            #expect(stored.last == Double(round), "round \(round): \(daemon.said.suffix(500))")
            if Figures.areHeld { #expect(waited < 2, "round \(round): \(waited) s") }
        }
        daemon.kill(SIGTERM)
    }

    @Test(
        "scenario 4: a link that goes silent without a word is called stale within 1.5 keepalives, and made anew"
    )
    func halfOpen() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let proxy = try Proxy(to: broker.port)
        defer { proxy.stop() }
        let keepAlive = 6.0
        let daemon = try Daemon(
            in: workshop,
            settings:
                "broker: {url: \"mqtt://127.0.0.1:\(proxy.port)\", keep_alive_s: \(Int(keepAlive))}\n\(Self.rules)"
        )
        try await daemon.start()
        try await publish(broker, "plain/棚A", "1")
        #expect(try await eventually(within: 5) { try await daemon.status().broker.messages == 1 })
        proxy.isDeaf = true
        let deaf = Date()
        let isTold = try await eventually(within: 2 * keepAlive) {
            try await daemon.status().findings.contains { $0.contains("stale") }
        }
        let waited = Date().timeIntervalSince(deaf)
        #expect(isTold)
        if Figures.areHeld { #expect(waited <= 1.5 * keepAlive, "\(waited) s") }
        try await publish(broker, "plain/棚A", "2")
        proxy.isDeaf = false
        let isBack = try await eventually(within: 40) {
            try await daemon.samples("ota/棚A/v").compactMap(\.value.number) == [1, 2]
        }
        #expect(isBack, "\(daemon.said)")
        #expect(try await eventually(within: 5) { try await daemon.status().broker.state == "online" })
        daemon.kill(SIGTERM)
    }

    @Test(
        "scenario 5: without a broker at boot the daemon runs, answers, says that it is connecting, and finds it later"
    )
    func brokerAbsent() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        broker.stop()
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rules)"
        )
        try daemon.launch()
        let answers = try await eventually(within: 10) { (try? await daemon.status()) != nil }
        #expect(answers && daemon.isRunning, "\(daemon.said)")
        var states: Set<String> = []
        for _ in 0..<20 {
            let status = try await daemon.status()
            states.insert(status.broker.state)
            #expect(status.state == "degraded" && status.broker.reconnects == 0)
            try await Task.sleep(for: .milliseconds(100))
        }
        // It tries, and rests between two tries.
        #expect(states.isSubset(of: ["connecting", "waiting"]), "\(states)")
        let screen = try Executable.run(["status", "--config", daemon.config])
        #expect(screen.status == 1 && screen.output.contains("127.0.0.1:\(broker.port)"), "\(screen)")
        #expect(try Executable.run(["stock", "--config", daemon.config]).status == 0)
        try broker.begin()
        let isFound = try await eventually(within: 35) { try await daemon.status().broker.state == "online" }
        #expect(isFound, "\(daemon.said)")
        try await publish(broker, "plain/棚A", "1")
        #expect(try await eventually(within: 5) { try await daemon.samples("ota/棚A/v").count == 1 })
        broker.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("scenario 7: two gateways with one client id both name the clash, and rest longer and longer")
    func clientClash() async throws {
        let workshops = [try Workshop(), try Workshop()]
        let broker = try OutsideBroker(in: workshops[0])
        defer { broker.stop() }
        let settings = "broker: {url: \"mqtt://127.0.0.1:\(broker.port)\", client_id: same}\n\(Self.rules)"
        let daemons = try workshops.map { try Daemon(in: $0, settings: settings) }
        for daemon in daemons { try daemon.launch() }
        for daemon in daemons {
            let isNamed = try await eventually(within: 40) {
                (try? await daemon.status())?.findings.contains {
                    $0.contains("same") && $0.contains("client")
                } == true
            }
            #expect(isNamed, "\(daemon.said)")
        }
        let before = try await daemons[0].status().broker.reconnects
        try await Task.sleep(for: .seconds(10))
        let more = try await daemons[0].status().broker.reconnects - before
        #expect(more <= 10, "\(more) connections in ten seconds")
        for daemon in daemons { daemon.kill(SIGTERM) }
        withExtendedLifetime(workshops) {}
    }

    @Test(
        "scenario 8: a link that breaks a hundred times makes no reading of what is retained, nor a sign of life"
    )
    func retainedReplay() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let proxy = try Proxy(to: broker.port)
        defer { proxy.stop() }
        // Two rules whose filters overlap: the broker may send a message for each.
        let overlap = """
              - {name: wide, topic: "plain/#", ignore: true}
              - {name: wider, topic: "+/棚A/#", asset: x, readings: [{metric: w, value: $, type: number}]}
            """
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(proxy.port)\n\(Self.rules)\n\(overlap)"
        )
        try await publish(broker, "plain/棚A", "41", retain: true)
        try await daemon.start()
        #expect(try await eventually(within: 10) { try await daemon.status().intake.readings == 1 })
        try await publish(broker, "plain/棚A", "42")
        #expect(try await eventually(within: 10) { try await daemon.status().intake.readings == 2 })
        let seen = try await lastSeen(daemon)
        // Each of them rests longer: links that break within seconds are not made anew at once.
        let times = KillTests.isLong ? 100 : 3
        for _ in 0..<times {
            let reconnects = try await daemon.status().broker.reconnects
            proxy.cut()
            let isBack = try await eventually(within: 40) {
                let broker = try await daemon.status().broker
                return broker.reconnects > reconnects && broker.state == "online"
            }
            #expect(isBack)
        }
        let status = try await daemon.status()
        #expect(status.broker.reconnects >= times)
        #expect(status.intake.readings == 2 && status.intake.deadLetters == 0, "\(status.intake)")
        #expect(try await daemon.samples("ota/棚A/v").compactMap(\.value.number) == [42])
        let seenNow = try await lastSeen(daemon)
        #expect(seen.overlaps(seenNow), "what is retained is no sign of life: \(seen) \(seenNow)")
        daemon.kill(SIGTERM)
    }

    /// When the shelf was last heard, by the daemon's answer: as close as asking tells.
    private func lastSeen(_ daemon: Daemon) async throws -> ClosedRange<Date> {
        let asked = Date()
        let source = try #require(
            try await daemon.status().sources.first { $0.name == "棚A" && $0.rule == "plain" }
        )
        let age = try #require(source.lastSeenAgeSeconds)
        return asked.addingTimeInterval(-age - 0.01)...Date(timeIntervalSinceNow: -age + 0.01)
    }

    @Test(
        "scenario 9: killed after the sync and before the acknowledgement, a movement without id counts once"
    )
    func redelivery() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let proxy = try Proxy(to: broker.port)
        defer { proxy.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(proxy.port)\n\(Self.rules)"
        )
        try await daemon.start()
        for round in 1...(KillTests.isLong ? 50 : 5) {
            // From here on the broker hears nothing of us: the movement is stored and never acknowledged.
            proxy.isMute = true
            try await publish(broker, "stock/棚A/move", "5")
            let isStored = try await eventually(within: 10) {
                try await daemon.stock("ボルト") == Double(5 * round)
            }
            #expect(isStored, "round \(round)")
            daemon.kill(SIGKILL)
            proxy.cut()
            proxy.isMute = false
            try await daemon.start()
            // The next message comes behind the redelivered one.
            try await publish(broker, "plain/棚A", "\(round)")
            let isPast = try await eventually(within: 10) {
                try await daemon.samples("ota/棚A/v").last?.value.number == Double(round)
            }
            #expect(isPast)
            let status = try await daemon.status()
            #expect(status.intake.redelivered == 1, "round \(round): \(status.intake)")
            #expect(try await daemon.stock("ボルト") == Double(5 * round), "round \(round)")
        }
        daemon.kill(SIGTERM)
    }

    @Test("scenario 22: 100,000 topics from one client are capped, its asset is named, and memory stays")
    func topicExplosion() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                rules:
                  - {name: wild, topic: "w/{asset}/{name}", asset: "{asset}", readings: [{metric: "{name}", value: $, type: number}]}
                """,
            data: "budget: 64 MiB, series_limit_per_asset: 1000"
        )
        try await daemon.start()
        let count = 100_000
        let publisher = broker.publisher(queueLimit: count + 10)
        publisher.start()
        func tell(_ topics: Range<Int>) async throws {
            for number in topics {
                publisher.publish(BusMessage(topic: "w/暴走機/\(number)", payload: Array("\(number)".utf8))) {
                    _ in
                }
            }
            #expect(
                try await eventually(within: 120) {
                    try await daemon.status().broker.messages >= UInt64(topics.upperBound)
                }
            )
        }
        // What a thousand series and a full window cost is not the explosion's.
        try await tell(0..<5000)
        let before = try daemon.residentBytes()
        try await tell(5000..<count)
        let grown = try daemon.residentBytes() - before
        #expect(grown <= 20 << 20, "\(grown >> 20) MiB more")
        let status = try await daemon.status()
        #expect(status.store.seriesCount == 1000, "\(status.store.seriesCount)")
        #expect(status.intake.deadByReason["store_limit"] == UInt64(count - 1000))
        let letter = try await daemon.client.get("/v1/dead", [("limit", "1")], as: [DeadLetterRow].self).first
        #expect(letter?.detail.contains("暴走機") == true, "\(String(describing: letter))")
        publisher.stop()
        daemon.kill(SIGTERM)
    }
}
