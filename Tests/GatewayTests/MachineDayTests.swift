import Bus
import Desk
import Foundation
import Testing

/// A real machine tool's log, line by line over MQTT: what comes out is what the file says, and nothing else.
@Suite struct MachineDayTests {
    private static let root = #filePath.components(separatedBy: "/Tests/GatewayTests/")[0]
    /// A folder with logs of the NIST test bed (`raw/` of usnistgov/smstestbed, `.txt` or `.txt.gz`), for whole days.
    private static let folder = ProcessInfo.processInfo.environment["TSUNAGI_TEST_MTCONNECT"]

    /// The hour that comes with tsunagi.
    private static let hour = "\(root)/config/recordings/mazak01-2019-03-14.txt"

    /// That hour, and the days of the folder.
    private static var logs: [String] {
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            return [hour]
        }
        return [hour]
            + names.sorted().filter { $0.hasSuffix(".txt") || $0.hasSuffix(".txt.gz") }.map {
                "\(folder)/\($0)"
            }
    }

    private static func lines(_ path: String) throws -> [String] {
        let text =
            path.hasSuffix(".gz")
            ? try Executable.run(["-dc", path], program: "/usr/bin/gzip").output
            : try String(contentsOfFile: path, encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).map(String.init)
    }

    /// What a log says of one data item, by its stamps in milliseconds.
    fileprivate struct Item {
        var values: [String: String] = [:]
        var isNumber = true

        static let absent: Set<String> = ["UNAVAILABLE", "Unavailable", ""]

        mutating func take(_ value: String, at stamp: String) {
            values[stamp] = value
            if !Self.absent.contains(value), Double(value) == nil { isNumber = false }
        }
    }

    private static func items(_ lines: [String]) -> (items: [String: Item], unreadable: Int) {
        var items: [String: Item] = [:]
        var unreadable = 0
        for line in lines {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3 || fields.count == 7 else {
                unreadable += 1
                continue
            }
            // What is finer than a millisecond is cut.
            let parts = fields[0].dropLast().split(separator: ".")
            let fraction = (parts.count > 1 ? String(parts[1].prefix(3)) : "") + "000"
            items[fields[1], default: Item()].take(fields[2], at: "\(parts[0]).\(fraction.prefix(3))Z")
        }
        return (items, unreadable)
    }

    private static func settings(port: Int, _ items: [String: Item]) -> String {
        let texts = items.filter { !$0.value.isNumber }.keys.sorted()
        return """
            broker: mqtt://127.0.0.1:\(port)
            defaults: {max_behind_s: 3153600000}
            rules:
              - name: machine
                topic: shdr/{asset}
                format: csv
                options: {delimiter: "|", columns: [stamp, item, value, code, severity, qualifier, text]}
                asset: "{asset}"
                each: $[*]
                time: "@.stamp"
                null_if: ["UNAVAILABLE", "Unavailable", ""]
                readings: [{metric: "{@.item}", value: "@.value", type: number}]
                names:
            \(texts.map { "      \($0): {metric: \($0), kind: state, type: text}" }.joined(separator: "\n"))
            """
    }

    @Test(
        "a machine tool's log replays through MQTT into the values that the file holds, without a dead letter",
        arguments: logs
    )
    func replay(path: String) async throws {
        let lines = try Self.lines(path)
        // The hour is a busy one; a day of the folder may be quiet.
        #expect(lines.count > (path == Self.hour ? 500 : 0), "\(path)")
        let (items, unreadable) = Self.items(lines)
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: Self.settings(port: broker.port, items),
            data: "budget: 64 MiB"
        )
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: lines.count)
        publisher.start()
        for line in lines {
            publisher.publish(BusMessage(topic: "shdr/mazak-01", payload: Array(line.utf8))) { _ in }
        }
        let isThere = try await eventually(within: 120) {
            try await daemon.status().broker.messages >= UInt64(lines.count)
        }
        publisher.stop()
        let status = try await daemon.status()
        #expect(isThere, "\(status.broker.messages) of \(lines.count)")
        #expect(status.intake.deadLetters == UInt64(unreadable), "\(status.intake.deadByReason)")
        #expect(status.intake.readings == UInt64(lines.count - unreadable))
        #expect(status.store.seriesCount == items.count)
        for (name, item) in items {
            let query = [
                ("select", "ota/mazak-01/\(name)"), ("from", "2010-01-01T00:00:00Z"),
                ("to", "2099-01-01T00:00:00Z"),
                ("limit", "1000000"),
            ]
            let answer = try await daemon.client.get("/v1/query", query, as: QueryAnswer.self)
            let samples = answer.columns.first?.samples ?? []
            #expect(samples.count == item.values.count, "\(name)")
            #expect(samples.allSatisfy { item.values[$0.time].map(item.scalar) == $0.value }, "\(name)")
        }
        daemon.kill(SIGTERM)
    }
}

extension MachineDayTests.Item {
    /// A value of the file as the store keeps it.
    fileprivate func scalar(_ text: String) -> AnyScalar {
        if Self.absent.contains(text) { return .null }
        return isNumber ? Double(text).map { .number($0) } ?? .null : .text(text)
    }
}
