import Bus
import Desk
import Foundation
import Readings
import Sharing
import Synchronization
import Testing

/// A hub and its members, each with a broker of its own.
@Suite struct MemberTests {
    private static let members = ["ota", "suwa"]

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
        """
    }

    private struct Member {
        let workshop: Workshop
        let broker: OutsideBroker
        let daemon: Daemon

        init(_ name: String) throws {
            workshop = try Workshop()
            broker = try OutsideBroker(in: workshop)
            try workshop.write(consent(name), to: "agreements/con.yaml")
            daemon = try Daemon(
                in: workshop,
                settings: """
                    broker: mqtt://127.0.0.1:\(broker.port)
                    agreements: agreements/
                    rules:
                      - {name: shelf, topic: "\(name)/{asset}", site: \(name), asset: "{asset}",
                         readings: [{metric: "stock/{$.item}", value: $.qty, unit: 個}]}
                    """
            )
        }

        /// Puts a number of bolts on its shelf.
        func stock(_ name: String, _ count: Int) async throws {
            try await publish(#"{"item":"ボルト-M8","qty":\#(count)}"#, to: "\(name)/棚A")
        }

        /// Something that anybody who reaches its broker might say there.
        func publish(_ text: String, to topic: String, jws: String? = nil) async throws {
            let publisher = broker.publisher(queueLimit: 10)
            publisher.start()
            var message = BusMessage(topic: topic, payload: Array(text.utf8))
            if let jws { message.properties = [UserProperty("jws", jws)] }
            let isAnswered = Atomic(false)
            publisher.publish(message) { _ in isAnswered.store(true, ordering: .relaxed) }
            #expect(try await eventually(within: 10) { isAnswered.load(ordering: .relaxed) })
            publisher.stop()
        }
    }

    /// A release as a member's gateway would make it.
    private static func release(_ member: String, _ value: Int, under agreement: String) -> String {
        let end = Int(Date().timeIntervalSince1970) / 60 * 60
        let text = Date(timeIntervalSince1970: Double(end)).ISO8601Format()
        return """
            {"type":"tsunagi.release/1","provider":"\(member)","measure":"stock","bucket":{"end":"\(text)"},\
            "agreement":"\(agreement)","status":"released","values":[{"product":"ボルト-M8","site":"\(member)",\
            "value":\(value),"unit":"pcs","quality":"good"}]}
            """
    }

    /// What the hub has of a member.
    private static func values(_ hub: Daemon, _ member: String) async throws -> [Double?] {
        try await hub.samples(#"{asset="\#(member)", metric="release/stock/ボルト-M8"}"#).map(\.value.number)
    }

    @Test("a hub takes from each member's broker what that member signed under its own consents, no more")
    func severalBrokers() async throws {
        let members = try Self.members.map { try Member($0) }
        for (name, member) in zip(Self.members, members) {
            #expect(try await eventually(within: 10) { member.broker.accepts })
            try await member.daemon.start()
            try await member.stock(name, name == "ota" ? 1480 : 1370)
        }
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { for broker in members.map(\.broker) + [broker] { broker.stop() } }
        #expect(try await eventually(within: 10) { broker.accepts })
        var list = ""
        for (name, member) in zip(Self.members, members) {
            let keys = try Executable.run(["keys", "show", "--json", "--config", member.daemon.config])
            try workshop.write(keys.output, to: "\(name).json")
            try workshop.write(Self.consent(name), to: "consents/\(name).yaml")
            let url = "mqtt://127.0.0.1:\(member.broker.port)"
            list += "\n  - {id: \(name), broker: \"\(url)\", keys_file: \(name).json}"
        }
        let hub = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                consents: consents/
                rules: [{preset: tsunagi-release, base: tsunagi/v1/p/chamber}]
                members:\(list)
                """
        )
        try await hub.start()

        // Unsigned; signed by somebody else; and one member's broker that speaks for another.
        let stranger = SigningKey.make(id: "k-1")
        let forged = Self.release("suwa", 9, under: "con-suwa")
        let jws = DetachedJWS.sign(Array(forged.utf8), with: stranger)
        try await members[1].publish(forged, to: "tsunagi/v1/p/chamber/con-suwa/bolts")
        try await members[1].publish(forged, to: "tsunagi/v1/p/chamber/con-suwa/bolts", jws: jws)
        try await members[1].publish(
            Self.release("ota", 9, under: "con-ota"),
            to: "tsunagi/v1/p/chamber/con-ota/bolts"
        )
        // Signed by the member itself, for somebody else.
        let keyFolder = KeyFolder("\(members[1].workshop.path)/data/keys")
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let key = try keyFolder.open(gateway: "test", now: now)
        let other = Self.release("suwa", 9, under: "suwa-to-ota")
        try await members[1].publish(
            other,
            to: "tsunagi/v1/p/chamber/con-suwa/bolts",
            jws: DetachedJWS.sign(Array(other.utf8), with: key)
        )
        let own = broker.publisher(queueLimit: 10)
        own.start()
        let message = BusMessage(topic: "tsunagi/v1/p/chamber/con-suwa/bolts", payload: Array(forged.utf8))
        own.publish(message) { _ in }
        let isRefused = try await eventually(within: 10) {
            try await hub.status().findings.contains {
                $0.contains("member suwa: 4 releases were not let in")
            }
        }
        var findings = try await hub.status().findings
        #expect(isRefused, "\(findings)")
        own.stop()

        let isIn = try await eventually(within: 90, every: .seconds(1)) {
            let (ota, suwa) = (try await Self.values(hub, "ota"), try await Self.values(hub, "suwa"))
            return ota.last == 1480 && suwa.last == 1370
        }
        findings = try await hub.status().findings
        #expect(isIn, "\(hub.said.suffix(2000)) \(findings)")
        for name in Self.members {
            let values = try await Self.values(hub, name)
            #expect(values.allSatisfy { $0 != 9 })
        }

        // A member that is away is told of, and holds nobody up.
        members[0].broker.end(SIGKILL)
        let isTold = try await eventually(within: 20) {
            try await hub.status().findings.contains { $0.hasPrefix("member ota: ") }
        }
        findings = try await hub.status().findings
        #expect(isTold, "\(findings)")
        for daemon in members.map(\.daemon) + [hub] { #expect(daemon.kill(SIGTERM) == 0) }
    }
}
