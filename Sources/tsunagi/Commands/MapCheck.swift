import ArgumentParser
import Intake
import Settings

/// `tsunagi map check FILE`: the rules alone, and what the broker is asked for.
struct MapCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks rules: every finding with file:line:column; rules that nothing reaches are named."
    )

    @OptionGroup var rules: RulesArguments

    private struct Answer: Encodable {
        let ok = true
        let rules: Int
        let tests: Int
        let filters: [String]
    }

    func run() throws {
        let loaded = try rules.loaded()
        let filters = try RuleTable(loaded.rules).filters
        let (count, tests) = (loaded.rules.rules.count, loaded.tests.count)
        if rules.json { return try sayJSON(Answer(rules: count, tests: tests, filters: filters)) }
        Console.say("\(loaded.file): fine: \(count) rules, \(tests) tests; the broker is asked for")
        for filter in filters { Console.say("  \(filter)") }
    }
}

/// `tsunagi map preset [NAME]`: what comes with the program.
struct MapPreset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preset",
        abstract: "Lists the presets, or prints one: rules and tests as YAML, to read or to copy."
    )

    @Argument(help: "The preset to print.")
    var name: String?

    func run() throws {
        guard let name else {
            for name in Presets.names { Console.say(name) }
            return
        }
        guard let text = Presets.text(of: name) else {
            throw Trouble("error: \(name) is no preset; there are \(Presets.names.joined(separator: ", "))")
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            Console.say(String(line))
        }
    }
}
