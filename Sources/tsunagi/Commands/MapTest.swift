import ArgumentParser
import Settings

/// `tsunagi map test FILE`: the messages under `tests:` and what they must come to.
struct MapTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests beside the rules."
    )

    @OptionGroup var rules: RulesArguments

    private struct Row: Encodable {
        let name: String
        let line: Int
        let ok: Bool
        let differences: [String]
    }

    func run() throws {
        let loaded = try rules.loaded()
        let rows = loaded.tests.map { test in
            let differences = test.differences()
            return Row(
                name: test.name,
                line: test.line,
                ok: differences.isEmpty,
                differences: differences
            )
        }
        if rules.json {
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
        if !rules.json { Console.say("\(loaded.file): \(rows.count) tests, \(failed) failed") }
        if failed > 0 { throw ExitCode(1) }
    }
}
