import ArgumentParser
import Desk

/// `tsunagi reload`: the daemon reads its configuration again.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Has the daemon read its configuration again: all of it is applied, or nothing.",
        discussion: """
            Prints what changes. What is wrong is told with file:line:column, exit code 1, and the daemon goes on as \
            before. SIGHUP does the same; the daemon's log tells what came of it.
            """
    )

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let report = try await desk.client().post("/v1/reload", as: ReloadReport.self)
        if desk.json {
            try sayJSON(report)
        } else if report.applied {
            for line in report.lines { Console.say(line) }
        } else {
            for finding in report.findings { Console.trouble(finding) }
            Console.trouble("the daemon goes on with the configuration that it has")
        }
        if !report.applied { throw ExitCode(1) }
    }
}
