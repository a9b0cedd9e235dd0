import ArgumentParser
import Settings

/// `tsunagi map`: rules looked at and tried, without the daemon.
struct MapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Checks and tries rules: what a message comes to, and which rule takes it.",
        discussion: """
            FILE is a configuration, a file of rules, or the name of a preset. Exit code 1 when something is wrong: a \
            finding, a test that failed, a message that came to nothing.
            """,
        subcommands: [MapCheck.self, MapTest.self, MapTry.self, MapWatch.self, MapPreset.self]
    )
}

extension RulesFile {
    /// Loads a file of rules, or a preset by its name, for a command.
    static func reading(_ name: String) throws(SettingsFailures) -> RulesFile {
        if let preset = try preset(name) { return preset }
        return try load(path: name)
    }
}

/// One finding, as `--json` tells it.
struct FindingRow: Encodable {
    let file: String
    let line: Int
    let column: Int
    let message: String

    init(_ failure: SettingsFailure) {
        file = failure.file
        line = failure.line
        column = failure.column
        message = failure.message
    }
}

/// Says what is wrong with a file and ends: lines for people, a list for programs.
func refuse(_ failures: SettingsFailures, json: Bool) throws -> Never {
    if json {
        struct Answer: Encodable {
            let ok = false
            let findings: [FindingRow]
        }
        try sayJSON(Answer(findings: failures.findings.map(FindingRow.init)))
        throw ExitCode(1)
    }
    Console.trouble(failures.description)
    let count = failures.findings.count
    throw Trouble("\(count) error\(count == 1 ? "" : "s")")
}
