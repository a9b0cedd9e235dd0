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

    func run() throws {
        let options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: port),
            identity: BusIdentity(clientID: "bench-load-\(getpid())")
        )
        // The start that both sides are measured from.
        let start = BenchClock.now
        tell("\(start.milliseconds)")
        let outcome = BusLoad(options).run(count: count) { number in
            BusMessage(
                topic: "\(prefix)/press-\(number % topics)/status",
                payload: BusLoadCommand.payload(number, stamp: start.milliseconds + Int64(number / topics))
            )
        }
        if let failure = outcome.firstFailure { throw BenchFailure("\(failure)") }
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
