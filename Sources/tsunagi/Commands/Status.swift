import ArgumentParser
import Desk

/// `tsunagi status`: one screen, the state first, what to do last.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How the gateway is: link, readings, dead letters, disk, feeds, sources.",
        discussion: "Exit code 0 when all is well, 1 when it is degraded, 3 when no daemon answers."
    )

    @OptionGroup var repeated: WatchOptions
    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let client = try desk.client()
        try await repeated.show { try await look(client) }
    }

    private func look(_ client: DeskClient) async throws {
        let report = try await client.get("/v1/status", as: StatusReport.self)
        if desk.json {
            try sayJSON(report)
        } else {
            for line in StatusScreen(report, in: .ofTerminal).lines { Console.say(line) }
        }
        if report.state != "ok" { throw ExitCode(1) }
    }
}
