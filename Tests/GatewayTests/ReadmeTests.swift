import Foundation
import Testing

/// What the README says, tried.
@Suite struct ReadmeTests {
    static let root = #filePath.components(separatedBy: "/Tests/GatewayTests/")[0]

    static func text() throws -> String {
        try String(contentsOfFile: "\(root)/README.md", encoding: .utf8)
    }

    /// The example's agreement, from today on.
    private static func agreement() throws -> String {
        try String(contentsOfFile: "\(root)/config/agreements/buyer-1.yaml", encoding: .utf8)
            .replacing(/validity: {.*}/, with: Agreements.validity)
    }

    @Test("it begins with the two commands, and both are there and can be run")
    func twoCommands() throws {
        let blocks = try Self.text().components(separatedBy: "```sh\n").dropFirst().map {
            $0.components(separatedBy: "\n```")[0]
        }
        #expect(Array(blocks.prefix(2)) == ["./deploy/quickstart", "./Tests/run"])
        for command in blocks.prefix(2) {
            #expect(FileManager.default.isExecutableFile(atPath: "\(Self.root)/\(command)"))
        }
    }

    @Test("the quickstart shows live values and a release, and ends by itself")
    func quickstart() throws {
        let workshop = try Workshop()
        // The same files on a port of this test's own.
        try FileManager.default.copyItem(atPath: "\(Self.root)/config", toPath: "\(workshop.path)/config")
        let file = "\(workshop.path)/config/quickstart.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let port = try Workshop.freePort()
        try workshop.write(
            text.replacingOccurrences(of: "127.0.0.1:18883", with: "127.0.0.1:\(port)")
                .replacingOccurrences(of: "127.0.0.1:18088", with: "127.0.0.1:\(try Workshop.freePort())")
                .replacingOccurrences(of: "../.build/quickstart/data", with: "../data")
                // Where the script puts what holds from today on.
                .replacingOccurrences(of: "../.build", with: "\(Self.root)/.build"),
            to: "config/quickstart.yaml"
        )
        let outcome = try Executable.run(
            [
                "\(Self.root)/deploy/quickstart", "--seconds", "75", "--config", file, "--tsunagi",
                Executable.path,
            ],
            program: "/bin/bash"
        )
        #expect(outcome.status == 0, "\(outcome.output.suffix(3000))\n\(outcome.errors)")
        for word in [
            "mazak-01", "ボルト-M8", "running", "\"type\":\"tsunagi.release/1\"", "readings are stored.",
        ] {
            #expect(outcome.output.contains(word), "\(word) in \(outcome.output.suffix(3000))")
        }
    }

    @Test("its configuration is one that the daemon takes")
    func configuration() throws {
        let yaml = try #require(try Self.text().components(separatedBy: "```yaml\n").dropFirst().first)
            .components(separatedBy: "```")[0]
        let workshop = try Workshop()
        try workshop.write(try Self.agreement(), to: "agreements/buyer-1.yaml")
        let file = try workshop.write(yaml, to: "tsunagi.yaml")
        let outcome = try Executable.run(["check", file])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(yaml.split(separator: "\n").count <= 20)
    }

