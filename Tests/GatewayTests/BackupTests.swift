import Bus
import Desk
import Foundation
import Testing

/// A backup of a daemon that works, and what comes back of it.
@Suite struct BackupTests {
    /// Beside each number so much that nobody can pack it well: heads are sealed and merged, and segments taken, all the
    /// time.
    private static let noise = (0..<8).map { "      - {metric: noise-\($0), value: $.v\($0), time: $.t}" }
    private static let settings = """
        agreements: agreements/
        \(KillTests.rules)
        \(noise.joined(separator: "\n"))
        """

    @Test("taken under load, it holds every number that was stored before it began, and all of it is whole")
    func underLoad() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.settings)",
            data: "budget: 16 MiB"
        )
        try await daemon.start()
        let load = Load(broker, count: 60_000) {
            (0..<8).map { ",\"v\($0)\":\(Double.random(in: 0...1))" }.joined()
        }
        load.start(perSecond: 8000)
        #expect(try await eventually(within: 20) { try await daemon.stock("piece") ?? 0 > 5000 })
        var backups: [(file: String, before: Int)] = []
        for round in 1...3 {
            let before = Int(try await daemon.stock("piece") ?? 0)
            let file = "\(workshop.path)/\(round).tsunagi"
            let taken = try Executable.run(["backup", file, "--config", daemon.config])
            #expect(taken.status == 0, "\(taken.errors)")
            backups.append((file, before))
        }
        try await load.finish()
        #expect(try await eventually(within: 60) { try await daemon.stock("piece") == 60_000 })
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
        for backup in backups { try await expectWhole(backup.file, since: backup.before) }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func expectWhole(_ file: String, since before: Int) async throws {
        #expect(try mode(file) == 0o600, "it holds secrets")
        let workshop = try Workshop()
        let restored = try Executable.run(["restore", file, "\(workshop.path)/data"])
        #expect(restored.status == 0 && restored.output.contains("whole"), "\(restored.errors)")
        // What it was put together from is what any tar takes it for.
        let other = "\(workshop.path)/tar"
        let unpacked = try Executable.run(
            [
                "-c",
                "mkdir \(other) && tar -C \(other) -xf \(file) && diff -r \(other) \(workshop.path)/data",
            ],
            program: "/bin/sh"
        )
        #expect(unpacked.errors.isEmpty, "\(unpacked.errors)")
        #expect(
            unpacked.output.split(separator: "\n").allSatisfy { $0.hasPrefix("Only in \(other): ") },
            "\(unpacked.output.prefix(2000))"
        )
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        // A broker that is not there: all that this daemon knows it knows from the backup.
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(try Workshop.freePort())\n\(Self.settings)",
            data: "budget: 16 MiB"
        )
        #expect(try Executable.run(["audit", "verify", "--config", daemon.config]).status == 0)
        try daemon.launch()
        #expect(try await eventually(within: 20) { (try? await daemon.status()) != nil }, "\(daemon.said)")
        let stock = Int(try await daemon.stock("piece") ?? 0)
        #expect(stock >= before)
        let numbers = try await daemon.samples("ota/press/number").compactMap {
            $0.value.number.map { Int($0) }
        }
        #expect(numbers.count == stock, "as many numbers as movements: it is one moment")
        #expect(Set(1...before).isSubset(of: numbers))
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }

    @Test(
        "with releases, keys and passwords; damaged, or onto something, it is refused before a byte is written"
    )
    func everything() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let clock = try ShiftedClock(in: workshop, seconds: 0)
        let daemon = try Daemon(in: workshop, settings: FirstLightTests.settings(port: port), clock: clock)
        try await daemon.start()
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        let text = "{\"item\":\"ボルト-M8\",\"qty\":50,\"id\":\"m1\"}"
        sensor.publish(BusMessage(topic: "shelf/棚A", payload: Array(text.utf8))) { _ in }
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト-M8") == 50 })
        try clock.set(seconds: 125)
        let isOut = try await eventually(within: 20) {
            try await daemon.status().feeds.contains { $0.grant == "stock" && $0.released >= 1 }
        }
        #expect(isOut)
        let running = "\(workshop.path)/running.tsunagi"
        #expect(try Executable.run(["backup", running, "--config", daemon.config]).status == 0)
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)

        let data = "\(workshop.path)/data"
        let file = "\(workshop.path)/closed.tsunagi"
        let piped = try Executable.run(
            ["-c", "'\(Executable.path)' backup - --data \(data) >\(file)"],
            program: "/bin/sh"
        )
        #expect(piped.status == 0, "\(piped.errors)")
        #expect(try Executable.run(["restore", file, "\(workshop.path)/again"]).status == 0)
        // All of a closed store's journal is in its rings, and need not come along.
        let compared = try Executable.run(
            ["-r", "-x", "run", "-x", "journal", data, "\(workshop.path)/again"],
            program: "/usr/bin/diff"
        )
        #expect(compared.status == 0, "\(compared.output.prefix(2000)) \(compared.errors)")
        for name in ["broker/secrets/buyer-1", "keys", "sharing/audit.log"] {
            #expect(try mode("\(data)/\(name)") == mode("\(workshop.path)/again/\(name)"), "\(name)")
        }
        let log = try String(contentsOfFile: "\(workshop.path)/again/sharing/audit.log", encoding: .utf8)
        #expect(log.contains("supply-1/stock"))
        try refused(running, in: workshop)
    }

    private func refused(_ file: String, in workshop: Workshop) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        let target = "\(workshop.path)/target"
        for damage in ["a byte", "the end", "another file"] {
            var bytes = whole
            switch damage {
            case "a byte": bytes[whole.count / 2] ^= 1
            case "the end": bytes.removeLast(whole.count / 3)
            default: bytes = Data("これは何でもない".utf8) + Data(count: 2048)
            }
            let spoiled = "\(workshop.path)/spoiled"
            try bytes.write(to: URL(fileURLWithPath: spoiled))
            let outcome = try Executable.run(["restore", spoiled, target])
            #expect(
                outcome.status == 1 && outcome.errors.contains("nothing was written"),
                "\(damage): \(outcome.errors)"
            )
            #expect(!FileManager.default.fileExists(atPath: target), "\(damage)")
        }
        try workshop.write("mine", to: "target/here")
        let full = try Executable.run(["restore", file, target])
        #expect(full.status == 1 && full.errors.contains("is not empty"), "\(full.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: target) == ["here"])
        let within = try Executable.run([
            "backup", "\(workshop.path)/data/x", "--data", "\(workshop.path)/data",
        ])
        #expect(within.status == 1 && within.errors.contains("lies within"), "\(within.errors)")
        let none = try Executable.run(["backup", "\(workshop.path)/x", "--data", "\(workshop.path)/nowhere"])
        #expect(none.status == 1 && none.errors.contains("nowhere"), "\(none.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(workshop.path)/x.part"))
    }
}
