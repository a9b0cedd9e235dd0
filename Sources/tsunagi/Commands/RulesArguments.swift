import ArgumentParser
import Settings

/// Which rules a command looks at by themselves, without a daemon.
struct RulesArguments: ParsableArguments {
    @Argument(help: "A configuration, a file of rules, or a preset's name.")
    var file: String = "/etc/tsunagi/tsunagi.yaml"

    @Flag(help: "JSON instead of lines.")
    var json = false

    /// The rules; every finding is told where they cannot be read.
    func loaded() throws -> RulesFile {
        do throws(SettingsFailures) {
            return try RulesFile.reading(file)
        } catch {
            try refuse(error, json: json)
        }
    }
}
