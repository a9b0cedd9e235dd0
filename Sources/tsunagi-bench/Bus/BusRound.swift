import Foundation

/// One measurement of the gateway or of its peer: live, or draining a backlog.
struct BusRound {
    let broker: BenchBroker
    let folder: BenchFolder
    let topics: Int

    /// Who takes the messages.
    enum Side: String {
        case gateway = "tsunagi"
        case bare = "bare subscriber"
    }

    /// Subscribed and waiting, it gets messages as fast as the broker takes them.
    func live(_ side: Side, _ count: Int, _ round: Int, _ board: FigureBoard) async throws {
        let taker = taker(side, "live", round)
        try await taker.start(count: count, isBacklog: false)
        let start = try BusLoadCommand.run(broker, folder, count: count, topics: topics, prefix: taker.prefix)
        let outcome = try await taker.finish(count: count)
        board.add("live, messages per second", "1/s", side.rawValue, outcome.perSecond(count, from: start))
        board.add("live, CPU per message", "us", side.rawValue, outcome.cpuMicroseconds / Double(count))
    }

    /// It has subscribed and left; the broker kept messages, and now hands them over.
    ///
    /// The broker stands still while the taker starts, so that what starting costs is not counted.
    func drain(_ side: Side, _ count: Int, _ round: Int, _ board: FigureBoard) async throws {
        let taker = taker(side, "drain", round)
        try await taker.start(count: 0, isBacklog: false)
        taker.leave()
        _ = try BusLoadCommand.run(broker, folder, count: count, topics: topics, prefix: taker.prefix)
        broker.pause()
        do {
            try await taker.start(count: count, isBacklog: true)
        } catch {
            broker.resume()
            throw error
        }
        broker.resume()
        let outcome = try await taker.finish(count: count)
        board.add("draining, messages per second", "1/s", side.rawValue, outcome.perSecond(count))
        board.add("draining, CPU per message", "us", side.rawValue, outcome.cpuMicroseconds / Double(count))
    }

    private func taker(_ side: Side, _ kind: String, _ round: Int) -> any BusTaker {
        switch side {
        case .gateway: GatewayTaker(broker, folder, prefix: "gateway-\(kind)\(round)")
        case .bare: BareTaker(broker, folder, prefix: "bare-\(kind)\(round)")
        }
    }
}

/// Who takes messages and is measured.
protocol BusTaker: AnyObject {
    /// The first level of its topics.
    var prefix: String { get }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - count: messages it is going to get; 0 to subscribe and no more.
    ///   - isBacklog: it starts while the broker stands still; else it is online on return.
    func start(count: Int, isBacklog: Bool) async throws

    /// Waits until it has made all messages durable, and ends it.
    func finish(count: Int) async throws -> TakeOutcome

    /// Ends it; the broker keeps its session.
    func leave()
}

/// What taking all messages came to.
struct TakeOutcome {
    /// When the link came online and when the last message was durable, in milliseconds of the time of day.
    var online: Double
    var last: Double
    var cpuMicroseconds: Double

    /// - Parameter start: of the first message, by default when the link came online.
    func perSecond(_ count: Int, from start: Double? = nil) -> Double {
        Double(count) / max(0.001, (last - (start ?? online)) / 1000)
    }
}
