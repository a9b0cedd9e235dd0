import Foundation
import Testing

/// What the README says, tried.
@Suite struct ReadmeTests {
    static let root = #filePath.components(separatedBy: "/Tests/GatewayTests/")[0]

    static func text() throws -> String {
        try String(contentsOfFile: "\(root)/README.md", encoding: .utf8)
    }

    /// What stands between two fences.
    struct Block {
        /// Behind the first fence; `sh` is of commands.
        let label: String
        let text: String

        /// Without what is said of them.
        var lines: [String] {
            text.split(separator: "\n").map {
                $0.split(separator: " #", maxSplits: 1)[0].trimmingCharacters(in: .whitespaces)
            }
        }
    }

    /// All of them, in their order.
    static func blocks() throws -> [Block] {
        let parts = try text().components(separatedBy: "\n```")
        // Outside, inside, outside …: what is inside begins with its label.
        return stride(from: 1, to: parts.count - 1, by: 2).map { place in
            let end = parts[place].firstIndex(of: "\n") ?? parts[place].endIndex
            return Block(
                label: String(parts[place][..<end]),
                text: String(parts[place][end...].dropFirst())
            )
        }
    }

    /// The configuration in twenty lines, and what others may have beside it.
    static func configurations() throws -> (whole: String, pieces: [String]) {
        let texts = try blocks().filter { $0.label == "yaml" }.map(\.text)
        let whole = try #require(texts.first { $0.hasPrefix("gateway:") })
        return (whole, texts.filter { $0 != whole })
    }

    /// The example's agreement, from today on.
    static func agreement() throws -> String {
        try String(contentsOfFile: "\(root)/config/agreements/buyer-1.yaml", encoding: .utf8)
            .replacing(/validity: {.*}/, with: Agreements.validity)
    }

    @Test("it begins with the two commands, and both are there and can be run")
    func twoCommands() throws {
        let blocks = try Self.blocks().filter { $0.label == "sh" }.map(\.text)
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
            // The line that the README shows its screen behind.
            "tsunagi status --config", "mazak-01", "ボルト-M8", "running", "\"type\":\"tsunagi.release/1\"",
            "readings are stored.",
        ] {
            #expect(outcome.output.contains(word), "\(word) in \(outcome.output.suffix(3000))")
        }
    }

    @Test("its configuration is one that the daemon takes")
    func configuration() throws {
        let yaml = try Self.configurations().whole
        let workshop = try Workshop()
        try workshop.write(try Self.agreement(), to: "agreements/buyer-1.yaml")
        let file = try workshop.write(yaml, to: "tsunagi.yaml")
        let outcome = try Executable.run(["check", file])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(yaml.split(separator: "\n").count <= 20)
    }

    @Test("its pieces of configuration are ones that the daemon takes")
    func pieces() throws {
        let pieces = try Self.configurations().pieces
        #expect(pieces.count >= 4)
        let workshop = try Workshop()
        try workshop.write("a-token", to: "config/secrets/webhook")
        chmod("\(workshop.path)/config/secrets/webhook", 0o600)
        let made = try Executable.run(
            [
                "-c",
                """
                cd "$1" && mkdir inbox config/tls && cd config && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
                    -days 2 -subj /CN=board -keyout tls/board.key -out tls/board.pem
                """, "sh", workshop.path,
            ],
            program: "/bin/sh"
        )
        #expect(made.status == 0, "\(made.errors)")
        let press = #"{name: v, topic: "v/{asset}", asset: "{asset}", readings: [{metric: v, value: $}]}"#
        for piece in pieces {
            let file = try workshop.write(
                """
                gateway: {id: plant-ota, site: ota, timezone: Asia/Tokyo}
                data: {directory: ../data, budget: 64 MiB}
                broker: managed
                \(piece)
                \(piece.hasPrefix("rules:") ? "" : "rules: [\(press)]")
                """,
                to: "config/tsunagi.yaml"
            )
            let outcome = try Executable.run(["check", file])
            #expect(outcome.status == 0, "\(piece): \(outcome.errors)")
        }
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
