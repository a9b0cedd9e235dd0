import Bus
import Desk
import Foundation
import Readings

/// A daemon with many partners, and a stream of messages beside their releases.
final class SharePlant {
    /// What the stream came to.
    struct Stream {
        /// How long the slowest hundredth took to be durable, at most.
        var p99Ms: Double
        var cpuMicroseconds: Double
        var lost: Double
    }

    /// No agreement has more than 64.
    private static let grantsPerAgreement = 50

    private let folder: BenchFolder
    private let broker: BenchBroker
    private let partners: Int
    private let grants: Int
    private let prefix: String
    private var daemon: Worker?

    init(folder: BenchFolder, broker: BenchBroker, partners: Int, grants: Int) {
        (self.folder, self.broker, self.partners, self.grants) = (folder, broker, partners, grants)
        prefix = "share-\(partners)"
    }

    /// Starts the daemon; returns once it is online.
    func start() async throws {
        let place = "\(folder.path)/\(prefix)"
        try FileManager.default.createDirectory(
            atPath: "\(place)/agreements",
            withIntermediateDirectories: true
        )
        for partner in 0..<partners {
            for first in stride(from: 0, to: grants, by: SharePlant.grantsPerAgreement) {
                let file = "\(place)/agreements/partner-\(partner)-\(first).yaml"
                let grants = first..<min(grants, first + SharePlant.grantsPerAgreement)
                try agreement(partner, grants).write(toFile: file, atomically: false, encoding: .utf8)
            }
        }
        let config = "\(place)/tsunagi.yaml"
        try settings.write(toFile: config, atomically: false, encoding: .utf8)
        let daemon = try Worker("tsunagi", ["run", "--config", config])
        self.daemon = daemon
        while (try? await status().broker.state) != "online" {
            guard daemon.isRunning else { throw BenchFailure("the daemon ended; run tsunagi run to see why") }
            // With a hundred thousand feeds an answer takes long to make.
            try await Task.sleep(for: .milliseconds(partners * grants > 10_000 ? 1000 : 20))
        }
    }

    func stop() {
        daemon?.stop()
        daemon = nil
    }

    func status() async throws -> StatusReport {
        try await DeskClient(socket: "\(folder.path)/\(prefix)/desk.sock").get("/v1/status")
    }

    /// Gives every item that is granted a level.
    func stock() async throws {
        let options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: broker.port),
            identity: BusIdentity(clientID: "bench-stock-\(getpid())")
        )
        let outcome = BusLoad(options).run(count: grants) { number in
            BusMessage(topic: "\(prefix)/stock/item-\(number)", payload: Array("\(1000 + number * 17)".utf8))
        }
        if let failure = outcome.firstFailure { throw BenchFailure("\(failure)") }
        // Else they were counted with what follows.
        while try await status().broker.messages < UInt64(grants) {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Publishes a stream to it; a daemon that does not run yet is started, and ended again.
    func stream(seconds: Int, perSecond: Int) async throws -> Stream {
        let isOurs = daemon == nil
        if isOurs { try await start() }
        defer { if isOurs { stop() } }
        guard let daemon else { throw BenchFailure("the daemon was not started") }
        let count = seconds * perSecond
        let before = (try await status().broker.messages, try daemon.cpuSeconds())
        let words = BusLoadCommand.words(broker, count: count, topics: 1000, prefix: prefix)
        let load = try Worker("tsunagi-bench", words + ["--per-second", "\(perSecond)", "--echo"])
        _ = try load.line()
        let figures = try load.line().split(separator: " ").compactMap { Double($0) }
        load.finish()
        guard figures.count == 2 else { throw BenchFailure("the load gave no figures") }
        try await Task.sleep(for: .seconds(2))
        let status = try await status()
        return Stream(
            p99Ms: figures[1] + (status.broker.lagMsP99 ?? 0),
            cpuMicroseconds: (try daemon.cpuSeconds() - before.1) * 1e6 / Double(count),
            lost: Double(count) - Double(status.broker.messages - before.0)
        )
    }

    /// What a release costs of the CPU, by step, in microseconds; the publishing is what its thread has used.
    func costs() async throws -> [(step: String, microseconds: Double)] {
        guard let daemon, let costs = try await status().releaseCosts else {
            throw BenchFailure("nothing was released")
        }
        let published = try daemon.cpuSeconds(thread: "bus-out") * 1e6 / Double(costs.count)
        return costs.microseconds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [
            ("publish", published)
        ]
    }

    private func agreement(_ partner: Int, _ grants: Range<Int>) -> String {
        let style = Date.ISO8601FormatStyle()
        let (start, end) = (Date().addingTimeInterval(-86_400), Date().addingTimeInterval(300 * 86_400))
        let lines = grants.map { grant in
            """
              - {id: g-\(grant), measure: stock, products: [item-\(grant)], sites: [bench], kind: own, aggregate: last,
                 bucket: PT1M, delay: PT0S, precision: {mode: round, base: 10}, cadence: clock}
            """
        }
        return """
            id: supply-\(partner)-\(grants.lowerBound)
            version: 1
            status: active
            provider: {id: maker}
            recipient: {id: partner-\(partner), relationship: customer}
            purpose: supply-assurance
            validity: {notBefore: \(start.formatted(style)), notAfter: \(end.formatted(style))}
            grants:
            \(lines.joined(separator: "\n"))

            """
    }

    private var settings: String {
        """
        gateway: {id: maker, site: bench, timezone: UTC}
        data: {directory: data, budget: 256 MiB}
        broker: mqtt://127.0.0.1:\(broker.port)
        desk: {socket: desk.sock}
        \(partners == 0 ? "" : "agreements: agreements/")
        items:
        \((0..<max(1, grants)).map { "  item-\($0): {lot: 1}" }.joined(separator: "\n"))
        rules:
          - name: shelf
            topic: \(prefix)/stock/{item}
            asset: shelf
            readings: [{metric: "stock/{item}", value: $, type: number, kind: gauge, unit: pcs}]
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
