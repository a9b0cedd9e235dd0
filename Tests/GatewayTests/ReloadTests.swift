import Bus
import Desk
import Foundation
import Testing

/// A configuration that is read again while the gateway runs. The numbers are those of the acceptance scenarios.
@Suite struct ReloadTests {
    /// Movements without id and stamp: a lost one is missing, a doubled one counts twice.
    private static func shelves(_ broker: OutsideBroker, _ topic: String, more: String = "") -> String {
        """
        broker: mqtt://127.0.0.1:\(broker.port)
        rules:
          - name: 棚
            topic: \(topic)
            asset: 棚A
            readings: [{metric: stock/ボルト, value: $, kind: delta, type: number}]
          - name: プレス
            topic: line1/{asset}
            asset: "{asset}"
            readings: [{metric: 温度, value: $, type: number}]
        \(more)
        """
    }

    @Test("scenario 6: removed topics are given back and new ones live, in the same session")
    func subscriptionDrift() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop, more: "log_type all")
        defer { broker.stop() }
        let daemon = try Daemon(in: workshop, settings: Self.shelves(broker, "stock/a/move"))
        try await daemon.start()
        let sensor = broker.publisher(queueLimit: 100)
        sensor.start()
        func say(_ topic: String) {
            sensor.publish(BusMessage(topic: topic, payload: Array("1".utf8))) { _ in }
        }
        say("stock/a/move")
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト") == 1 })
        try daemon.write(Self.shelves(broker, "stock/b/move"))
        let outcome = try Executable.run(["reload", "--config", daemon.config])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output.hasPrefix("~ rule 棚\n+ filter stock/b/move\n- filter stock/a/move\n= 1 rule"),
            "\(outcome)"
        )
        #expect(try await eventually(within: 10) { broker.said.contains("UNSUBSCRIBE") }, "\(broker.said)")
        say("stock/a/move")
        say("stock/b/move")
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト") == 2 })
        let status = try await daemon.status()
        #expect(status.broker.messages == 2, "what was given back no longer comes")
        #expect(status.broker.reconnects == 0)
        #expect(status.intake.deadLetters == 0)
        // The session holds the new filter, and not the old one, over a restart of ours.
        daemon.kill(SIGTERM)
        say("stock/a/move")
        say("stock/b/move")
        try await daemon.start()
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト") == 3 })
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("scenario 20: reloads under load lose and double nothing, and break no link")
    func underLoad() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(in: workshop, settings: Self.shelves(broker, "stock/+/move"))
        try await daemon.start()
        let sensor = broker.publisher(queueLimit: 12_000)
        sensor.start()
        let clock = ContinuousClock()
        let began = clock.now
        let load = Task {
            var sent = 0
            // 2,000 a second from two sources for 6 s, in steps of what is due.
            while sent < 6_000 {
                let due = min(6_000, Int((clock.now - began) / .milliseconds(1)))
                while sent < due {
                    sensor.publish(BusMessage(topic: "stock/棚A/move", payload: Array("1".utf8))) { _ in }
                    sensor.publish(BusMessage(topic: "line1/p", payload: Array("\(sent)".utf8))) { _ in }
                    sent += 1
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        for (turn, topic) in ["stock/#", "stock/{place}/move", "stock/棚A/{x*}", "stock/+/move"].enumerated() {
            try await Task.sleep(for: .milliseconds(700))
            try daemon.write(Self.shelves(broker, topic))
            if turn == 1 {
                daemon.signal(SIGHUP)
                #expect(try await eventually(within: 10) { daemon.said.contains("+ filter stock/+/move") })
            } else {
                let outcome = try Executable.run(["reload", "--config", daemon.config])
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("~ rule 棚"), "\(outcome.output)")
            }
        }
        // A broken file: told with its place, and everything goes on as before.
        try daemon.write(Self.shelves(broker, "stock/#", more: "  - {name: 棚, topic: x, topik: y}"))
        let socket = "\(workshop.path)/desk.sock"
        let refused = try Executable.run(["reload", "--socket", socket])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("\(daemon.config):14:"), "\(refused.errors)")
        #expect(refused.errors.contains("goes on with the configuration that it has"), "\(refused.errors)")
        try await load.value
        #expect(try await eventually(within: 30) { try await daemon.stock("ボルト") ?? 0 >= 6_000 })
        let settled = try await eventually(within: 10) { try await daemon.status().broker.messages >= 12_000 }
        #expect(settled)
        #expect(try await daemon.stock("ボルト") == 6_000)
        let status = try await daemon.status()
        #expect(status.broker.messages == 12_000)
        #expect(status.broker.reconnects == 0)
        #expect(status.intake.deadLetters == 0)
        #expect(daemon.isRunning)
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }

    @Test("scenario 20: a SIGHUP before the gateway is ready is not its end")
    func earlyHangup() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(in: workshop, settings: Self.shelves(broker, "stock/+/move"))
        try daemon.launch()
        // Its store is not open yet; the signal is caught from the first line of `run` on.
        #expect(try await eventually(within: 20, every: .milliseconds(1)) { daemon.catches(SIGHUP) })
        for _ in 0..<3 { daemon.signal(SIGHUP) }
        #expect(
            try await eventually(within: 20) {
                guard daemon.isRunning else { throw Failure("the daemon ended: \(daemon.said)") }
                return (try? await daemon.status())?.broker.state == "online"
            }
        )
        #expect(try await eventually(within: 10) { daemon.said.contains("reload: = 2 rules unchanged") })
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("what only a restart can change is named; agreements and their partners change at once")
    func parts() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write("", to: "agreements/none.txt")
        func settings(_ level: String, _ items: String = "{}") -> String {
            """
            items: \(items)
            broker: {url: managed, listen: "127.0.0.1:\(port)"}
            agreements: agreements/
            log: {level: \(level)}
            rules:
              - {preset: barcode}
              - {name: scale, topic: scale, readings: [{metric: stock_weight/ナット-M8, value: $, unit: g, type: number}]}
              - name: shelf
                topic: shelf/#
                readings: [{metric: stock/ボルト-M8, value: $, kind: delta, type: number}]
            """
        }
        let daemon = try Daemon(in: workshop, settings: settings("notice"))
        try await daemon.start()
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        try daemon.write(
            settings("debug", "{ナット-M8: {unit_weight: 4 g}}").replacingOccurrences(of: "shelf/#", with: "棚/#")
        )
        // More would leave than before: a partner who had nothing gets something.
        let asked = try await daemon.client.post("/v1/reload", as: ReloadReport.self)
        #expect(!asked.applied && asked.needsConfirmation)
        #expect(asked.sharing.count == 3)
        #expect(asked.sharing.allSatisfy { $0.hasPrefix("+ buyer-1 supply-1/") }, "\(asked.sharing)")
        let unchanged = try Executable.run(["reload", "--config", daemon.config])
        #expect(unchanged.status == 1)
        #expect(unchanged.errors.contains("say --yes when that is meant"), "\(unchanged.errors)")
        #expect(try await daemon.status().feeds.isEmpty)
        let diff = try Executable.run(["share", "diff", "--config", daemon.config])
        #expect(diff.status == 1)
        #expect(
            diff.output.contains("+ buyer-1 supply-1/stock: newly leaves: stock of ボルト-M8"),
            "\(diff.output)"
        )
        let confirmed = [("confirmed", "yes")]
        let report = try await daemon.client.post("/v1/reload", confirmed, as: ReloadReport.self)
        #expect(report.applied, "\(report.findings)")
        #expect(report.restart == ["log"])
        #expect(report.changes.map(\.sign).sorted() == ["+", "+", "-", "~", "~"], "\(report.changes)")
        #expect(try await eventually(within: 10) { try await !daemon.status().feeds.isEmpty })
        // The broker's rights follow: a sensor may say what the new rule reads.
        let secret = try String(
            contentsOfFile: "\(workshop.path)/data/broker/secrets/sensors",
            encoding: .utf8
        )
        let sensor = BusPublisher(
            BusOptions(
                address: .tcp(host: "127.0.0.1", port: port),
                identity: BusIdentity(
                    clientID: "scanner",
                    user: "sensors",
                    password: secret.split(separator: "\n").first.map(String.init)
                )
            ),
            queueLimit: 100
        )
        sensor.start()
        let isStored = try await eventually(within: 20) {
            sensor.publish(BusMessage(topic: "棚/a", payload: Array("1".utf8))) { _ in }
            return try await daemon.stock("ボルト-M8") ?? 0 > 0
        }
        #expect(isStored)
        // And what is said of an item: its weight is counted from now on.
        let isCounted = try await eventually(within: 20) {
            sensor.publish(BusMessage(topic: "scale", payload: Array("100".utf8))) { _ in }
            return try await daemon.stock("ナット-M8") == 25
        }
        #expect(isCounted)
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }
}
