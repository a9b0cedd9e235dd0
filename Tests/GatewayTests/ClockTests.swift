import Bus
import Desk
import Foundation
import SparkplugWire
import SwiftProtobuf
import Testing

/// Stamps of sources, however they are written.
@Suite(.serialized) struct ClockTests {
    private static let rules = """
        rules:
          - {name: plain, topic: "plain/{asset}", asset: "{asset}", readings: [{metric: v, value: $, type: number}]}
          - {name: timed, topic: "timed/{asset}", asset: "{asset}", time: $.t, readings: [{metric: v, value: $.v, type: number}]}
        """

    private func instant(_ row: SampleRow) throws -> Date {
        try #require(
            try? Date(
                row.time,
                strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)
            )
        )
    }

    private func publish(_ publisher: BusPublisher, _ topic: String, _ payload: String) {
        publisher.publish(BusMessage(topic: topic, payload: Array(payload.utf8))) { _ in }
    }

    /// A daemon by such a clock.
    private func daemon(_ broker: OutsideBroker, _ clock: ShiftedClock, in workshop: Workshop) throws
        -> Daemon
    {
        try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rules)",
            clock: clock
        )
    }

    /// The birth of an edge node with one metric.
    private func birth(_ stamp: UInt64, _ name: String, _ value: Double) throws -> [UInt8] {
        var session = WirePayload.Metric()
        (session.name, session.datatype, session.longValue) = ("bdSeq", 8, 0)
        var metric = WirePayload.Metric()
        (metric.name, metric.datatype, metric.doubleValue) = (name, 10, value)
        var payload = WirePayload()
        (payload.timestamp, payload.seq, payload.metrics) = (stamp, 0, [session, metric])
        return try payload.serializedBytes()
    }

    @Test(
        "scenario 16: while the clock stands at 1970 messages wait; once it is set each has the time it came at"
    )
    func unset() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let clock = try ShiftedClock(in: workshop, seconds: 3600 - Int(Date().timeIntervalSince1970))
        let daemon = try daemon(broker, clock, in: workshop)
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: 100)
        publisher.start()
        var sent: [Date] = []
        for number in 1...3 {
            sent.append(Date())
            publish(publisher, "plain/時計", "\(number)")
            try await Task.sleep(for: .milliseconds(300))
        }
        let doWait = try await eventually(within: 10) {
            try await daemon.status().findings.contains {
                $0.hasPrefix("clock: it stands at 1970") && $0.contains("3 messages")
            }
        }
        let findings = try await daemon.status().findings
        #expect(doWait, "\(findings)")
        #expect(try await daemon.samples("ota/時計/v").isEmpty)
        let seen = Date()
        try clock.set(seconds: 0)
        let areStored = try await eventually(within: 10) { try await daemon.samples("ota/時計/v").count == 3 }
        let rows = try await daemon.samples("ota/時計/v")
        #expect(areStored, "\(rows)")
        for (row, sent) in zip(rows, sent) {
            let came = try instant(row)
            // Cut to whole milliseconds, by a clock that is read twice.
            #expect(row.stamped == "arrival" && came > sent - 0.01 && came < seen + 0.01, "\(sent): \(row)")
        }
        #expect(rows.map(\.value.number) == [1, 2, 3])
        #expect(try await daemon.status().findings.allSatisfy { !$0.hasPrefix("clock:") })
        publisher.stop()
        daemon.kill(SIGTERM)
    }

    @Test(
        "scenario 17: a clock set back by 12 h, and two values of one second: nothing is lost, the last word stays last"
    )
    func setBack() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let clock = try ShiftedClock(in: workshop, seconds: 0)
        let daemon = try daemon(broker, clock, in: workshop)
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: 100)
        publisher.start()
        var count: UInt64 = 0
        func say(_ topic: String, _ payload: String) async throws {
            publish(publisher, topic, payload)
            count += 1
            let isRead = try await eventually(within: 10, every: .milliseconds(5)) {
                try await daemon.status().intake.readings == count
            }
            let intake = try await daemon.status().intake
            #expect(isRead, "\(topic) \(payload): \(intake)")
        }
        let second = Int(Date().timeIntervalSince1970) - 60
        for value in 1...2 { try await say("timed/秤", "{\"v\":\(value),\"t\":\(second)}") }
        for number in 1...10 { try await say("plain/時計", "\(number)") }
        try clock.set(seconds: -12 * 3600)
        for number in 11...20 { try await say("plain/時計", "\(number)") }
        let rows = try await daemon.samples("ota/時計/v")
        #expect(rows.map(\.value.number) == (Array(11...20) + Array(1...10)).map { Double($0) }, "\(rows)")
        #expect(try await daemon.samples("ota/秤/v").map(\.value.number) == [2])
        let current = try await daemon.client.get("/v1/series", [("limit", "10")], as: [SeriesRow].self)
        #expect(current.first { $0.asset == "時計" }?.value.number == 20, "\(current)")
        #expect(current.first { $0.asset == "秤" }?.value.number == 2, "\(current)")
        #expect(try await daemon.status().intake.deadLetters == 0)
        publisher.stop()
        daemon.kill(SIGTERM)
    }

    @Test(
        "scenario 18: stamps in s, ms, µs, ns and ISO with and without zone are right, others never 1970 nor year 50,000"
    )
    func units() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                \(Self.rules)
                  - {name: spb, topic: "spBv1.0/{group}/{type}/{node}/#", format: sparkplug}
                """
        )
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: 100)
        publisher.start()
        let second = Int(Date().timeIntervalSince1970) - 60
        let moment = Date(timeIntervalSince1970: Double(second))
        let utc = moment.formatted(.iso8601)
        var japan = Date.ISO8601FormatStyle(timeZone: try #require(TimeZone(secondsFromGMT: 9 * 3600)))
        japan = japan.year().month().day().time(includingFractionalSeconds: false)
        let right = [
            "\(second)", "\(second)000", "\(second)000000", "\(second)000000000", "\"\(second)\"",
            "\"\(utc)\"",
            "\"\(moment.formatted(japan))+09:00\"", "\"\(moment.formatted(japan))\"",
        ]
        let wrong = [
            "0", "12345", "\"yesterday\"", "null", "99999999999999999999", "\(second * 1000 + 900_000)", "-5",
        ]
        for (place, stamp) in (right + wrong).enumerated() {
            publish(publisher, "timed/時計\(place)", "{\"v\":\(place),\"t\":\(stamp)}")
        }
        // The same from an edge node: by the specification in ms; seconds, as in thingsboard #6351, are no time.
        let nodes = [second, second * 1000, second * 1_000_000]
        for (place, stamp) in nodes.enumerated() {
            let payload = try birth(UInt64(stamp), "温度", Double(place))
            publisher.publish(BusMessage(topic: "spBv1.0/suwa/NBIRTH/edge\(place)", payload: payload, qos: 0))
            { _ in }
        }
        let count = UInt64(right.count + wrong.count + nodes.count)
        let isThere = try await eventually(within: 10) {
            let status = try await daemon.status()
            return status.intake.readings + status.intake.deadLetters >= count
        }
        let status = try await daemon.status()
        #expect(isThere, "\(status.intake)")
        func stamps(_ path: String) async throws -> [SampleRow] { try await daemon.samples(path) }
        for place in right.indices {
            let rows = try await stamps("ota/時計\(place)/v")
            #expect(rows.count == 1 && rows.first?.stamped == "source", "\(right[place]): \(rows)")
            if let row = rows.first { #expect(try instant(row) == moment, "\(right[place]): \(row.time)") }
        }
        for (place, stamp) in wrong.enumerated() {
            for row in try await stamps("ota/時計\(right.count + place)/v") {
                let distance = abs(try instant(row).timeIntervalSinceNow)
                #expect(row.stamped == "arrival" && distance < 60, "\(stamp): \(row)")
            }
        }
        for (place, stamp) in nodes.enumerated() {
            for row in try await stamps("ota/edge\(place)/温度") {
                let distance = abs(try instant(row).timeIntervalSinceNow)
                #expect(distance < 120, "\(stamp): \(row)")
            }
        }
        let node = try #require(try await stamps("ota/edge1/温度").first)
        #expect(try instant(node) == moment)
        publisher.stop()
        daemon.kill(SIGTERM)
    }
}
