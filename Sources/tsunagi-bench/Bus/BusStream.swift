import Desk
import Foundation

/// A stream of messages at a steady rate for a while: what is lost of it, what a message costs, and how long it takes
/// until it is durable.
struct BusStream {
    let broker: BenchBroker
    let folder: BenchFolder
    let topics: Int

    /// - Parameter echoes: whether the publisher hears its own messages, which tells how long the broker took; the rest
    ///   is what the daemon says of itself, from reading a message to its acknowledgement. Hardly more than a hundredth
    ///   takes longer than the sum of both slowest hundredths.
    func run(_ name: String, perSecond: Int, seconds: Int, echoes: Bool, _ board: FigureBoard) async throws {
        let taker = GatewayTaker(broker, folder, prefix: "stream-\(perSecond)")
        try await taker.start(count: 0, isBacklog: false)
        defer { taker.leave() }
        let count = perSecond * seconds
        let load = try load(taker, count, perSecond: perSecond, echoes: echoes)
        let taken = try await settled(taker, count)
        let status = try await taker.status()
        board.add("\(name): messages lost", "", "tsunagi", Double(count) - Double(taken))
        board.add("\(name): CPU per message", "us", "tsunagi", try taker.cpuSeconds() * 1e6 / Double(count))
        board.add("\(name): messages per second", "1/s", "tsunagi", load.rate)
        guard echoes else { return }
        let own = status.broker.lagMsP99 ?? 0
        board.add("\(name): publish to durable, p99 at most", "ms", "tsunagi", load.echoMs + own)
    }

    /// What the same stream costs the bare subscriber.
    func runBare(_ name: String, perSecond: Int, seconds: Int, _ board: FigureBoard) async throws {
        let taker = BareTaker(broker, folder, prefix: "bare-stream-\(perSecond)")
        let count = perSecond * seconds
        try await taker.start(count: count, isBacklog: false)
        _ = try load(taker, count, perSecond: perSecond, echoes: true)
        let outcome = try await taker.finish(count: count)
        let bare = BusRound.Side.bare.rawValue
        board.add("\(name): CPU per message", "us", bare, outcome.cpuMicroseconds / Double(count))
    }

    /// Publishes the stream: the rate that was kept, and how long the slowest hundredth took to come back.
    private func load(_ taker: any BusTaker, _ count: Int, perSecond: Int, echoes: Bool) throws
        -> (rate: Double, echoMs: Double)
    {
        let load = try Worker(
            "tsunagi-bench",
            BusLoadCommand.words(broker, count: count, topics: topics, prefix: taker.prefix) + [
                "--per-second", "\(perSecond)",
            ] + (echoes ? ["--echo"] : [])
        )
        _ = try load.line()
        let figures = try load.line().split(separator: " ").compactMap { Double($0) }
        load.finish()
        guard figures.count == 2 else { throw BenchFailure("the load gave no figures") }
        return (figures[0], figures[1])
    }

    /// How many messages the daemon has once no more come.
    private func settled(_ taker: GatewayTaker, _ count: Int) async throws -> UInt64 {
        var before: UInt64 = 0
        while true {
            let taken = try await taker.status().broker.messages
            if taken >= UInt64(count) || (taken == before && taken > 0) { return taken }
            before = taken
            try await Task.sleep(for: .seconds(2))
        }
    }
}
