import Foundation
import Testing

/// What the README says, tried.
@Suite struct ReadmeTests {
    static let root = #filePath.components(separatedBy: "/Tests/GatewayTests/")[0]

    static func text() throws -> String {
        try String(contentsOfFile: "\(root)/README.md", encoding: .utf8)
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

    @Test("its configuration is one that the daemon takes")
    func configuration() throws {
        let yaml = try #require(try Self.text().components(separatedBy: "```yaml\n").dropFirst().first)
            .components(separatedBy: "```")[0]
        let workshop = try Workshop()
        try FileManager.default.createDirectory(
            atPath: "\(workshop.path)/agreements",
            withIntermediateDirectories: true
        )
        try FileManager.default.copyItem(
            atPath: "\(Self.root)/config/agreements/buyer-1.yaml",
            toPath: "\(workshop.path)/agreements/buyer-1.yaml"
        )
        let file = try workshop.write(yaml, to: "tsunagi.yaml")
        let outcome = try Executable.run(["check", file])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(yaml.split(separator: "\n").count <= 20)
    }

    @Test(
        "every command it names exists",
        arguments: ["run", "check", "status", "stock", "series", "query", "watch", "simulate"]
    )
    func commands(name: String) throws {
        #expect(try Self.text().contains("| `tsunagi \(name)"))
        #expect(try Executable.run([name, "--help"]).status == 0)
    }

    @Test("the quickstart's own configuration is fine, and its files are where it says")
    func quickstart() throws {
        let outcome = try Executable.run(["check", "\(Self.root)/config/quickstart.yaml"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("fine"))
    }
}
