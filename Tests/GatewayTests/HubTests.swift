import Bus
import Desk
import Foundation
import Testing

/// Members' gateways, a hub and its partner, as processes of their own at one broker.
@Suite struct HubTests {
    private static let members = ["suwa": 1370.0, "ota": 1480, "sakai": 1250, "hamamatsu": 1610]
    /// Two of them have nuts.
    private static let nuts = ["suwa": 370.0, "ota": 410]

    /// A member's agreement with the hub: its stock to the nearest piece.
    private static func consent(_ member: String) -> String {
        """
        id: con-\(member)
        version: 1
        status: active
        provider: {id: \(member)}
        recipient: {id: chamber, relationship: hub}
        purpose: supply-assurance
        \(Agreements.validity)
        grants:
          - {id: bolts, measure: stock, products: [ボルト-M8], sites: [\(member)], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: round, base: 1}, cadence: clock}
          - {id: nuts, measure: stock, products: [ナット-M8], sites: [\(member)], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: round, base: 1}, cadence: clock}
        """
    }

    private static let bilateral = """
        id: suwa-to-ota
        version: 1
        status: active
        provider: {id: suwa}
        recipient: {id: ota, relationship: customer}
        purpose: supply-assurance
        \(Agreements.validity)
        grants:
          - {id: bolts, measure: stock, products: [ボルト-M8], sites: [suwa], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: exact}, cadence: clock}
        """

    private static var pooled: String {
        let names = members.keys.sorted().joined(separator: ", ")
        let limits = "disclosure: {minContributors: 3, pPercent: 15}"
        return """
            id: pool
            version: 1
            status: active
            provider: {id: chamber, name: 商工会議所の例}
            recipient: {id: pref-1, relationship: public-body}
            purpose: supply-assurance
            \(Agreements.validity)
            grants:
              - {id: bolts, measure: stock, products: [ボルト-M8], sites: [\(names)], kind: consortium,
                 contributors: [\(names)], aggregate: sum, bucket: PT1M, delay: PT0S,
                 precision: {mode: round, base: 10}, cadence: clock, \(limits)}
              - {id: nuts, measure: stock, products: [ナット-M8], sites: [\(names)], kind: consortium,
                 contributors: [\(names)], aggregate: sum, bucket: PT1M, delay: PT0S,
                 precision: {mode: round, base: 10}, cadence: clock, \(limits)}
            """
    }

    private static func link(_ port: Int, _ client: String) -> String {
        "broker: {url: \"mqtt://127.0.0.1:\(port)\", client_id: \(client)}\nagreements: agreements/"
    }

    private static func member(_ name: String, at port: Int, in workshop: Workshop) throws -> Daemon {
        try workshop.write(consent(name), to: "agreements/con-\(name).yaml")
        if name == "suwa" { try workshop.write(bilateral, to: "agreements/ota.yaml") }
        return try Daemon(
            in: workshop,
            settings: """
                \(link(port, name))
                rules:
                  - name: shelf
                    topic: \(name)/{asset}
                    site: \(name)
                    asset: "{asset}"
                    readings: [{metric: "stock/{$.item}", value: $.qty, unit: 個}]
                """
        )
    }

    private static func hub(at port: Int, in workshop: Workshop) throws -> Daemon {
        for name in members.keys { try workshop.write(consent(name), to: "consents/con-\(name).yaml") }
        try workshop.write(pooled, to: "agreements/pool.yaml")
        return try Daemon(
            in: workshop,
            settings: """
                \(link(port, "chamber"))
                consents: consents/
                rules: [{preset: tsunagi-release, base: tsunagi/v1/p/chamber}]
                """
        )
    }

    private struct Scene {
        let workshops: [Workshop]
        let broker: OutsideBroker
        let members: [Daemon]
        let hub: Daemon
        let recorder: Recorder
    }

    /// Everybody runs, and every shelf has been told of within one minute.
    private func scene() async throws -> Scene {
        let workshops = try (0..<6).map { _ in try Workshop() }
        let broker = try OutsideBroker(in: workshops[0])
        #expect(try await eventually(within: 10) { broker.accepts })
        let recorder = Recorder(port: broker.port, filters: ["tsunagi/v1/p/pref-1/#", "tsunagi/v1/p/ota/#"])
        var members: [Daemon] = []
        for (index, name) in Self.members.keys.sorted().enumerated() {
            members.append(try Self.member(name, at: broker.port, in: workshops[index + 1]))
        }
        let hub = try Self.hub(at: broker.port, in: workshops[5])
        for daemon in members + [hub] { try await daemon.start() }
        // No minute's end is to fall between the first shelf and the last.
        while Int(Date().timeIntervalSince1970) % 60 > 50 { try await Task.sleep(for: .milliseconds(200)) }
        let sensor = broker.publisher(queueLimit: 100)
        sensor.start()
        for (item, stock) in [("ボルト-M8", Self.members), ("ナット-M8", Self.nuts)] {
            for (name, quantity) in stock {
                let text = "{\"item\":\"\(item)\",\"qty\":\(quantity)}"
                sensor.publish(BusMessage(topic: "\(name)/棚A", payload: Array(text.utf8))) { _ in }
            }
        }
        for daemon in members {
            #expect(try await eventually(within: 5) { try await daemon.stock("ボルト-M8") != nil })
        }
        sensor.stop()
        return Scene(workshops: workshops, broker: broker, members: members, hub: hub, recorder: recorder)
    }

