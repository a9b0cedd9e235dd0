import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// An edge node at the gateway's own broker: the host says that it is there, asks for a missed birth, and keeps what the
/// node says.
@Suite struct SparkplugGatewayTests {
    static let settings = """
        sparkplug: {host_id: TSUNAGI, role: primary, rebirth_min_s: 1}
        defaults: {max_behind_s: 3153600000}
        rules:
          - {name: spb, topic: "spBv1.0/{group}/{type}/{node}/#", format: sparkplug}
        """

    /// A message of the intake's vectors.
    private func vector(_ name: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: tests.appending(path: "IntakeTests/Vectors/sparkplug/\(name)")))
    }

    /// What an edge node hears.
    private final class Ear: Sendable {
        let heard = Mutex<[(topic: String, text: String)]>([])

        func said(_ topic: String) -> [String] {
            heard.withLock { $0.filter { $0.topic == topic }.map(\.text) }
        }

        func sink() -> sending BusSink {
            BusSink(
                take: { [self] topic, payload, _ in
                    let text = (Self.text(topic), Self.text(payload))
                    heard.withLock { $0.append(text) }
                },
                settle: {}
            )
        }

        private static func text(_ run: Span<UInt8>) -> String {
            var bytes: [UInt8] = []
            for index in 0..<run.count { bytes.append(run[index]) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test("a node that waits for its host finds it, is asked for its birth, and its values come and go stale")
    func edgeNode() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        let broker = "broker: {url: managed, listen: \"127.0.0.1:\(port)\"}\n"
        let daemon = try Daemon(in: workshop, settings: broker + Self.settings)
        try await daemon.start()
        let node = try workshop.publisher(port: port, user: "sensors")
        node.start()
        let ear = Ear()
        var options = try workshop.login(port: port, user: "sensors")
        options.filters = ["spBv1.0/STATE/#", "spBv1.0/+/NCMD/#"]
        let link = BusLink(options, sink: ear.sink())
        link.start()
        let state = "spBv1.0/STATE/TSUNAGI"
        let isThere = try await eventually(within: 10) {
            ear.said(state).last?.hasPrefix("{\"online\":true,\"timestamp\":") == true
        }
        #expect(isThere, "\(ear.heard.withLock { $0 }) \(daemon.said.suffix(1000))")

        func tell(_ type: String, _ name: String) throws {
            let message = BusMessage(topic: "spBv1.0/suwa/\(type)", payload: try vector(name), qos: 0)
            node.publish(message) { _ in }
        }
        try tell("DDATA/edge-1/press-3", "02-ddata.bin")
        let isAsked = try await eventually(within: 10) { !ear.said("spBv1.0/suwa/NCMD/edge-1").isEmpty }
        #expect(isAsked)
        #expect(ear.said("spBv1.0/suwa/NCMD/edge-1").first?.contains("Node Control/Rebirth") == true)

        try tell("NBIRTH/edge-1", "00-nbirth.bin")
        try tell("DBIRTH/edge-1/press-3", "01-dbirth.bin")
        try tell("DDATA/edge-1/press-3", "02-ddata.bin")
        try tell("NDEATH/edge-1", "06-ndeath.bin")
        let isKept = try await eventually(within: 10) {
            let samples = try await self.all(daemon, "ota/edge-1/press-3/Temp")
            return samples.map(\.quality) == ["good", "good", "stale"]
                && samples.map(\.value.number) == [71.5, 72.25, 72.25]
        }
        let kept = try await all(daemon, "ota/edge-1/press-3/Temp")
        #expect(isKept, "\(kept)")

        #expect(daemon.kill(SIGTERM) == 0)
        link.stop()
        node.stop()
    }

    @Test("a host that is killed is said to be gone by its will, and one that ends says so itself")
    func state() async throws {
        let workshop = try Workshop()
        let outside = try OutsideBroker(in: workshop)
        let broker = "broker: \"mqtt://127.0.0.1:\(outside.port)\"\n"
        let daemon = try Daemon(in: workshop, settings: broker + Self.settings)
        let ear = Ear()
        let client = BusIdentity(clientID: "ear")
        var options = BusOptions(address: .tcp(host: "127.0.0.1", port: outside.port), identity: client)
        options.filters = ["spBv1.0/STATE/#"]
        let link = BusLink(options, sink: ear.sink())
        link.start()
        func stamps(_ online: Bool) -> [Int] {
            let before = "{\"online\":\(online),\"timestamp\":"
            return ear.said("spBv1.0/STATE/TSUNAGI").filter { $0.hasPrefix(before) }
                .compactMap { Int($0.dropFirst(before.count).dropLast()) }
        }
        try await daemon.start()
        let isBorn = try await eventually(within: 10) { stamps(true).count == 1 }
        #expect(isBorn)
        daemon.kill(SIGKILL)
        let isMissed = try await eventually(within: 10) { stamps(false) == stamps(true) }
        #expect(isMissed)
        try await daemon.start()
        let isBack = try await eventually(within: 10) { stamps(true).count >= 2 }
        #expect(isBack)
        #expect(daemon.kill(SIGTERM) == 0)
        let isGone = try await eventually(within: 10) { stamps(false).count >= 2 }
        #expect(isGone)
        let (births, deaths) = (stamps(true), stamps(false))
        // Its own words are newer than its birth.
        #expect(births.max() ?? 0 > births[0] && deaths.max() ?? 0 >= births.max() ?? 0)
        link.stop()
        outside.stop()
    }

    /// All samples of a series, however old.
    private func all(_ daemon: Daemon, _ path: String) async throws -> [SampleRow] {
        let query = [("select", path), ("from", "2025-01-01T00:00:00Z"), ("to", "2099-01-01T00:00:00Z")]
        do {
            return try await daemon.client.get("/v1/query", query, as: QueryAnswer.self).columns.first?
                .samples ?? []
        } catch DeskFailure.refused {
            return []
        }
    }
}
