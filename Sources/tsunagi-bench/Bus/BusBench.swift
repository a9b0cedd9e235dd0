import ArgumentParser
import Desk
import Foundation

/// `tsunagi-bench bus`: the gateway beside a bare subscriber, on the same broker, in turn.
struct BusBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bus",
        abstract: "Messages per second and CPU per message of the daemon, beside a bare durable subscriber.",
        discussion: """
            QoS 1, 100-byte JSON messages from 1,000 topics, durable before acknowledged on both sides. Each round \
            measures both in turn, the order alternating; the ratio of the medians is what counts.
            """
    )

    @Option(help: "Messages in each measurement.")
    var count: Int = 100_000

    @Option(help: "Rounds; an odd number has a true median.")
    var rounds: Int = 5

    @Option(help: "Topics.")
    var topics: Int = 1000

    @Flag(help: "One JSON object a line instead of a table.")
    var json = false

    func validate() throws {
        guard count >= 1000, rounds >= 1, topics >= 1 else {
            throw ValidationError("--count is at least 1000, --rounds and --topics at least 1")
        }
    }

    /// Messages per second, and microseconds of CPU for each.
    private struct Result {
        var perSecond: Double
        var cpuMicroseconds: Double
    }

    func run() async throws {
        let folder = try BenchFolder()
        defer { folder.remove() }
        let broker = try BenchBroker(folder: folder)
        defer { broker.stop() }
        var gateway: [Result] = []
        var bare: [Result] = []
        for round in 0..<rounds {
            for isGateway in round % 2 == 0 ? [false, true] : [true, false] {
                if isGateway {
                    gateway.append(try await measureGateway(broker, folder, round))
                } else {
                    bare.append(try measureBare(broker, folder, round))
                }
            }
            if !json {
                let (own, peer) = (gateway[round], bare[round])
                print(
                    "round \(round + 1): gateway \(Int(own.perSecond)) msg/s, bare \(Int(peer.perSecond)) msg/s"
                )
            }
        }
        try show(
            Figure(
                figure: "live QoS 1 throughput",
                value: median(gateway.map(\.perSecond)),
                unit: "msg/s",
                peer: "bare subscriber",
                peerValue: median(bare.map(\.perSecond)),
                rounds: rounds
            )
        )
        try show(
            Figure(
                figure: "CPU per message",
                value: median(gateway.map(\.cpuMicroseconds)),
                unit: "us",
                peer: "bare subscriber",
                peerValue: median(bare.map(\.cpuMicroseconds)),
                rounds: rounds
            )
        )
    }

    private func show(_ figure: Figure) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            print(String(decoding: try encoder.encode(figure), as: UTF8.self))
        } else {
            let own = (figure.value * 100).rounded() / 100
            let peer = (figure.peerValue * 100).rounded() / 100
            let ratio = (figure.ratio * 1000).rounded() / 1000
            print(
                "\(figure.figure): \(own) \(figure.unit), \(figure.peer) \(peer) \(figure.unit), ratio \(ratio)"
            )
        }
    }

    // MARK: One measurement

    private func measureBare(_ broker: BenchBroker, _ folder: BenchFolder, _ round: Int) throws -> Result {
        let prefix = "bare\(round)"
        let bare = try Worker(
            "tsunagi-bench",
            [
                "bare", "--port", "\(broker.port)", "--count", "\(count)", "--prefix", prefix, "--file",
                "\(folder.path)/raw",
            ]
        )
        _ = try bare.line()
        let start = try load(broker, prefix)
        let words = try bare.line().split(separator: " ").compactMap { Double($0) }
        bare.finish()
        guard words.count == 2 else { throw BenchFailure("the bare subscriber gave no figures") }
        return result(from: start, to: words[0], cpuSeconds: words[1])
    }

    private func measureGateway(_ broker: BenchBroker, _ folder: BenchFolder, _ round: Int) async throws
        -> Result
    {
        let prefix = "gateway\(round)"
        let config = "\(folder.path)/gateway\(round).yaml"
        try settings(broker, prefix).write(toFile: config, atomically: false, encoding: .utf8)
        let daemon = try Worker("tsunagi", ["run", "--config", config])
        defer { daemon.stop() }
        let client = DeskClient(socket: "\(folder.path)/gateway\(round).sock")
        var status: StatusReport?
        while status?.broker.state != "online" {
            guard daemon.isRunning else { throw BenchFailure("the daemon ended; run tsunagi run to see why") }
            try await Task.sleep(for: .milliseconds(20))
            status = try? await client.get("/v1/status")
        }
        let cpuBefore = try daemon.cpuSeconds()
        let start = try load(broker, prefix)
        var last = start
        while true {
            let status: StatusReport = try await client.get("/v1/status")
            if status.broker.messages >= UInt64(count) {
                guard status.intake.deadLetters == 0 else {
                    throw BenchFailure("dead letters: \(status.intake.deadByReason)")
                }
                let now = Date().timeIntervalSince1970 * 1000
                last = now - (status.broker.lastMessageAgeSeconds ?? 0) * 1000
                break
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return result(from: start, to: last, cpuSeconds: try daemon.cpuSeconds() - cpuBefore)
    }

    /// Publishes everything; the time of the first message, in milliseconds.
    private func load(_ broker: BenchBroker, _ prefix: String) throws -> Double {
        let load = try Worker(
            "tsunagi-bench",
            [
                "load", "--port", "\(broker.port)", "--count", "\(count)", "--topics", "\(topics)",
                "--prefix", prefix,
            ]
        )
        guard let start = Double(try load.line()) else { throw BenchFailure("the load gave no start") }
        load.finish()
        return start
    }

    private func result(from start: Double, to last: Double, cpuSeconds: Double) -> Result {
        Result(
            perSecond: Double(count) / max(0.001, (last - start) / 1000),
            cpuMicroseconds: cpuSeconds * 1e6 / Double(count)
        )
    }

    private func settings(_ broker: BenchBroker, _ prefix: String) -> String {
        """
        gateway: {id: bench, site: bench, timezone: UTC}
        data: {directory: \(prefix), budget: 256 MiB}
        broker: mqtt://127.0.0.1:\(broker.port)
        desk: {socket: \(prefix).sock}
        rules:
          - name: press
            topic: \(prefix)/{asset}/status
            asset: "{asset}"
            time: $.ts
            readings:
              - {metric: temperature, value: $.temp, unit: Cel}
              - {metric: good_count, value: $.good, kind: counter, unit: pcs}
              - {metric: state, value: $.state, kind: state}
        """
    }
}
