import ArgumentParser
import Foundation

/// `tsunagi-bench bus`: the gateway beside a bare subscriber, on the same broker, in turn.
struct BusBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bus",
        abstract: "Messages per second and CPU per message of the daemon, beside a bare durable subscriber.",
        discussion: """
            QoS 1, 100-byte JSON messages from 1,000 topics, durable before acknowledged on both sides: live, and \
            draining what the broker kept while nobody was there. Each round measures both in turn, the order \
            alternating; the ratio of the medians is what counts. Then a steady stream, and a fast one through a \
            broker with its default settings.
            """
    )

    @Option(help: "Messages in each live measurement.")
    var count: Int = 200_000

    @Option(help: "Messages in each backlog; 0 leaves it out.")
    var backlog: Int = 200_000

    /// Three programs share the cores: from round to round the ratio differs by 6 % of itself.
    @Option(help: "Rounds; an odd number has a true median.")
    var rounds: Int = 15

    @Option(help: "Topics.")
    var topics: Int = 1000

    @Option(help: "Seconds of each stream; 0 leaves them out.")
    var seconds: Int = 60

    @Flag(help: "One JSON object a line instead of a table.")
    var json = false

    func validate() throws {
        guard count >= 1000, backlog == 0 || backlog >= 1000, rounds >= 1, topics >= 1, seconds >= 0 else {
            throw ValidationError(
                "--count and --backlog are at least 1000, --rounds and --topics at least 1, --seconds at least 0"
            )
        }
    }

    func run() async throws {
        let folder = try BenchFolder()
        defer { folder.remove() }
        let board = FigureBoard(bounds: .bus)
        let broker = try BenchBroker(folder: folder)
        defer { broker.stop() }
        let round = BusRound(broker: broker, folder: folder, topics: topics)
        for number in 0..<rounds {
            for isGateway in number % 2 == 0 ? [false, true] : [true, false] {
                try await round.live(isGateway ? .gateway : .bare, count, number, board)
                if backlog > 0 { try await round.drain(isGateway ? .gateway : .bare, backlog, number, board) }
            }
        }
        if seconds > 0 {
            let stream = BusStream(broker: broker, folder: folder, topics: topics)
            let steady = "steady 1,000 msg/s"
            try await stream.run(steady, perSecond: 1000, seconds: seconds, echoes: true, board)
            try await stream.runBare(steady, perSecond: 1000, seconds: seconds, board)
            let plain = try BenchBroker(folder: folder, queue: nil)
            defer { plain.stop() }
            try await BusStream(broker: plain, folder: folder, topics: topics).run(
                "default broker, 16,000 msg/s",
                perSecond: 16_000,
                seconds: seconds,
                echoes: false,
                board
            )
        }
        try board.show(asJSON: json)
    }
}
