import Bus
import Desk
import Foundation
import Testing

/// What partners with systems of their own get from a running gateway, over a real broker.
@Suite struct FeedFormTests {
    private static let agreement = """
        id: supply-1
        version: 1
        status: active
        provider: {id: maker-1}
        recipient: {id: buyer-1, relationship: customer}
        purpose: supply-assurance
        \(Agreements.validity)
        grants:
        \(grant("item-stock", "[catenax]"))
        \(grant("event", "[catenax], cloudevents: structured"))
        \(grant("epcis", "[epcis]"))
        """

    private static func grant(_ id: String, _ form: String) -> String {
        """
          - {id: \(id), measure: stock, products: [ボルト-M8], sites: [ota], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: round, base: 10}, cadence: clock, formats: \(form)}
        """
    }

    private static let numbers = """

        items: {ボルト-M8: {gtin: "04900000000016", material: 7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10}}
        sites: {ota: {bpns: BPNS0000000000WN, bpna: BPNA00000000009W, gln: "4900000000009"}}
        """

    @Test("each grant leaves in its own form, with its CloudEvent's attributes, signed")
    func forms() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(Self.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(in: workshop, settings: FirstLightTests.settings(port: port) + Self.numbers)
        try await daemon.start()
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        sensor.publish(
            BusMessage(
                topic: "shelf/棚A",
                payload: Array("{\"item\":\"ボルト-M8\",\"qty\":52,\"id\":\"m1\"}".utf8)
            )
        ) { _ in }
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト-M8") == 52 })
        let isOut = try await eventually(within: 140) {
            let feeds = try await daemon.status().feeds
            return feeds.count == 3 && feeds.allSatisfy { $0.released >= 1 && $0.pending == 0 }
        }
        #expect(isOut, "\(daemon.said.suffix(2000))")

        let stock = try received(workshop, port, "item-stock", version: "5")
        #expect(stock.contentType == "application/json")
        let document = try #require(try object(stock.payload))
        #expect(document["direction"] as? String == "OUTBOUND")
        #expect(stock.payload.contains(#""quantityOnAllocatedStock":{"value":50,"unit":"unit:piece"}"#))
        #expect(stock.properties["specversion"] == "1.0")
        #expect(stock.properties["type"] == "io.tsunagi.share.itemstock.v1")
        #expect(stock.properties["subject"] == "ボルト-M8")
        let id = try #require(stock.properties["id"])
        #expect(id.hasPrefix("supply-1/item-stock/20"))

        // A client of MQTT 3.1.1 has the payload alone, which is the whole event.
        let event = try #require(try object(try received(workshop, port, "event", version: "311").payload))
        #expect(event["specversion"] as? String == "1.0" && event["grantid"] as? String == "event")
        let data = try #require(event["data"] as? [String: Any])
        #expect(data["materialGlobalAssetId"] as? String == "urn:uuid:7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10")
        #expect(
            try received(workshop, port, "event", version: "5").contentType
                == "application/cloudevents+json; charset=utf-8"
        )

        let epcis = try received(workshop, port, "epcis", version: "5")
        #expect(try #require(try object(epcis.payload))["type"] as? String == "EPCISDocument")
        #expect(
            epcis.payload.contains("\"epcClass\":\"https://id.gs1.org/01/04900000000016\",\"quantity\":50}")
        )
        #expect(epcis.payload.contains("\"eventTimeZoneOffset\":\"+09:00\""))

        // The signature stands for the bytes, and for what goes along with them.
        let keys = try Executable.run(["keys", "show", "--json", "--config", daemon.config])
        let keyFile = try workshop.write(keys.output, to: "keys.json")
        let file = try workshop.write(stock.payload, to: "stock.json")
        let jws = try #require(stock.properties["jws"])
        let good = try Executable.run(["verify", "--keys", keyFile, "--jws", jws, file])
        #expect(good.status == 0, "\(good.errors)")
        #expect(good.output.contains("id\t\(id)\n"), "\(good.output)")
        let explained = try Executable.run([
            "share", "explain", "supply-1", "--lang", "ja", "--config", daemon.config,
        ])
        #expect(explained.output.contains("(Catena-X ItemStock 2.0(CloudEvent属性付き))"), "\(explained.output)")
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }

    private struct Received {
        var contentType: String
        var properties: [String: String]
        var payload: String
    }

    private func object(_ payload: String) throws -> [String: Any]? {
        try JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any]
    }

    /// The retained release of a grant, as mosquitto's own client gets it.
    private func received(_ workshop: Workshop, _ port: Int, _ grant: String, version: String) throws
        -> Received
    {
        let login = try workshop.login(port: port, user: "buyer-1").identity
        let outcome = try Executable.run(
            [
                "-V", version, "-h", "127.0.0.1", "-p", "\(port)", "-u", login.user ?? "", "-P",
                login.password ?? "", "-t", "tsunagi/v1/p/buyer-1/supply-1/\(grant)", "-C", "1", "-W", "10",
                "-F", "%C\n%P\n%p",
            ],
            program: "/usr/bin/mosquitto_sub"
        )
        let parts = outcome.output.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
            .map(String.init)
        guard parts.count == 3 else { throw Failure("nothing retained: \(outcome.output) \(outcome.errors)") }
        var properties: [String: String] = [:]
        // name:value name:value; no value of ours has a blank in it.
        for pair in parts[1].split(separator: " ") {
            let (name, value) = (pair.prefix { $0 != ":" }, pair.drop { $0 != ":" }.dropFirst())
            properties[String(name)] = String(value)
        }
        let payload = parts[2].hasSuffix("\n") ? String(parts[2].dropLast()) : parts[2]
        return Received(contentType: parts[0], properties: properties, payload: payload)
    }
}
