import ArgumentParser
import Foundation

/// `tsunagi-bench share`: how soon after their instant the releases of many partners are out.
struct ShareBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "share",
        abstract: "Releases of many partners, signed and audited, and what the intake beside them notices.",
        discussion: """
            Each partner has an agreement of its own with so many grants of one-minute buckets; a subscriber notes when \
            each release reaches it. Beside that a steady stream of 100-byte JSON messages is taken in; the same stream \
            is taken by a daemon without agreements for comparison.
            """
    )

    @Option(help: "Partners.")
    var partners: Int = 1000

    @Option(help: "Grants of each.")
    var grants: Int = 10

    @Option(help: "Minutes that are measured.")
    var minutes: Int = 3

    @Option(help: "Messages a second beside it.")
    var perSecond: Int = 5000

    @Flag(help: "One JSON object a line instead of a table.")
    var json = false

    func validate() throws {
        guard partners >= 1, grants >= 1, minutes >= 1, perSecond >= 1 else {
            throw ValidationError("--partners, --grants, --minutes and --per-second are at least 1")
        }
    }

    func run() async throws {
        let folder = try BenchFolder()
        defer { folder.remove() }
        let board = FigureBoard(bounds: partners * grants > 10_000 ? .shareAll : .share)
        // As the managed broker has it.
        let broker = try BenchBroker(folder: folder, inflight: 1000)
        defer { broker.stop() }
        let plain = SharePlant(folder: folder, broker: broker, partners: 0, grants: 0)
        let stream = try await plain.stream(seconds: 60, perSecond: perSecond)
        board.add("ingest beside it: publish to durable, p99 at most", "ms", "without partners", stream.p99Ms)
        board.add("ingest beside it: CPU per message", "us", "without partners", stream.cpuMicroseconds)
        let plant = SharePlant(folder: folder, broker: broker, partners: partners, grants: grants)
        try await measure(plant, broker, board)
        try board.show(asJSON: json)
    }

    private func measure(_ plant: SharePlant, _ broker: BenchBroker, _ board: FigureBoard) async throws {
        let ear = try ShareEar(broker)
        defer { ear.stop() }
        let began = BenchClock.seconds
        try await plant.start()
        defer { plant.stop() }
        board.add("agreements: read, checked and running", "s", "tsunagi", BenchClock.seconds - began)
        try await plant.stock()
        ear.forget()
        let stream = try await plant.stream(seconds: 60 * minutes, perSecond: perSecond)
        // The last minute's releases may still be under way.
        try await Task.sleep(for: .seconds(30))
        let heard = ear.buckets.filter { $0.delays.count == partners * grants }.prefix(minutes)
        guard !heard.isEmpty else {
            throw BenchFailure("no minute was heard in full: \(ear.buckets.map(\.delays.count))")
        }
        for bucket in heard {
            let sorted = bucket.delays.sorted()
            board.add("release after its instant, p50", "s", "tsunagi", sorted[sorted.count / 2])
            board.add("release after its instant, p99", "s", "tsunagi", sorted[sorted.count * 99 / 100])
            board.add("release after its instant, last", "s", "tsunagi", sorted[sorted.count - 1])
            board.add("release before its instant", "", "tsunagi", Double(sorted.count { $0 < 0 }))
        }
        board.add("a partner's place in one minute and the next, correlation", "", "tsunagi", ear.correlation)
        for (step, cost) in try await plant.costs() {
            board.add("CPU per release: \(step)", "us", "tsunagi", cost)
        }
        board.add("ingest beside it: publish to durable, p99 at most", "ms", "tsunagi", stream.p99Ms)
        board.add("ingest beside it: CPU per message", "us", "tsunagi", stream.cpuMicroseconds)
        board.add("ingest beside it: messages lost", "", "tsunagi", stream.lost)
    }
}