    @Test("its hub is one that the daemon takes, its consents fit, and every member it names gives one")
    func hub() throws {
        #expect(try Self.text().contains("(config/hub/tsunagi.yaml)"))
        let workshop = try Workshop()
        try FileManager.default.copyItem(atPath: "\(Self.root)/config/hub", toPath: "\(workshop.path)/hub")
        let folders = ["agreements", "consents"]
        for folder in folders {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(workshop.path)/hub/\(folder)")
            {
                let file = "hub/\(folder)/\(name)"
                let text = try String(contentsOfFile: "\(workshop.path)/\(file)", encoding: .utf8)
                try workshop.write(text.replacing(/validity: {.*}/, with: Agreements.validity), to: file)
            }
        }
        let outcome = try Executable.run(["check", "\(workshop.path)/hub/tsunagi.yaml"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.contains("1 agreements with 1 grants"))
        try FileManager.default.removeItem(atPath: "\(workshop.path)/hub/consents/ota-works.yaml")
        let missing = try Executable.run(["check", "\(workshop.path)/hub/tsunagi.yaml"])
        #expect(missing.status == 1 && missing.errors.contains("S19"), "\(missing.errors)")
    }

    @Test(
        "every command it names exists",
        arguments: [
            "run", "check", "doctor", "map", "reload", "status", "top", "stock", "machines", "count",
            "series", "query",
            "watch", "metrics", "dead", "sparkplug", "share", "disaster", "partner", "revoke", "audit",
            "keys", "verify", "board", "simulate", "completion", "backup",
        ]
    )
    func commands(name: String) throws {
        #expect(try Self.text().contains("| `tsunagi \(name)"))
        #expect(try Executable.run([name, "--help"]).status == 0)
    }

    @Test("its examples of tried rules come out")
    func rules() throws {
        let block = try #require(
            try Self.text().components(separatedBy: "```sh\n").first { $0.hasPrefix("tsunagi map") }
        )
        .components(separatedBy: "\n```")[0]
        let script = "set -e\ncd '\(Self.root)'\ntsunagi() { '\(Executable.path)' \"$@\"; }\n\(block)"
        let outcome = try Executable.run(["-c", script], program: "/bin/bash")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("ota/press-3/temperature\tgauge\t41.5\tCel"), "\(outcome.output)")
    }

    @Test("its partner comes and goes as it says, and its backup comes back")
    func partnerCommands() async throws {
        let blocks = try ["tsunagi backup", "tsunagi partner"].map { start in
            try #require(try Self.text().components(separatedBy: "```sh\n").first { $0.hasPrefix(start) })
                .components(separatedBy: "\n```")[0]
        }
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        let yaml = try String(contentsOfFile: "\(Self.root)/config/tsunagi.yaml", encoding: .utf8)
        let file = try workshop.write(
            yaml.replacing(
                /broker: managed .*/,
                with: "broker: {url: managed, listen: \"127.0.0.1:\(port)\"}"
            ),
            to: "config/tsunagi.yaml"
        )
        try workshop.write(try Self.agreement(), to: "config/agreements/buyer-1.yaml")
        let log = "\(workshop.path)/daemon.log"
        let daemon = Child(Executable.path, ["run", "--config", file], output: log, errors: log)
        try daemon.start()
        let isUp = try await eventually(within: 20) {
            try Executable.run(["status", "--config", file]).output.contains("online")
        }
        #expect(isUp, "\(daemon.said)")
        let commands = blocks.joined(separator: "\n")
        let script = "set -e\ncd '\(workshop.path)'\ntsunagi() { '\(Executable.path)' \"$@\"; }\n\(commands)"
        let outcome = try Executable.run(["-c", script], program: "/bin/bash")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains("restored/store: whole"), "\(outcome.output)")
        #expect(outcome.output.contains("buyer-1\tpassword\tactive\tbuyer-1-supply"), "\(outcome.output)")
        #expect(outcome.output.contains("ok    proof: "), "\(outcome.output)")
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("its users of the board are taken in as it says, and one who sees a partner's page is told so")
    func boardUsers() throws {
        let block = try #require(
            try Self.text().components(separatedBy: "```sh\n").first { $0.hasPrefix("tsunagi board") }
        )
        .components(separatedBy: "\n```")[0]
        let workshop = try Workshop()
        try FileManager.default.copyItem(atPath: "\(Self.root)/config", toPath: "\(workshop.path)/config")
        try workshop.write(try Self.agreement(), to: "config/agreements/buyer-1.yaml")
        let script = """
            set -e
            cd '\(workshop.path)'
            tsunagi() { echo 'a password of some words' | '\(Executable.path)' "$@"; }
            \(block)
            """
        let outcome = try Executable.run(["-c", script], program: "/bin/bash")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("buyer: sees what buyer-1 was released"), "\(outcome.output)")
    }

    @Test("the quickstart's own configuration is fine, and its files are where it says")
    func quickstartConfiguration() throws {
        let workshop = try Workshop()
        try FileManager.default.copyItem(atPath: "\(Self.root)/config", toPath: "\(workshop.path)/config")
        try workshop.write(try Self.agreement(), to: ".build/quickstart/agreements/buyer-1.yaml")
        let outcome = try Executable.run(["check", "\(workshop.path)/config/quickstart.yaml"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("fine"))
    }
}
