import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// Partners come and go at a running gateway with a broker of its own, as an operator has them.
@Suite struct OnboardingTests {
    private static let second = """
        id: supply-2
        version: 1
        status: active
        provider: {id: maker-1}
        recipient: {id: buyer-1, name: 買い手, relationship: customer}
        purpose: supply-assurance
        \(Agreements.validity)
        grants:
          - {id: state, measure: status, products: [press-2], sites: [ota], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: exact}, cadence: clock}
        """

    private struct Plant {
        let workshop: Workshop
        let port: Int
        let partnerPort: Int
        let daemon: Daemon

        init() throws {
            workshop = try Workshop()
            port = try Workshop.freePort()
            partnerPort = try Workshop.freePort()
            try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
            try workshop.write(OnboardingTests.second, to: "agreements/second.yaml")
            let listen = "listen: \"127.0.0.1:\(port)\", partner_listen: \"127.0.0.1:\(partnerPort)\""
            daemon = try Daemon(
                in: workshop,
                settings: FirstLightTests.settings(port: port).replacingOccurrences(
                    of: "listen: \"127.0.0.1:\(port)\"",
                    with: listen + ", partner_host: localhost"
                )
            )
        }

        func run(_ words: String...) throws -> Outcome {
            try Executable.run(words + ["--config", daemon.config])
        }

        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(workshop.path)/data/\(name)", encoding: .utf8)
        }

