import Bus
import Desk
import Foundation
import Synchronization
import Testing

enum Agreements {
    /// From yesterday on for as long as an agreement may hold.
    static let validity: String = {
        let now = Date()
        let (start, end) = (now.addingTimeInterval(-86_400), now.addingTimeInterval(364 * 86_400))
        return "validity: {notBefore: \(start.ISO8601Format()), notAfter: \(end.ISO8601Format())}"
    }()
}

/// From a sensor's topic to a partner's feed, through a broker of the gateway's own.
@Suite struct FirstLightTests {
    static let agreement = """
        id: supply-1
        version: 1
        status: active
        provider: {id: maker-1}
        recipient: {id: buyer-1, relationship: customer}
        purpose: supply-assurance
        \(Agreements.validity)
        grants:
          - {id: stock, measure: stock, products: [ボルト-M8], sites: [ota], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: round, base: 10}, cadence: clock}
          - {id: state, measure: status, products: [press-1], sites: [ota], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: exact}, cadence: clock}
          - {id: output, measure: output, products: [press-1], sites: [ota], kind: own, aggregate: sum,
             bucket: PT1M, delay: PT0S, precision: {mode: round, base: 5}, cadence: clock}
        """

    static func settings(port: Int) -> String {
        """
        broker: {url: managed, listen: "127.0.0.1:\(port)"}
        agreements: agreements/
        rules:
          - name: press
            topic: press/{asset}
            asset: "{asset}"
            time: $.t
            readings:
              - {metric: state, value: $.state, kind: state}
              - {metric: good_count, value: $.good, kind: counter, unit: pcs}
              - {metric: temperature, value: $.temp, unit: ℉, to: Cel, round: 1}
          - name: shelf
            topic: shelf/{asset}
            asset: "{asset}"
            readings: [{metric: "stock/{$.item}", value: $.qty, kind: delta, id: $.id, unit: 個, to: pcs}]
        """
    }

    @Test("a partner receives what its agreement grants, rounded, and nothing else")
    func partnerFeed() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(Self.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(in: workshop, settings: Self.settings(port: port))
        try await daemon.start()
        let partner = try Listener(
            workshop,
            port: port,
            user: "buyer-1",
            filters: ["#", "tsunagi/v1/p/buyer-1/#", "press/#"]
        )
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        func tell(_ topic: String, _ text: String) {
            sensor.publish(BusMessage(topic: topic, payload: Array(text.utf8))) { _ in }
        }
        // Both in the minute that is open now, so that no minute's end can fall between them.
        let minute = Int(Date().timeIntervalSince1970 / 60) * 60_000
        tell("press/press-1", "{\"t\":\(minute),\"state\":\"運転\",\"good\":100,\"temp\":212}")
        tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":50,\"id\":\"m1\"}")
        tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":-4,\"id\":\"m2\"}")
        tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":-4,\"id\":\"m2\"}")
        tell("press/press-1", "{\"t\":\(minute + 1),\"state\":\"運転\",\"good\":112,\"temp\":212}")
        let isStored = try await eventually(within: 10) { try await daemon.stock("ボルト-M8") == 46 }
        #expect(isStored, "a movement counts once per id")
        let isHot = try await daemon.samples("ota/press-1/temperature").last?.value == .number(100)
        #expect(isHot, "212 ℉ are 100 ℃")
        let isReleased = try await eventually(within: 75) { partner.releases.count >= 4 }
        #expect(isReleased, "after a minute: \(partner.releases.keys.sorted()); \(daemon.said.suffix(2000))")

        let stock = try #require(partner.releases["tsunagi/v1/p/buyer-1/supply-1/stock"])
        #expect(stock.retain == false, "live, not a retained copy")
        let release = try #require(
            try JSONSerialization.jsonObject(with: Data(stock.payload)) as? [String: Any]
        )
        #expect(release["status"] as? String == "released")
        #expect(release["agreement"] as? String == "supply-1")
        let value = try #require((release["values"] as? [[String: Any]])?.first)
        #expect(value["product"] as? String == "ボルト-M8")
        #expect(value["value"] as? Double == 50, "46 to the nearest ten")
        #expect(value["unit"] as? String == "pcs")
        #expect(value["quality"] as? String == "good")
        let asOf = try #require(value["asOf"] as? String)
        #expect(asOf.hasSuffix(":00.000Z"), "the bucket's end, never the moment of a movement: \(asOf)")

        let output = String(
            decoding: partner.releases["tsunagi/v1/p/buyer-1/supply-1/output"]?.payload ?? [],
            as: UTF8.self
        )
        #expect(output.contains("\"value\":10,"), "12 pieces to the nearest five: \(output)")
        let state = String(
            decoding: partner.releases["tsunagi/v1/p/buyer-1/supply-1/state"]?.payload ?? [],
            as: UTF8.self
        )
        #expect(state.contains("運転"))
        #expect(
            partner.releases.keys.allSatisfy { $0.hasPrefix("tsunagi/v1/p/buyer-1/") },
            "nothing else was delivered"
        )

        // Who comes later gets the retained releases, and the audit log's head.
        let late = try Listener(workshop, port: port, user: "buyer-1", filters: ["tsunagi/v1/p/buyer-1/#"])
        #expect(try await eventually(within: 10) { late.releases.count == 4 })
        #expect(late.releases.values.allSatisfy { $0.retain })

        let status = try await daemon.status()
        #expect(status.state == "ok", "\(status.findings)")
        #expect(status.feeds.count == 3)
        #expect(status.feeds.allSatisfy { $0.lastBucketEnd != nil && $0.released >= 1 && $0.pending == 0 })
        #expect(status.sources.contains { ($0.lastSeenAgeSeconds ?? 999) < 120 })
        let screen = try Executable.run(["status", "--config", daemon.config])
        #expect(screen.status == 0, "\(screen.errors)")
        for word in ["msg/s", "lag", "series", "dead", "of 32 MiB", "buyer-1", "supply-1/stock"] {
            #expect(screen.output.contains(word), "\(word) in \(screen.output)")
        }
        let words = ["LC_ALL=ja_JP.UTF-8", Executable.path, "status", "--config", daemon.config]
        let japanese = try Executable.run(words, program: "/usr/bin/env").output
        for word in ["● 正常", "  接続     接続中  内蔵", "毎秒", "/ 32 MiB", "未解読   1件", "取引先", "前   遅れ p99"] {
            #expect(japanese.contains(word), "\(word) in \(japanese)")
        }
        partner.stop()
        late.stop()
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("every reading command answers in JSON, and what was stored survives a kill")
    func commands() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(Self.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(in: workshop, settings: Self.settings(port: port))
        try await daemon.start()
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        for good in 1...50 {
            let stamp = Int(Date().timeIntervalSince1970 * 1000) - 1000 + good
            let text = "{\"t\":\(stamp),\"state\":\"running\",\"good\":\(good),\"temp\":\(good)}"
            sensor.publish(BusMessage(topic: "press/press-1", payload: Array(text.utf8))) { _ in }
        }
        #expect(
            try await eventually(within: 10) {
                try await daemon.samples("ota/press-1/good_count").count == 50
            }
        )
        let before = try await daemon.samples("ota/press-1/good_count")
        daemon.kill(SIGKILL)
        try await daemon.start()
        let after = try await daemon.samples("ota/press-1/good_count")
        #expect(after.map(\.time) == before.map(\.time))
        #expect(after.map(\.value) == before.map(\.value))

        for arguments in [["status"], ["series"], ["stock"], ["query", "ota/press-1", "--every", "1m"]] {
            let outcome = try Executable.run(arguments + ["--config", daemon.config, "--json"])
            #expect(outcome.errors == "")
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) }
        }
        let steps = try Executable.run([
            "query", "ota/press-1/good_count", "--every", "1m", "--config", daemon.config,
        ])
        #expect(steps.output.contains("\t50\t") || steps.output.contains("\t50\n"), "\(steps.output)")
        let nothing = try Executable.run(["query", "nowhere/*", "--config", daemon.config])
        #expect(nothing.status == 1)
        #expect(nothing.errors.contains("tsunagi series"), "\(nothing.errors)")
        let second = try Executable.run(["run", "--config", daemon.config])
        #expect(second.status == 1)
        #expect(second.errors.contains("another tsunagi"), "\(second.errors)")
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }
}

