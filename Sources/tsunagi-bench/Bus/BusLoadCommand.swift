import ArgumentParser
import Bus
import Glibc
import Readings

/// The publisher's side, in a process of its own so that its CPU is not counted with anybody else's.
struct BusLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Publishes 100-byte JSON messages at QoS 1 as fast as the broker takes them."
    )

    @Option var port: Int
    @Option var count: Int
    @Option var topics: Int = 1000
    @Option(help: "The first level of the topics.") var prefix: String

    @Option(help: "Paced; then it prints what rate it kept, and the delay of the slowest hundredth.")
    var perSecond: Int?
    @Flag(help: "Listens to its own messages.") var echo = false

    /// The words that start it.
    static func words(_ broker: BenchBroker, count: Int, topics: Int, prefix: String) -> [String] {
        [
            "load", "--port", "\(broker.port)", "--count", "\(count)", "--topics", "\(topics)",
            "--prefix", prefix,
        ]
    }

    /// Publishes everything; the time of the first message, in milliseconds.
    static func run(
        _ broker: BenchBroker,
        _ folder: BenchFolder,
        count: Int,
        topics: Int,
        prefix: String
    ) throws -> Double {
        let load = try Worker("tsunagi-bench", words(broker, count: count, topics: topics, prefix: prefix))
        guard let start = Double(try load.line()) else { throw BenchFailure("the load gave no start") }
        load.finish()
        return start
    }

    func run() throws {
        let options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: port),
            identity: BusIdentity(clientID: "bench-load-\(getpid())")
        )
        let echo = echo ? BusEcho(options, prefix: prefix) : nil
        defer { echo?.stop() }
        // The start that both sides are measured from.
        let start = BenchClock.now
        tell("\(start.milliseconds)")
        let began = BenchClock.seconds
        let outcome = BusLoad(options).run(count: count) { number in
            if let perSecond { BusLoadCommand.wait(until: began + Double(number) / Double(perSecond)) }
            echo?.sent(number)
            return BusMessage(
                topic: "\(prefix)/press-\(number % topics)/status",
                payload: BusLoadCommand.payload(number, stamp: start.milliseconds + Int64(number / topics))
            )
        }
        if let failure = outcome.firstFailure { throw BenchFailure("\(failure)") }
        if perSecond != nil { tell("\(outcome.rate) \(echo?.slowestHundredthMs ?? 0)") }
    }

    private static func wait(until seconds: Double) {
        let left = seconds - BenchClock.seconds
        if left > 0.0005 { usleep(useconds_t(left * 1e6)) }
    }

    /// 100 bytes: a stamp, two numbers and a state.
    static func payload(_ number: Int, stamp: Int64) -> [UInt8] {
        var text = "{\"ts\":\(stamp),\"temp\":\(200 + number % 97).\(number % 10),\"good\":\(number)"
        text += ",\"state\":\"\(number % 7 == 0 ? "setup" : "running")\",\"line\":\""
        let fill = max(0, 100 - text.utf8.count - 2)
        text += String(repeating: "x", count: fill) + "\"}"
        return Array(text.utf8)
    }
}