    @Test(
        "a hub tells the total and never a part of it; without it its members go on; it comes back with no bucket twice"
    )
    func hub() async throws {
        let scene = try await scene()
        let (hub, recorder) = (scene.hub, scene.recorder)
        let (total, nuts) = ("tsunagi/v1/p/pref-1/pool/bolts", "tsunagi/v1/p/pref-1/pool/nuts")
        let isOut = try await eventually(within: 90, every: .seconds(1)) {
            recorder.on(total).contains(where: \.isReleased)
        }
        let feeds = try await hub.status().feeds
        #expect(isOut, "\(hub.said.suffix(2000)) \(feeds)")
        #expect(recorder.on(total).first(where: \.isReleased)?.value == 5710)
        // Two firms are too few, and as long as if they were not.
        #expect(try await eventually(within: 5) { !recorder.on(nuts).isEmpty })
        #expect(recorder.on(nuts).allSatisfy { !$0.isReleased })
        #expect(Set(recorder.on(nuts).map(\.payload.utf8.count)).count == 1)
        // The operator is told why, and which of all agreements and grants.
        let status = try await hub.status()
        let feed = try #require(status.feeds.first { $0.grant == "nuts" })
        #expect(feed.agreement == "pool")
        #expect(feed.lastWithheld?.hasPrefix("D03: ナット-M8: 2 live contributors") == true, "\(feed)")
        let told = try Executable.run(["share", "explain", "pool", "--lang", "ja", "--config", hub.config])
        #expect(told.output.contains("4社(hamamatsu、ota、sakai、suwa)のボルト-M8の在庫数の合計"), "\(told.output)")
        #expect(told.output.contains("withheld, D03"), "\(told.output)")

        hub.kill(SIGKILL)
        let heard = recorder.on("tsunagi/v1/p/ota/suwa-to-ota/bolts").count
        let said = recorder.on(total).count
        let goesOn = try await eventually(within: 70, every: .seconds(1)) {
            recorder.on("tsunagi/v1/p/ota/suwa-to-ota/bolts").count > heard
        }
        #expect(goesOn, "what two members agreed needs no hub")
        #expect(recorder.on(total).count == said)
        try await hub.start()
        // What was under way at the kill may come twice.
        let isBack = try await eventually(within: 120, every: .seconds(1)) {
            Set(recorder.on(total).filter(\.isReleased).compactMap(\.id)).count >= 3
        }
        #expect(isBack, "\(hub.said.suffix(2000)) \(recorder.on(total).map(\.payload))")

        // Each bucket once, none left out, and nobody's own value in any of them.
        let outcome = try Executable.run([
            "audit", "show", "--partner", "pref-1", "--json", "--config", hub.config,
        ])
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
        )
        let buckets = rows.map { "\($0["feed"] ?? "") \($0["bucket"] ?? "")" }
        #expect(buckets.count >= 6 && Set(buckets).count == buckets.count, "\(buckets)")
        let live = recorder.on(total).filter { !$0.retain }
        #expect(Set(live.compactMap(\.id)).count == Set(live.map(\.payload)).count)
        let starts = Set(live.compactMap(\.id)).sorted().compactMap { id in
            try? Date(
                String(id.split(separator: "/")[2]),
                strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)
            )
        }
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == 60 }, "\(starts)")
        for delivery in recorder.deliveries where delivery.topic.hasPrefix("tsunagi/v1/p/pref-1/") {
            #expect(delivery.value == nil || delivery.value == 5710, "\(delivery.payload)")
            for quantity in Self.members.values {
                #expect(!delivery.payload.contains("\"value\":\(Int(quantity))"), "\(delivery.payload)")
            }
        }
        #expect(try Executable.run(["audit", "verify", "--config", hub.config]).status == 0)
        recorder.stop()
        for daemon in scene.members + [hub] { #expect(daemon.kill(SIGTERM) == 0) }
        scene.broker.stop()
        withExtendedLifetime(scene.workshops) {}
    }
}
