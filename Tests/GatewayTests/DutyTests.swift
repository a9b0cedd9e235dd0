import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// What the daemon does when a link, a configuration or an asker is not as it should be.
@Suite struct DutyTests {
    static func rule(_ topic: String) -> String {
        """
        rules:
          - name: shelf
            topic: \(topic)
            asset: 棚A
            readings: [{metric: stock/ボルト, value: $, kind: delta, type: number}]
        """
    }

    @Test("a filter that the configuration no longer has is given back to the broker")
    func forgottenFilter() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let address = "broker: mqtt://127.0.0.1:\(broker.port)\n"
        let before = try Daemon(in: workshop, settings: address + Self.rule("stock/+/move"))
        try await before.start()
        before.kill(SIGTERM)
        let daemon = try Daemon(in: workshop, settings: address + Self.rule("stock/#"))
        try await daemon.start()
        let sensor = broker.publisher(queueLimit: 10)
        sensor.start()
        // With both filters this movement, which has neither id nor stamp, would come twice.
        sensor.publish(BusMessage(topic: "stock/a/move", payload: Array("5".utf8))) { _ in }
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト") != nil })
        sensor.publish(BusMessage(topic: "stock/end", payload: Array("1".utf8))) { _ in }
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト") ?? 0 >= 6 })
        #expect(try await daemon.stock("ボルト") == 6)
        #expect(try await daemon.status().broker.messages == 2)
        sensor.stop()
        daemon.kill(SIGTERM)
    }

    @Test("after the broker's restart its retained status says online again")
    func onlineAgain() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rule("stock/#"))"
        )
        try await daemon.start()
        try broker.restart()
        #expect(try await eventually(within: 20) { try await daemon.status().broker.reconnects > 0 })
        let said = Mutex("")
        var options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: broker.port),
            identity: BusIdentity(clientID: "asker")
        )
        options.filters = ["tsunagi/v1/g/test/status"]
        let link = BusLink(
            options,
            sink: BusSink(
                take: { _, payload, _ in
                    let text = String(decoding: (0..<payload.count).map { payload[$0] }, as: UTF8.self)
                    said.withLock { $0 = text }
                },
                settle: {}
            )
        )
        link.start()
        let isOnline = try await eventually(within: 10) { said.withLock { $0.contains("online") } }
        #expect(isOnline, "\(said.withLock { $0 })")
        #expect(daemon.said.contains("made again"), "the log tells of the lost link: \(daemon.said)")
        link.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("SIGTERM ends it in order although somebody watches")
    func endsBesideAWatcher() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rule("stock/#"))"
        )
        try await daemon.start()
        let output = "\(workshop.path)/watched"
        let watcher = Child(
            Executable.path,
            ["watch", "--config", daemon.config],
            output: output,
            errors: output
        )
        try watcher.start()
        try await Task.sleep(for: .seconds(1))
        let began = Date()
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
        #expect(Date().timeIntervalSince(began) < 20)
        #expect(daemon.said.contains("has ended"), "\(daemon.said)")
        watcher.kill(SIGTERM)
    }

    @Test("numbers that add up to more than a number can hold stop nobody")
    func hugeNumbers() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                agreements: agreements/
                rules:
                  - name: shelf
                    topic: stock/#
                    asset: 棚A
                    readings: [{metric: stock/ボルト-M8, value: $, kind: delta, type: number}]
                  - name: press
                    topic: press/#
                    asset: press-1
                    readings: [{metric: good_count, value: $, kind: counter, type: number}]
                """
        )
        try await daemon.start()
        let sensor = broker.publisher(queueLimit: 10)
        sensor.start()
        for number in ["1e308", "0", "1.7e308", "1.7e308"] {
            sensor.publish(BusMessage(topic: "stock/a", payload: Array(number.utf8))) { _ in }
            sensor.publish(BusMessage(topic: "press/a", payload: Array(number.utf8))) { _ in }
            // Stamps a millisecond apart.
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await eventually(within: 10) { try await daemon.status().broker.messages == 8 })
        #expect(try await daemon.stock("ボルト-M8")?.isFinite == true)
        for select in ["ota/棚A/stock/ボルト-M8", "ota/press-1/good_count"] {
            let query = [("select", select), ("from", "1h"), ("every", "1h")]
            let steps = try await daemon.client.get("/v1/query", query, as: QueryAnswer.self).columns.first?
                .steps
            #expect(steps?.isEmpty == false)
        }
        let hasReleased = try await eventually(within: 75) {
            guard daemon.isRunning else { throw Failure("the daemon ended: \(daemon.said)") }
            return try await daemon.status().feeds.allSatisfy { $0.released + $0.withheld > 0 }
        }
        #expect(hasReleased)
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("a desk.socket that names somebody's file leaves the file alone")
    func notASocket() throws {
        let workshop = try Workshop()
        let file = try workshop.write(
            """
            gateway: {id: test, timezone: Asia/Tokyo}
            data: {directory: data, budget: 32 MiB}
            desk: {socket: tsunagi.yaml}
            broker: mqtt://127.0.0.1:1
            \(Self.rule("stock/#"))
            """,
            to: "tsunagi.yaml"
        )
        let outcome = try Executable.run(["run", "--config", file])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("not a socket"), "\(outcome.errors)")
        #expect(FileManager.default.fileExists(atPath: file))
    }
}
