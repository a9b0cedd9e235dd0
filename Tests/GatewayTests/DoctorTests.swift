import Bus
import Foundation
import Testing

/// What the doctor finds, with a broker that is Debian's own.
@Suite struct DoctorTests {
    private struct Found: Decodable {
        let check: String
        let verdict: String
        let says: String
        let advice: String?
    }

    private func ask(_ daemon: Daemon, _ more: [String] = []) throws -> (status: Int32, found: [Found]) {
        let outcome = try Executable.run(["doctor", "--config", daemon.config, "--json"] + more)
        let found = try JSONDecoder().decode([Found].self, from: Data(outcome.output.utf8))
        return (outcome.status, found)
    }

    private func plant(_ workshop: Workshop, _ port: Int) throws -> Daemon {
        try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(port)\n\(DutyTests.rule("stock/#"))"
        )
    }

    @Test(
        "a broker that keeps little for a client that is away is found out, and one that keeps enough is not blamed",
        arguments: [1000, 100_000]
    )
    func queue(max: Int) async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop, queueMax: max)
        defer { broker.stop() }
        #expect(try await eventually(within: 10) { broker.accepts })
        let (status, found) = try ask(try plant(workshop, broker.port))
        let said = try #require(found.first { $0.check == "broker" }, "\(found)")
        if max == 1000 {
            #expect(said.verdict == "warn", "\(said)")
            #expect(said.advice?.contains("max_queued_messages") == true, "\(said)")
            // What it lets be under way comes on top of its queue.
            let kept = try #require(try #/keeps (1,0\d\d) messages/#.firstMatch(in: said.says), "\(said)")
            #expect((1000...1100).contains(Int(kept.1.filter { $0 != "," }) ?? 0))
            #expect(status == 1)
        } else {
            #expect(said.verdict == "ok", "\(said)")
        }
        // Nobody runs, and that is said too.
        #expect(found.contains { $0.check == "daemon" && $0.verdict == "warn" })
    }

    @Test(
        "a broker that is not there, a folder that others may enter: each is named, in the reader's language"
    )
    func trouble() async throws {
        let workshop = try Workshop()
        let daemon = try plant(workshop, try Workshop.freePort())
        try FileManager.default.createDirectory(
            atPath: "\(workshop.path)/data/keys",
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
        let (status, found) = try ask(daemon, ["--lang", "ja"])
        #expect(status == 1)
        let broker = try #require(found.first { $0.check == "broker" })
        #expect(broker.verdict == "fail" && broker.says.contains("refused"), "\(broker)")
        let rights = try #require(found.first { $0.check == "permissions" })
        #expect(rights.verdict == "fail" && rights.says.contains("他のユーザー"), "\(rights)")
        #expect(rights.advice?.contains("data/keys") == true, "\(rights)")
    }

    @Test("beside a daemon that runs on a managed broker nothing but the machine's own clock may be blamed")
    func healthy() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: {url: managed, listen: \"127.0.0.1:\(port)\"}\n\(DutyTests.rule("stock/#"))"
        )
        try await daemon.start()
        let (_, found) = try ask(daemon)
        // Of the machine that the tests run on nothing is known.
        let own = found.filter { !["clock", "disk", "descriptors"].contains($0.check) }
        #expect(own.allSatisfy { $0.verdict == "ok" }, "\(own)")
        #expect(Set(own.map(\.check)) == ["configuration", "versions", "permissions", "broker", "daemon"])
    }
}
