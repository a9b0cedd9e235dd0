import Desk
import Foundation
import Testing

/// pysparkplug from PyPI as an edge node, driven line by line.
private final class EdgeNode {
    private static let root = #filePath.components(separatedBy: "/Tests/GatewayTests/")[0]
    private static let python = "\(root)/.build/venv/bin/python"
    /// `Tests/run` has made an environment with pysparkplug.
    static let isThere = FileManager.default.isExecutableFile(atPath: python)
    private let commands: String
    private let output: String
    private let child: Child

    init(in workshop: Workshop, port: Int) throws {
        commands = try workshop.write("", to: "edge.commands")
        output = "\(workshop.path)/edge.output"
        let script = "\(EdgeNode.root)/Tests/GatewayTests/Edge/edge.py"
        child = Child(
            EdgeNode.python,
            [script, "127.0.0.1", "\(port)", commands],
            output: output,
            errors: output
        )
        try child.start()
    }

    func tell(_ line: String) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: commands))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data((line + "\n").utf8))
    }

    /// What it has said, line by line.
    var said: [String] {
        ((try? String(contentsOfFile: output, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// How often it was asked for its births.
    var asked: Int { said.count { $0 == "rebirth asked" } }

    func kill() { child.kill(SIGKILL) }
}

/// A Sparkplug edge node that nobody here has written.
@Suite struct EdgeNodeTests {
    private static let temperature = "ota/edge-py/press-7/温度"

    private func values(_ daemon: Daemon) async throws -> [Double] {
        try await daemon.samples(Self.temperature).compactMap(\.value.number)
    }

    @Test(
        "scenario 25: births, data by alias, a restart, a gap and its rebirth, commands, death and staleness",
        .enabled(if: EdgeNode.isThere, "Tests/run fetches pysparkplug from PyPI, where it can be had")
    )
    func pysparkplug() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                sparkplug: {host_id: TSUNAGI, role: active, rebirth_min_s: 1, reorder_timeout_s: 1}
                rules:
                  - {name: spb, topic: "spBv1.0/{group}/{type}/{node}/#", format: sparkplug}
                """
        )
        try await daemon.start()
        let edge = try EdgeNode(in: workshop, port: broker.port)
        defer { edge.kill() }
        #expect(
            try await eventually(within: 20) { try await values(daemon) == [20.5] },
            "\(edge.said) \(daemon.said)"
        )
        try edge.tell("data 21.5")
        #expect(
            try await eventually(within: 10) { try await values(daemon) == [20.5, 21.5] },
            "data by its alias"
        )

        // A gateway that starts anew knows no alias: it asks within a second, and makes nothing of what it cannot read.
        daemon.kill(SIGKILL)
        try await daemon.start()
        let isHost = try await eventually(within: 10) {
            try await daemon.status().sparkplug?.voice == "online"
        }
        #expect(isHost)
        let before = edge.asked
        try edge.tell("data 22.5")
        let began = Date()
        #expect(
            try await eventually(within: 10, every: .milliseconds(10)) { edge.asked > before },
            "\(edge.said)"
        )
        if Figures.areHeld { #expect(Date().timeIntervalSince(began) < 1.5) }
        #expect(try await daemon.status().intake.deadByReason["spb_no_birth"] == 1)
        try await tellUntilHeard(edge, daemon, 23.5)

        // A number is left out: what comes behind it waits, then the births are asked for.
        let gaps = edge.asked
        try edge.tell("skip")
        try edge.tell("data 24.5")
        #expect(try await eventually(within: 10) { edge.asked > gaps }, "\(edge.said)")
        #expect(try await eventually(within: 10) { try await daemon.status().sparkplug?.gaps == 1 })
        try await tellUntilHeard(edge, daemon, 25.5)
        let names = try await daemon.client.get("/v1/series", [("limit", "1000")], as: [SeriesRow].self).map(
            \.path
        )
        #expect(names.allSatisfy { !$0.contains("alias") && !$0.contains("71") }, "\(names)")

        try await commands(edge, daemon)

        // Killed, its will says so: the last values are stale.
        edge.kill()
        let isStale = try await eventually(within: 10) {
            let rows = try await daemon.client.get(
                "/v1/series",
                [("select", Self.temperature)],
                as: [SeriesRow].self
            )
            return rows.first?.quality == "stale" && rows.first?.value.number == 26.5
        }
        #expect(isStale, "\(edge.said.suffix(10)) \(daemon.said.suffix(1000))")
        let screen = try Executable.run(["status", "--config", daemon.config]).output
        #expect(screen.contains("0 of 1 nodes and 0 of 1"), "\(screen)")
        #expect(daemon.kill(SIGTERM) == 0)
    }

    /// Its new births may still be on their way when it speaks: says it again until it counts.
    private func tellUntilHeard(_ edge: EdgeNode, _ daemon: Daemon, _ value: Double) async throws {
        let isHeard = try await eventually(within: 15, every: .milliseconds(500)) {
            if try await values(daemon).last == value { return true }
            try edge.tell("data \(value)")
            return try await eventually(within: 1) { try await values(daemon).last == value }
        }
        #expect(isHeard, "\(value): \(edge.said.suffix(10))")
    }

    private func commands(_ edge: EdgeNode, _ daemon: Daemon) async throws {
        func run(_ words: String...) throws -> Outcome {
            try Executable.run(
                ["sparkplug"] + words.prefix(1) + ["--config", daemon.config] + words.dropFirst()
            )
        }
        let nodes = try run("nodes")
        #expect(nodes.status == 0 && nodes.output.contains("suwa/edge-py/press-7\talive"), "\(nodes)")
        let written = try run("command", "suwa/edge-py/press-7", "温度", "19.25")
        #expect(written.status == 0, "\(written)")
        #expect(try await eventually(within: 5) { edge.said.contains("command 71 19.25") }, "\(edge.said)")
        let counted = try run("command", "suwa/edge-py", "起動回数", "--", "-4")
        #expect(counted.status == 0, "\(counted)")
        #expect(try await eventually(within: 5) { edge.said.contains("command 70 -4") }, "\(edge.said)")
        for words in [
            ["suwa/nobody", "x", "1"], ["suwa/edge-py", "x", "1"], ["suwa/edge-py", "起動回数", "many"],
        ] {
            let refused = try run("command", words[0], words[1], words[2])
            #expect(refused.status == 1 && refused.errors.contains("error: "), "\(refused)")
        }
        let asked = edge.asked
        #expect(try run("rebirth", "suwa/edge-py").status == 0)
        #expect(try await eventually(within: 5) { edge.asked > asked }, "\(edge.said)")
        // Another value than before: when it is heard, the births that were asked for have come.
        try await tellUntilHeard(edge, daemon, 26.5)
    }
}