/// Whoever subscribes, and what the broker really delivered.
final class Listener: Sendable {
    struct Delivery: Sendable {
        var payload: [UInt8]
        var retain: Bool
    }

    private let link: BusLink
    private let box = Box()

    /// The first delivery with values on each topic.
    var releases: [String: Delivery] { box.deliveries.withLock { $0 } }

    init(_ workshop: Workshop, port: Int, user: String, filters: [String]) throws {
        var options = try workshop.login(port: port, user: user)
        options.filters = filters
        options.sessionExpirySeconds = 0
        let box = box
        link = BusLink(
            options,
            sink: BusSink(
                take: { topic, payload, arrival in
                    let name = String(decoding: (0..<topic.count).map { topic[$0] }, as: UTF8.self)
                    let delivery = Delivery(
                        payload: (0..<payload.count).map { payload[$0] },
                        retain: arrival.retain
                    )
                    // A minute of which nothing was known yet is told as withheld; it is not what is asked for.
                    let isWithheld = String(decoding: delivery.payload, as: UTF8.self).contains(
                        "\"withheld\""
                    )
                    box.deliveries.withLock { deliveries in
                        if deliveries[name] == nil, !isWithheld { deliveries[name] = delivery }
                    }
                },
                settle: {}
            )
        )
        link.start()
    }

    func stop() {
        link.stop()
    }

    private final class Box: Sendable {
        let deliveries = Mutex<[String: Delivery]>([:])
    }
}

extension Workshop {
    /// Name and password of a user of the managed broker.
    func login(port: Int, user: String) throws -> BusOptions {
        let secret = try String(contentsOfFile: "\(path)/data/broker/secrets/\(user)", encoding: .utf8)
        return BusOptions(
            address: .tcp(host: "127.0.0.1", port: port),
            identity: BusIdentity(
                clientID: "test-\(UUID().uuidString)",
                user: user,
                password: secret.trimmingCharacters(in: .whitespacesAndNewlines)
            )
        )
    }

    func publisher(port: Int, user: String) throws -> BusPublisher {
        BusPublisher(try login(port: port, user: user))
    }
}