        func exists(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: "\(workshop.path)/data/\(name)")
        }

        func mode(_ name: String) -> Int {
            let facts = try? FileManager.default.attributesOfItem(atPath: "\(workshop.path)/data/\(name)")
            return facts?[.posixPermissions] as? Int ?? 0
        }

        /// With the certificate in a partner's folder, or a copy of it.
        func certificate(_ folder: String) -> BusOptions {
            let files = TLSOptions(
                caFile: "\(folder)/ca.pem",
                certificateFile: "\(folder)/certificate.pem",
                keyFile: "\(folder)/certificate.key"
            )
            return BusOptions(
                address: .tls(host: "localhost", port: partnerPort, files),
                identity: BusIdentity(clientID: "any")
            )
        }

        func publish(_ text: String, to topic: String, retain: Bool = false) async throws {
            let publisher = try workshop.publisher(port: port, user: "gateway")
            let isTaken = Atomic(false)
            publisher.start()
            publisher.publish(BusMessage(topic: topic, payload: Array(text.utf8), retain: retain)) { _ in
                isTaken.store(true, ordering: .releasing)
            }
            #expect(try await eventually(within: 10) { isTaken.load(ordering: .acquiring) })
            publisher.stop()
        }
    }

    /// Whoever subscribes, and what was delivered, in order.
    private final class Reader: Sendable {
        private let link: BusLink
        private let box: Box

        final class Box: Sendable {
            let texts = Mutex<[String]>([])
        }

        /// - Parameter all: what the gateway itself releases, too.
        init(
            _ options: BusOptions,
            client: String? = nil,
            filters: [String] = ["tsunagi/v1/p/buyer-1/#"],
            all: Bool = false
        ) {
            var options = options
            options.filters = filters
            if let client { options.identity.clientID = client }
            let box = Box()
            self.box = box
            link = BusLink(
                options,
                sink: BusSink(
                    take: { _, payload, _ in
                        let text = String(decoding: (0..<payload.count).map { payload[$0] }, as: UTF8.self)
                        // What the gateway itself releases meanwhile is none of the test's.
                        if all || !text.hasPrefix("{") { box.texts.withLock { $0.append(text) } }
                    },
                    settle: {}
                )
            )
            link.start()
        }

        var texts: [String] { box.texts.withLock { $0 } }
        var error: String? { link.status.lastError }
        var isIn: Bool { link.status.state == .online }
        func stop() { link.stop() }
    }

    @Test("a partner is prepared, shown and rotated: its secret is in a file of its own and nowhere else")
    func password() async throws {
        let plant = try Plant()
        try await plant.daemon.start()
        let added = try plant.run("partner", "add", "seller-9")
        #expect(added.status == 0, "\(added.errors)")
        let secret = try plant.text("broker/secrets/seller-9").trimmingCharacters(in: .newlines)
        #expect(plant.mode("broker/secrets/seller-9") == 0o600)
        #expect(plant.mode("partners/seller-9/card.txt") == 0o600)
        #expect(plant.mode("partners/seller-9") == 0o700)
        let card = try plant.text("partners/seller-9/card.txt")
        for word in [
            "mqtt://localhost:\(plant.port)", "User         ユーザー   seller-9", "まだありません",
            "tsunagi/v1/p/seller-9/#", "tsunagi verify --keys test.json",
        ] {
            #expect(card.contains(word), "\(word) in \(card)")
        }
        // In nobody's way, before an agreement names it: it may log in, and is delivered nothing.
        let reader = Reader(try plant.workshop.login(port: plant.port, user: "seller-9"), filters: ["#"])
        #expect(try await eventually(within: 10) { reader.isIn }, "\(reader.error ?? "")")
        try await plant.publish("secret", to: "tsunagi/v1/p/buyer-1/supply-1/stock")
        let again = try plant.run("partner", "add", "seller-9")
        #expect(again.status == 1)
        #expect(again.errors.contains("is prepared already"), "\(again.errors)")
        let rotated = try plant.run("partner", "rotate", "seller-9")
        #expect(rotated.status == 0, "\(rotated.errors)")
        #expect(try await eventually(within: 10) { reader.error != nil }, "the old password's session is cut")
        #expect(try plant.text("broker/secrets/seller-9") != secret + "\n")
        #expect(reader.texts.isEmpty)
        reader.stop()
        let shown = try plant.run("partner", "show", "buyer-1", "--qr")
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("tsunagi/v1/p/buyer-1/supply-1/stock"), "\(shown.output)")
        #expect(shown.output.contains("▄"), "a QR code")
        let list = try plant.run("partner", "list")
        #expect(list.output.contains("buyer-1\tpassword\tactive\tsupply-1 supply-2"), "\(list.output)")
        #expect(list.output.contains("seller-9\tpassword\tprepared\t-"), "\(list.output)")
        for said in [added.output, added.errors, rotated.output, shown.output, plant.daemon.said, card] {
            #expect(!said.contains(secret))
        }
        #expect(try plant.run("partner", "add", "Seller").status == 1)
        #expect(try plant.run("partner", "add", "sensors").status == 1)
        #expect(plant.daemon.kill(SIGTERM) == 0)
    }

    @Test("a partner with a certificate: a key of its own, no password; an old certificate ends at once")
    func certificate() async throws {
        let plant = try Plant()
        try await plant.daemon.start()
        let added = try plant.run("partner", "add", "buyer-1", "--certificate", "--days", "20")
        #expect(added.status == 0, "\(added.errors)")
        for name in [
            "partners/buyer-1/certificate.key", "partners/buyer-1/certificate.pem", "ca/ca.key",
            "ca/broker.key",
        ] {
            #expect(plant.mode(name) == 0o600, "\(name)")
        }
        #expect(!plant.exists("broker/secrets/buyer-1"))
        let folder = "\(plant.workshop.path)/data/partners/buyer-1"
        let reader = Reader(plant.certificate(folder))
        #expect(try await eventually(within: 10) { reader.isIn }, "\(reader.error ?? "")")
        try await plant.publish("first", to: "tsunagi/v1/p/buyer-1/supply-1/stock")
        #expect(try await eventually(within: 10) { reader.texts == ["first"] })
        // It ends within thirty days: that is told.
        let list = try plant.run("partner", "list")
        #expect(list.status == 1)
        #expect(list.errors.contains("buyer-1: certificate ends within 30 days"), "\(list.errors)")
        let copy = "\(plant.workshop.path)/old"
        try FileManager.default.copyItem(atPath: folder, toPath: copy)
        reader.stop()
        let old = Reader(plant.certificate(copy))
        #expect(try await eventually(within: 10) { old.isIn })
        #expect(try plant.run("partner", "rotate", "buyer-1").status == 0)
        #expect(try await eventually(within: 10) { old.error != nil }, "the old certificate's session is cut")
        try await plant.publish("second", to: "tsunagi/v1/p/buyer-1/supply-1/stock")
        let new = Reader(plant.certificate(folder))
        #expect(try await eventually(within: 10) { new.isIn }, "\(new.error ?? "")")
        try await plant.publish("third", to: "tsunagi/v1/p/buyer-1/supply-1/stock")
        #expect(try await eventually(within: 10) { new.texts.contains("third") })
        #expect(!old.isIn && old.texts.isEmpty, "\(old.texts)")
        for link in [old, new] { link.stop() }
        #expect(try plant.run("partner", "list").status == 0)
        // Gone for good, with both agreements.
        let one = try plant.run("revoke", "supply-1", "--yes")
        #expect(one.status == 0, "\(one)")
        let two = try plant.run("revoke", "supply-2", "--yes")
        #expect(two.status == 0, "\(two)")
        #expect(two.output.contains("ok    sessions cut: taken over"), "\(two.output)")
        #expect(!plant.exists("partners/buyer-1"))
        #expect(plant.daemon.kill(SIGTERM) == 0)
    }

    @Test("a revoked agreement delivers nothing: live, queued, retained; another of the same partner goes on")
    func revoked() async throws {
        let plant = try Plant()
        // What stays has no releases of its own in the test's way.
        let (gone, stays) = ("tsunagi/v1/p/buyer-1/supply-1/stock", "tsunagi/v1/p/buyer-1/supply-2/mark")
        try await plant.daemon.start()
        let login = try plant.workshop.login(port: plant.port, user: "buyer-1")
        let (live, sleeper) = (Reader(login, client: "live"), Reader(login, client: "asleep"))
        #expect(try await eventually(within: 10) { live.isIn && sleeper.isIn })
        for topic in [gone, stays] { try await plant.publish("kept", to: topic, retain: true) }
        #expect(try await eventually(within: 10) { live.texts.count == 2 && sleeper.texts.count == 2 })
        sleeper.stop()
        for topic in [gone, stays] { try await plant.publish("queued \(topic)", to: topic) }

        let outcome = try plant.run("revoke", "supply-1", "--yes")
        #expect(outcome.status == 0, "\(outcome)")
        let steps = outcome.output.split(separator: "\n")
        #expect(steps.count == 6 && steps.allSatisfy { $0.hasPrefix("ok  ") }, "\(outcome.output)")
        for topic in [gone, stays] { try await plant.publish("after \(topic)", to: topic) }
        #expect(try await eventually(within: 10) { live.texts.contains("after \(stays)") }, "\(live.texts)")
        #expect(!live.texts.contains("after \(gone)"))
        let back = Reader(login, client: "asleep")
        let late = Reader(login, client: "late")
        #expect(try await eventually(within: 10) { back.texts.contains("after \(stays)") }, "\(back.texts)")
        #expect(try await eventually(within: 10) { late.texts == ["kept"] }, "\(late.texts)")
        #expect(!back.texts.contains { $0.hasSuffix(gone) }, "\(back.texts)")
        for reader in [live, back, late] { reader.stop() }

        // Over a restart, and whatever its file says; which check tells.
        #expect(plant.daemon.kill(SIGTERM) == 0)
        try await plant.daemon.start()
        let feeds = try await plant.daemon.status().feeds.map(\.agreement)
        #expect(Set(feeds) == ["supply-2"])
        let check = try Executable.run(["check", plant.daemon.config])
        #expect(check.status == 0)
        #expect(check.errors.contains("supply-1 says active, but it was revoked on"), "\(check.errors)")
        let audit = try plant.run("audit", "show", "--agreement", "supply-1")
        #expect(audit.output.contains("\tcleared\trevoked\t"), "\(audit.output)")
        #expect(try plant.run("audit", "verify").status == 0)

        // The last one: the user goes with it.
        let last = try plant.run("revoke", "supply-2", "--yes")
        #expect(last.status == 0, "\(last)")
        let nobody = Reader(login)
        #expect(try await eventually(within: 10) { nobody.error != nil })
        #expect(!nobody.isIn)
        nobody.stop()
        #expect(!plant.exists("broker/secrets/buyer-1"))
        #expect(try plant.run("partner", "list").output.contains("buyer-1\t-\trevoked"))
        #expect(try plant.run("revoke", "none", "--yes").errors.contains("there are: supply-1, supply-2"))
        #expect(plant.daemon.kill(SIGTERM) == 0)
        #expect(try plant.run("revoke", "supply-1", "--yes").status == 3, "no daemon answers")
    }

    @Test("where notice was promised the partner is told, check tells, and all ends when it is over")
    func notice() async throws {
        let plant = try Plant()
        let notice = "revocation: {noticeSeconds: 4}"
        let text = FirstLightTests.agreement.replacing("grants:", with: "\(notice)\ngrants:")
        try plant.workshop.write(text, to: "agreements/supply.yaml")
        try await plant.daemon.start()
        let login = try plant.workshop.login(port: plant.port, user: "buyer-1")
        let live = Reader(login, client: "live", all: true)
        #expect(try await eventually(within: 10) { live.isIn })
        let given = try plant.run("revoke", "supply-1", "--yes")
        #expect(given.status == 0 && given.output.hasPrefix("ok    notice given: it ends on "), "\(given)")
        #expect(
            try await eventually(within: 10) { live.texts.contains { $0.contains("tsunagi.notice/1") } },
            "\(live.texts)"
        )
        let hasEnded = try await eventually(within: 60) {
            try await Set(plant.daemon.status().feeds.map(\.agreement)) == ["supply-2"]
                && (try plant.text("sharing/revocations/supply-1.json")).contains("proof")
        }
        #expect(hasEnded, "\(plant.daemon.said.suffix(2000))")
        let late = Reader(login, client: "late", all: true)
        #expect(try await eventually(within: 10) { late.isIn })
        try await plant.publish("mark", to: "tsunagi/v1/p/buyer-1/supply-2/mark")
        #expect(try await eventually(within: 10) { late.texts.contains("mark") })
        #expect(!late.texts.contains { $0.contains("tsunagi.notice/1") }, "\(late.texts)")
        for reader in [live, late] { reader.stop() }
        #expect(plant.daemon.kill(SIGTERM) == 0)
        // Until a notice is over the agreement stands.
        let record = try plant.text("sharing/revocations/supply-1.json")
        let pending = record.replacing(/"ends":"[^"]*"/, with: "\"ends\":\"2099-01-01T00:00:00.000Z\"")
        try plant.workshop.write(pending, to: "data/sharing/revocations/supply-1.json")
        let check = try Executable.run(["check", plant.daemon.config])
        #expect(
            check.errors.contains(
                "notice of the end of agreement supply-1 was given; it ends on 2099-01-01T00:00:00.000Z"
            ),
            "\(check.errors)"
        )
    }

    @Test("for a broker of somebody else's the rights are printed, and what is not ours to do is told")
    func outside() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                agreements: agreements/
                \(DutyTests.rule("stock/#"))
                """
        )
        let acl = try Executable.run(["partner", "rights", "--config", daemon.config])
        #expect(
            acl.output.hasSuffix(
                "\n\nuser buyer-1\ntopic read tsunagi/v1/p/buyer-1/supply-1/#\ntopic read tsunagi/v1/p/buyer-1/head\n"
            ),
            "\(acl)"
        )
        let script = try Executable.run([
            "partner", "rights", "--format", "dynsec", "--config", daemon.config,
        ])
        #expect(
            script.output.contains(
                "addRoleACL tsunagi-p-buyer-1 publishClientReceive 'tsunagi/v1/p/buyer-1/supply-1/#' allow 10\n"
            ),
            "\(script.output)"
        )
        try await daemon.start()
        let outcome = try Executable.run(["revoke", "supply-1", "--yes", "--config", daemon.config])
        #expect(outcome.status == 1, "half of it is not ours: \(outcome)")
        #expect(
            outcome.output.split(separator: "\n").count { $0.hasPrefix("ok  ") } == 3,
            "\(outcome.output)"
        )
        #expect(outcome.output.contains("you   rights withdrawn: "), "\(outcome.output)")
        let leaving = try Executable.run([
            "partner", "rights", "--format", "dynsec", "--config", daemon.config,
        ])
        #expect(leaving.output.contains("ctl deleteClient buyer-1\n"), "\(leaving.output)")
        #expect(daemon.kill(SIGTERM) == 0)
    }
}
