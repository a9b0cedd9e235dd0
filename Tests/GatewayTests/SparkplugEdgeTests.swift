import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// A maker's gateway that is an edge node for its partner, and that partner's gateway, which is a Sparkplug host.
@Suite struct SparkplugEdgeTests {
    private static func agreement(_ id: String, _ recipient: String, _ form: String) -> String {
        """
        id: \(id)
        version: 1
        status: active
        provider: {id: maker-1}
        recipient: {id: \(recipient), relationship: customer}
        purpose: supply-assurance
        \(Agreements.validity)
        grants:
          - {id: stock, measure: stock, products: [ボルト-M8], sites: [ota], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: round, base: 10}, cadence: clock, formats: [\(form)]}
        """
    }

    /// The topics that whoever logs in so is delivered.
    private final class Ear: Sendable {
        private let topics: Heard
        private let link: BusLink

        private final class Heard: Sendable {
            let list = Mutex<[String]>([])
        }

        init(_ options: BusOptions, _ filters: [String]) {
            var options = options
            options.filters = filters
            let heard = Heard()
            topics = heard
            link = BusLink(
                options,
                sink: BusSink(
                    take: { topic, _, _ in
                        let text = String(decoding: (0..<topic.count).map { topic[$0] }, as: UTF8.self)
                        heard.list.withLock { $0.append(text) }
                    },
                    settle: {}
                )
            )
            link.start()
        }

        var heard: [String] { topics.list.withLock { $0 } }
        var isIn: Bool { link.status.state == .online }
        func stop() { link.stop() }
    }

    @Test(
        "births on request, values with units, the signed release whole, and death; for its recipient alone"
    )
    func edge() async throws {
        let (shop, port) = (try Workshop(), try Workshop.freePort())
        try shop.write(Self.agreement("supply-1", "buyer-1", "sparkplug"), to: "agreements/one.yaml")
        try shop.write(Self.agreement("supply-2", "buyer-2", "tsunagi"), to: "agreements/two.yaml")
        // A host of its own too: what it says itself is no reading of its own.
        let maker = try Daemon(
            in: shop,
            settings: FirstLightTests.settings(port: port) + """

                  - {name: spb, topic: "spBv1.0/{group}/{type}/{node}/#", format: sparkplug}
                """
        )
        try await maker.start()
        let login = try shop.login(port: port, user: "buyer-1")
        let (own, other) = (
            Ear(login, ["#"]), Ear(try shop.login(port: port, user: "buyer-2"), ["spBv1.0/#", "#"])
        )
        #expect(try await eventually(within: 10) { own.isIn && other.isIn })
        let sensor = try shop.publisher(port: port, user: "sensors")
        sensor.start()
        let text = #"{"item":"ボルト-M8","qty":52,"id":"m1"}"#
        sensor.publish(BusMessage(topic: "shelf/棚A", payload: Array(text.utf8))) { _ in }
        // Nobody but the gateway speaks for the node.
        let forged = "spBv1.0/tsunagi-buyer-1/DDATA/maker-1/forged"
        sensor.publish(BusMessage(topic: forged, payload: [0x18, 0x00], qos: 0)) { _ in }
        #expect(try await eventually(within: 10) { try await maker.stock("ボルト-M8") == 52 })

        let office = try Workshop()
        let secret = try office.write(login.identity.password ?? "", to: "secret")
        chmod(secret, 0o600)
        let buyer = try Daemon(
            in: office,
            settings: """
                broker: {url: "mqtt://127.0.0.1:\(port)", user: buyer-1, password_file: secret}
                sparkplug: {host_id: BUYER, role: active, rebirth_min_s: 1}
                rules: [{name: spb, topic: "spBv1.0/{group}/{type}/{node}/#", format: sparkplug}]
                """
        )
        try await buyer.start()
        let metric = #"{metric="stock/ota/ボルト-M8"}"#
        let isThere = try await eventually(within: 100, every: .milliseconds(500)) {
            try await buyer.samples(metric).last?.value.number == 50
        }
        let findings = try await maker.status().findings
        #expect(isThere, "\(own.heard) \(buyer.said.suffix(2000)) \(findings)")
        let unit = try await buyer.client.get(
            "/v1/query",
            [("select", metric), ("from", "1h")],
            as: QueryAnswer.self
        ).columns.first?.unit
        #expect(unit == "pcs")
        let nodes = try Executable.run(["sparkplug", "nodes", "--config", buyer.config])
        #expect(nodes.output.contains("tsunagi-buyer-1/maker-1"), "\(nodes)")
        #expect(own.heard.contains("spBv1.0/tsunagi-buyer-1/NBIRTH/maker-1"))
        #expect(!own.heard.contains(forged) && !own.heard.contains("tsunagi/v1/p/buyer-1/supply-1/stock"))
        #expect(!other.heard.contains { $0.hasPrefix("spBv1.0/") }, "\(other.heard)")
        let echo = try await maker.samples(metric)
        #expect(echo.isEmpty)

        // What was signed can be verified as from any other feed.
        let release = try await buyer.samples(#"{metric="stock/release"}"#).last
        let jws = try await buyer.samples(#"{metric="stock/jws"}"#).last
        guard case .text(let document)? = release?.value, case .text(let signature)? = jws?.value else {
            Issue.record(
                "no release: \(String(describing: release)), no signature: \(String(describing: jws))"
            )
            return
        }
        let keys = try Executable.run(["keys", "show", "--json", "--config", maker.config])
        let keyFile = try office.write(keys.output, to: "keys.json")
        let file = try office.write(document, to: "release.json")
        let good = try Executable.run(["verify", "--keys", keyFile, "--jws", signature, file])
        #expect(good.status == 0, "\(good)")

        // With its last agreement the node goes.
        let gone = try Executable.run(["revoke", "supply-1", "--yes", "--config", maker.config])
        #expect(gone.status == 0, "\(gone)")
        let isDead = try await eventually(within: 10) {
            own.heard.contains("spBv1.0/tsunagi-buyer-1/NDEATH/maker-1")
        }
        #expect(isDead, "\(own.heard)")
        for ear in [own, other] { ear.stop() }
        sensor.stop()
        for daemon in [buyer, maker] { #expect(daemon.kill(SIGTERM) == 0) }
    }
}
