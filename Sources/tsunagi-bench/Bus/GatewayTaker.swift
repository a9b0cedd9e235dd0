import Desk
import Foundation

/// The daemon as a child, asked at its desk.
final class GatewayTaker: BusTaker {
    let prefix: String
    /// The most series it may be asked to hold; 0 leaves that at the default.
    var seriesLimit = 0
    private let broker: BenchBroker
    private let folder: BenchFolder
    private var daemon: Worker?
    private var cpuBefore = 0.0

    init(_ broker: BenchBroker, _ folder: BenchFolder, prefix: String) {
        (self.broker, self.folder, self.prefix) = (broker, folder, prefix)
    }

    func start(count: Int, isBacklog: Bool) async throws {
        let config = "\(folder.path)/\(prefix).yaml"
        try settings.write(toFile: config, atomically: false, encoding: .utf8)
        let daemon = try Worker("tsunagi", ["run", "--config", config])
        self.daemon = daemon
        var state: String?
        while isBacklog ? state == nil : state != "online" {
            guard daemon.isRunning else { throw BenchFailure("the daemon ended; run tsunagi run to see why") }
            try await Task.sleep(for: .milliseconds(20))
            state = try? await status().broker.state
        }
        cpuBefore = try daemon.cpuSeconds()
    }

    func finish(count: Int) async throws -> TakeOutcome {
        guard let daemon else { throw BenchFailure("the daemon was not started") }
        defer { daemon.stop() }
        while true {
            let status = try await status()
            if status.broker.messages >= UInt64(count) {
                guard status.intake.deadLetters == 0 else {
                    throw BenchFailure("dead letters: \(status.intake.deadByReason)")
                }
                let cpu = try daemon.cpuSeconds() - cpuBefore
                let last = Date().timeIntervalSince1970 - (status.broker.lastMessageAgeSeconds ?? 0)
                return TakeOutcome(
                    online: try GatewayTaker.milliseconds(status.broker.since),
                    last: last * 1000,
                    cpuMicroseconds: cpu * 1e6
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// What the daemon says of itself.
    func status() async throws -> StatusReport {
        try await DeskClient(socket: "\(folder.path)/\(prefix).sock").get("/v1/status")
    }

    /// CPU since it was started, in seconds.
    func cpuSeconds() throws -> Double {
        try (daemon?.cpuSeconds() ?? 0) - cpuBefore
    }

    func leave() {
        daemon?.stop()
        daemon = nil
    }

    private static func milliseconds(_ stamp: String) throws -> Double {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return try Date(stamp, strategy: style).timeIntervalSince1970 * 1000
    }

    /// Anonymous memory of the process now.
    func residentBytes() throws -> Int {
        try daemon?.residentBytes() ?? 0
    }

    /// A row of a plant: three readings a message, or one where many series are the point.
    private var settings: String {
        let data =
            seriesLimit == 0
            ? "budget: 256 MiB"
            : "budget: \(max(256, seriesLimit / 256)) MiB, series_limit: \(seriesLimit)"
        let temperature = "- {metric: temperature, value: $.temp, unit: Cel}"
        let more = """
                  - {metric: good_count, value: $.good, kind: counter, unit: pcs}
                  - {metric: state, value: $.state, kind: state}
            """
        return """
            gateway: {id: \(prefix), site: bench, timezone: UTC}
            data: {directory: \(prefix), \(data)}
            broker: mqtt://127.0.0.1:\(broker.port)
            desk: {socket: \(prefix).sock}
            rules:
              - name: press
                topic: \(prefix)/{asset}/status
                asset: "{asset}"
                time: $.ts
                readings:
                  \(temperature)
            \(seriesLimit == 0 ? more : "")
            """
    }
}
