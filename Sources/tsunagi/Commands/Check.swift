import ArgumentParser
import Disclosure
import Intake
import Settings

/// `tsunagi check FILE`: the daemon's own reader, without the daemon.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a configuration and its agreements; every finding with file:line:column."
    )

    @Argument(help: "The configuration to check.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    func run() throws {
        do {
            let settings = try Settings.standing(config, now: WallClock.now)
            for warning in settings.warnings { Console.trouble(warning.description) }
            let grants = settings.agreements.reduce(0) { $0 + $1.grants.count }
            Console.say(
                "\(config): fine: \(settings.rules.rules.count) rules, \(settings.agreements.count) agreements "
                    + "with \(grants) grants"
            )
        } catch let error as SettingsFailures {
            Console.trouble(error.description)
            let count = error.findings.count
            throw Trouble("\(count) error\(count == 1 ? "" : "s")")
        }
    }
}
