import ArgumentParser
import Desk

/// `tsunagi metrics`: the page that a Prometheus scrapes.
struct Metrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "The gateway's figures in OpenMetrics, as its page /metrics has them.",
        discussion: "For a node exporter's textfile, and to see the names of what there is."
    )

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        try await desk.client().lines("/metrics") { Console.say($0) }
    }
}
