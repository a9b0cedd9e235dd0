import Bus
import Desk
import Foundation
import Testing

/// What a partner can prove, and what an operator can show, of what left a running gateway.
@Suite struct AuditGatewayTests {
    @Test(
        "a release's signature and its place in the log hold for the partner; a changed byte of either is told"
    )
    func signedAndLogged() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(in: workshop, settings: FirstLightTests.settings(port: port))
        try await daemon.start()
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        sensor.publish(
            BusMessage(
                topic: "shelf/棚A",
                payload: Array("{\"item\":\"ボルト-M8\",\"qty\":50,\"id\":\"m1\"}".utf8)
            )
        ) { _ in }
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト-M8") == 50 })
        let feed = "supply-1/stock"
        let isOut = try await eventually(within: 140) {
            try await daemon.status().feeds.contains {
                $0.grant == "stock" && $0.released >= 1 && $0.pending == 0
            }
                && FileManager.default.fileExists(atPath: "\(workshop.path)/data/sharing/audit.heads")
        }
        #expect(isOut)

        // As the partner: payload and signature from the broker, keys by another way.
        let (payload, jws) = try received(workshop, port, "tsunagi/v1/p/buyer-1/supply-1/stock")
        let file = try workshop.write(payload, to: "release.json")
        let keys = try Executable.run(["keys", "show", "--json", "--config", daemon.config])
        #expect(keys.status == 0, "\(keys.errors)")
        let keyFile = try workshop.write(keys.output, to: "keys.json")
        let jwsFile = try workshop.write(jws + "\n", to: "release.jws")
        let good = try Executable.run(["verify", "--keys", keyFile, "--jws", "@\(jwsFile)", file])
        #expect(good.status == 0, "\(good.errors)")
        let forged = try workshop.write(
            payload.replacingOccurrences(of: ":50,", with: ":90,"),
            to: "forged.json"
        )
        #expect(payload.contains(":50,"))
        let bad = try Executable.run(["verify", "--keys", keyFile, "--jws", jws, forged])
        #expect(bad.status == 1)
        #expect(bad.errors.contains("did not sign these bytes"), "\(bad.errors)")

        // As the operator: what will buyer-1 see, and how far is it from the truth?
        let told = try Executable.run([
            "share", "explain", "supply-1", "--lang", "ja", "--config", daemon.config,
        ])
        #expect(told.status == 0, "\(told.errors)")
        #expect(told.output.contains("otaのボルト-M8の在庫数。1分ごとの終わりの値、10単位に丸めた値。"), "\(told.output)")
        let english = try Executable.run([
            "share", "explain", "supply-1", "--lang", "en", "--config", daemon.config,
        ])
        #expect(
            english.output.contains(
                "the stock of ボルト-M8 at ota; as it is at the end of each minute, to the nearest 10"
            )
        )
        #expect(english.output.contains("50.0\t50.0"), "\(english.output)")
        #expect(try Executable.run(["share", "explain", "none", "--config", daemon.config]).status == 1)

        // What did it see?
        let shown = try Executable.run(
            ["audit", "show", "--partner", "buyer-1", "--since", "1h", "--json", "--config", daemon.config]
        )
        #expect(shown.status == 0, "\(shown.errors)")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [[String: Any]]
        )
        let row = try #require(
            rows.last { $0["feed"] as? String == feed && $0["decision"] as? String == "released" }
        )
        let nobody = try Executable.run([
            "audit", "show", "--partner", "buyer-2", "--json", "--config", daemon.config,
        ])
        #expect(nobody.output.filter { !$0.isWhitespace } == "[]")
        // Each bucket of each feed once.
        let buckets = rows.map { "\($0["feed"] ?? "") \($0["bucket"] ?? "")" }
        #expect(Set(buckets).count == buckets.count)
        #expect(try Executable.run(["audit", "verify", "--config", daemon.config]).status == 0)

        // A proof, as far as the signed head reaches.
        let first = try #require(rows.first { $0["decision"] as? String == "released" })
        let number = try #require((first["seq"] as? NSNumber)?.intValue)
        let proof = try Executable.run(["audit", "prove", "\(number)", "--config", daemon.config])
        if proof.status == 0 {
            let proofFile = try workshop.write(proof.output, to: "proof.json")
            let other = try Executable.run(["verify", "--keys", keyFile, "--proof", proofFile, forged])
            #expect(other.status == 1)
            #expect(other.errors.contains("another payload"), "\(other.errors)")
        } else {
            #expect(proof.errors.contains("no signed head covers record"), "\(proof.errors)")
        }
        #expect(row["payloadSha256"] as? String != nil)
        sensor.stop()
        #expect(daemon.kill(SIGKILL) != 0)

        // Somebody adds one character to the log.
        let log = "\(workshop.path)/data/sharing/audit.log"
        var lines = try String(contentsOfFile: log, encoding: .utf8).components(separatedBy: "\n")
        // One that another follows: of the last line only a signed head can tell.
        #expect(lines.count > 2)
        lines[0] = lines[0].replacingOccurrences(of: "\"grant\":\"", with: "\"grant\":\"x")
        try lines.joined(separator: "\n").write(toFile: log, atomically: false, encoding: .utf8)
        let changed = try Executable.run(["audit", "verify", "--config", daemon.config])
        #expect(changed.status == 1)
        #expect(
            changed.output.contains("does not follow") || changed.output.contains("differs"),
            "\(changed.output)"
        )
        // The gateway starts and takes readings; nothing leaves. What it had read before is in the mark, which may be deleted.
        try? FileManager.default.removeItem(atPath: "\(workshop.path)/data/sharing/audit.mark")
        try await daemon.start()
        #expect(
            try await eventually(within: 10) {
                daemon.said.contains("nothing is published until that is mended")
            }
        )
        #expect(daemon.kill(SIGTERM) == 0)
    }

    /// The retained message of a topic and its user property `jws`, as mosquitto's own client sees them.
    private func received(_ workshop: Workshop, _ port: Int, _ topic: String) throws -> (
        payload: String, jws: String
    ) {
        let login = try workshop.login(port: port, user: "buyer-1").identity
        let outcome = try Executable.run(
            [
                "-V", "5", "-h", "127.0.0.1", "-p", "\(port)", "-u", login.user ?? "", "-P",
                login.password ?? "",
                "-t", topic, "-C", "1", "-W", "10", "-F", "%P\n%p",
            ],
            program: "/usr/bin/mosquitto_sub"
        )
        let parts = outcome.output.split(separator: "\n", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].hasPrefix("jws:") else {
            throw Failure("no signed message: \(outcome.output) \(outcome.errors)")
        }
        let payload = parts[1].hasSuffix("\n") ? String(parts[1].dropLast()) : parts[1]
        return (payload, String(parts[0].dropFirst(4)))
    }
}
