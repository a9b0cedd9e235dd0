import ArgumentParser
import Intake
import Settings

/// `tsunagi map check FILE`: the rules alone, and what the broker is asked for.
struct MapCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks rules: every finding with file:line:column; rules that nothing reaches are named."
    )

    @Argument(help: "A configuration, a file of rules, or a preset's name.")
    var file: String = "/etc/tsunagi/tsunagi.yaml"

    @Flag(help: "JSON instead of lines.")
    var json = false

    private struct Answer: Encodable {
        let ok = true
        let rules: Int
        let tests: Int
        let filters: [String]
    }

    func run() throws {
        let loaded: RulesFile
        do throws(SettingsFailures) {
            loaded = try RulesFile.reading(file)
        } catch {
            try refuse(error, json: json)
        }
        let filters = try RuleTable(loaded.rules).filters
        let (rules, tests) = (loaded.rules.rules.count, loaded.tests.count)
        if json { return try sayJSON(Answer(rules: rules, tests: tests, filters: filters)) }
        Console.say("\(loaded.file): fine: \(rules) rules, \(tests) tests; the broker is asked for")
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
