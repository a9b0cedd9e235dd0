import ArgumentParser
import Desk
import Foundation

/// `tsunagi-bench topics`: what the daemon holds in memory when there are more and more topics.
struct TopicsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Memory of the daemon with one series on each of 1,000 … 1,000,000 topics.",
        discussion: "Three messages a topic; anonymous memory of the process, pages of files left out."
    )

    @Option(help: "Topics of the largest point.")
    var most: Int = 1_000_000

    @Flag(help: "One JSON object a line instead of a table.")
    var json = false

    func run() async throws {
        let folder = try BenchFolder()
        defer { folder.remove() }
        let board = FigureBoard(bounds: .topics)
        for topics in [1000, 10_000, 100_000, 1_000_000] where topics <= most {
            let broker = try BenchBroker(folder: folder, queue: 4_000_000)
            defer { broker.stop() }
            let taker = GatewayTaker(broker, folder, prefix: "topics-\(topics)")
            // The rings' files are laid out for them.
            taker.seriesLimit = max(100_000, topics)
            try await taker.start(count: 0, isBacklog: false)
            let count = 3 * topics
            _ = try BusLoadCommand.run(broker, folder, count: count, topics: topics, prefix: taker.prefix)
            while try await taker.status().broker.messages < UInt64(count) {
                try await Task.sleep(for: .milliseconds(200))
            }
            let status = try await taker.status()
            guard status.store.seriesCount == topics else {
                throw BenchFailure("\(status.store.seriesCount) series of \(topics): \(status.findings)")
            }
            let shown = topics >= 1_000_000 ? "\(topics / 1_000_000)M" : "\(topics / 1000)k"
            let bytes = Double(try taker.residentBytes())
            board.add("memory with \(shown) topics", "MiB", "tsunagi", bytes / 1_048_576)
            board.add("memory with \(shown) topics, per topic", "B", "tsunagi", bytes / Double(topics))
            taker.leave()
        }
        try board.show(asJSON: json)
    }
}
