import ArgumentParser
import Desk
import Glibc

/// `tsunagi reload`: the daemon reads its configuration again.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Has the daemon read its configuration again: all of it is applied, or nothing.",
        discussion: """
            Prints what changes. What is wrong is told with file:line:column, exit code 1, and the daemon goes on as \
            before. SIGHUP does the same; the daemon's log tells what came of it.
            When more would leave to a partner than before, it says so and asks; SIGHUP does not apply such a change.
            """
    )

    @Flag(help: "Says yes when more would leave to a partner than before.")
    var yes = false

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        var report = try await reload(yes)
        if report.needsConfirmation, !desk.json, Console.isTerminal, isatty(STDIN_FILENO) == 1 {
            for line in report.sharing { Console.say(line) }
            Console.say("More leaves than before. Apply it? [y/N]")
            if ["y", "yes"].contains(readLine()?.lowercased()) { report = try await reload(true) }
        }
        if desk.json {
            try sayJSON(report)
        } else if report.applied {
            for line in report.lines { Console.say(line) }
        } else {
            for finding in report.findings { Console.trouble(finding) }
            if report.needsConfirmation {
                for line in report.sharing { Console.trouble(line) }
                Console.trouble("more would leave than before: say --yes when that is meant")
            }
            Console.trouble("the daemon goes on with the configuration that it has")
        }
        if !report.applied { throw ExitCode(1) }
    }

    private func reload(_ isConfirmed: Bool) async throws -> ReloadReport {
        let words = isConfirmed ? [("confirmed", "yes")] : []
        return try await desk.client().post("/v1/reload", words, as: ReloadReport.self)
    }
}
