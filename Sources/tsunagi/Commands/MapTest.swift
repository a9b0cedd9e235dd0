import ArgumentParser
import Settings

/// `tsunagi map test FILE`: the messages under `tests:` and what they must come to.
struct MapTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests beside the rules."
    )

    @Argument(help: "A configuration, a file of rules, or a preset's name.")
    var file: String = "/etc/tsunagi/tsunagi.yaml"

    @Flag(help: "JSON instead of lines.")
    var json = false

    private struct Row: Encodable {
        let name: String
        let line: Int
        let ok: Bool
        let differences: [String]
    }

    func run() throws {
        let loaded: RulesFile
        do throws(SettingsFailures) {
            loaded = try RulesFile.reading(file)
        } catch {
            try refuse(error, json: json)
        }
        let rows = loaded.tests.map { test in
            let differences = test.differences()
            return Row(
                name: test.name,
                line: test.line,
                ok: differences.isEmpty,
                differences: differences
            )
        }
        if json {
            try sayJSON(rows)
        } else {
            for (row, test) in zip(rows, loaded.tests) {
                for difference in row.differences {
                    Console.trouble("\(loaded.file):\(test.line):\(test.column): \(row.name): \(difference)")
                }
            }
        }
        let failed = rows.count { !$0.ok }
        if rows.isEmpty { throw Trouble("\(loaded.file): error: no tests; write some under tests:") }
        if !json { Console.say("\(loaded.file): \(rows.count) tests, \(failed) failed") }
        if failed > 0 { throw ExitCode(1) }
    }
}
