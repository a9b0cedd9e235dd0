import Bus
import Desk
import Foundation
import Testing

/// Killed between any two steps of a release: bucket closed, outbox written, audit written, published, acknowledged.
@Suite(.serialized) struct ReleaseKillTests {
    private static let killCount = KillTests.isLong ? 300 : 15
    private static let secondsPerKill = 125

    /// What the kill waits for after the daemon has come up with buckets that are due.
    private enum Moment: CaseIterable {
        case outboxGrew, auditGrew, delivered, acknowledged, anytime
    }

    /// One message as the partner has it.
    private struct Delivery: Hashable {
        let id: String
        let payload: String
    }

    @Test(
        "killed around every step, each closed bucket has one audit record, one message id and the same bytes"
    )
    func killed() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let clock = try ShiftedClock(in: workshop, seconds: 0)
        let settings = FirstLightTests.settings(port: 0)
            .replacing(/broker: .*/, with: "broker: mqtt://127.0.0.1:\(broker.port)")
        let daemon = try Daemon(in: workshop, settings: settings, clock: clock)
        let heard = "\(workshop.path)/heard"
        let partner = Child(
            "/usr/bin/mosquitto_sub",
            [
                "-h", "127.0.0.1", "-p", "\(broker.port)", "-i", "買い手", "-c", "-q", "1", "-F", "%t\t%p",
                "-t", "tsunagi/v1/p/+/+/+",
            ],
            output: heard,
            errors: "\(workshop.path)/heard.errors"
        )
        #expect(try await eventually(within: 10) { broker.accepts })
        try partner.start()
        try await daemon.start()
        try await move(daemon, broker)
        var hits: [Moment: Int] = [:]
        let (outbox, audit) = (
            "\(workshop.path)/data/sharing/outbox", "\(workshop.path)/data/sharing/audit.log"
        )
        for round in 1...Self.killCount {
            daemon.kill(SIGKILL)
            try clock.set(seconds: round * Self.secondsPerKill)
            let moment = Moment.allCases[round % Moment.allCases.count]
            let before = (size(audit), size(heard))
            let written = number(outbox)
            try daemon.launch()
            var outboxThen: Int?
            let end = Date().addingTimeInterval(20)
            while Date() < end, daemon.isRunning {
                let isNow =
                    switch moment {
                    case .outboxGrew: hasGrown(outbox, once: number(outbox) != written, &outboxThen)
                    case .auditGrew: size(audit) > before.0
                    case .delivered: size(heard) > before.1
                    // By marks of what was delivered.
                    case .acknowledged: hasGrown(outbox, once: size(heard) > before.1, &outboxThen)
                    case .anytime: Int.random(in: 0..<3000) == 0
                    }
                if isNow { break }
                usleep(200)
            }
            if Date() < end { hits[moment, default: 0] += 1 }
            #expect(daemon.isRunning, "\(daemon.said.suffix(1000))")
        }
        daemon.kill(SIGKILL)
        try await daemon.start()
        // In the first half of its minute, so that no bucket closes between this look and the end.
        let isDone = try await eventually(within: 120) {
            let feeds = try await daemon.status().feeds
            let second = (Int(Date().timeIntervalSince1970) + Self.killCount * Self.secondsPerKill) % 60
            return (5..<30).contains(second) && feeds.count == 3
                && feeds.allSatisfy { $0.pending == 0 && $0.fault == nil }
        }
        let feeds = try await daemon.status().feeds
        #expect(isDone, "\(feeds)")
        #expect(daemon.kill(SIGTERM) == 0)
        try await Task.sleep(for: .milliseconds(500))
        partner.kill(SIGTERM)
        #expect(Moment.allCases.allSatisfy { hits[$0, default: 0] > 0 }, "\(hits)")
        try check(audit: audit, heard: heard)
        let verified = try Executable.run(["audit", "verify", "--config", daemon.config])
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }

    /// A machine that runs and a shelf with bolts on it.
    private func move(_ daemon: Daemon, _ broker: OutsideBroker) async throws {
        let sensor = broker.publisher(queueLimit: 100)
        sensor.start()
        for (topic, payload) in [
            ("shelf/棚A", #"{"item":"ボルト-M8","qty":50,"id":"m1"}"#),
            (
                "press/press-1",
                #"{"t":\#(Int(Date().timeIntervalSince1970)),"state":"running","good":5,"temp":80}"#
            ),
        ] {
            sensor.publish(BusMessage(topic: topic, payload: Array(payload.utf8))) { _ in }
        }
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト-M8") == 50 })
        sensor.stop()
    }

    /// Whether the outbox grew after something was first seen: at its start the daemon writes it anew, and shorter.
    private func hasGrown(_ outbox: String, once isSeen: Bool, _ then: inout Int?) -> Bool {
        if let then { return size(outbox) > then }
        if isSeen { then = size(outbox) }
        return false
    }

    /// Of the file on its disk: another one once it was written anew.
    private func number(_ file: String) -> Int? {
        let facts = try? FileManager.default.attributesOfItem(atPath: file)
        return facts?[.systemFileNumber] as? Int
    }

    private func size(_ file: String) -> Int {
        let facts = try? FileManager.default.attributesOfItem(atPath: file)
        return facts?[.size] as? Int ?? 0
    }

    /// Each bucket from the first to the last has one record, and one message that came once or more in the same bytes.
    private func check(audit: String, heard: String) throws {
        var buckets: [String: [Date]] = [:]
        var told: Set<String> = []
        var next = 1
        for line in try String(contentsOfFile: audit, encoding: .utf8).split(separator: "\n") {
            let record = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            )
            let (agreement, grant) = (record["agreement"] as? String ?? "", record["grant"] as? String ?? "")
            let bucket = try #require(record["bucket"] as? String)
            #expect(record["seq"] as? Int == next, "\(line)")
            next += 1
            #expect(told.insert("\(agreement)/\(grant)/\(bucket)").inserted, "twice: \(line)")
            buckets[grant, default: []].append(
                try Date(
                    bucket,
                    strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)
                )
            )
        }
        for (grant, starts) in buckets {
            let steps = zip(starts, starts.dropFirst()).map { $1.timeIntervalSince($0) }
            #expect(starts.count > Self.killCount && steps.allSatisfy { $0 == 60 }, "\(grant): \(steps)")
        }
        #expect(buckets.count == 3)
        var deliveries: Set<Delivery> = []
        for line in try String(contentsOfFile: heard, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            let payload = String(try #require(parts.last))
            let release = try #require(
                try JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any]
            )
            deliveries.insert(Delivery(id: try #require(release["id"] as? String), payload: payload))
        }
        let ids = deliveries.map(\.id)
        #expect(Set(ids).count == ids.count, "one message in different bytes")
        #expect(Set(ids) == told, "\(Set(ids).symmetricDifference(told).sorted())")
    }
}
