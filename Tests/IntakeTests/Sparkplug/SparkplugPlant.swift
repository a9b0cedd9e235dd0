import Readings
import Synchronization

@testable import Intake

/// An intake with one Sparkplug rule, and edge nodes whose messages a test spells.
final class SparkplugPlant {
    let bench: Bench
    private let said: Mailbox

    private final class Mailbox: Sendable {
        let said = Mutex<[SparkplugOutgoing]>([])
    }

    init(
        role: SparkplugRole = .active,
        reorderMs: Int64 = 2000,
        _ change: (inout RuleSetOptions) -> Void = { _ in }
    ) throws {
        var rule = RuleOptions(name: "spb", topic: "spBv1.0/{group}/{type}/{node}/#")
        rule.format = .sparkplug
        var options = RuleSetOptions()
        options.rules = [rule]
        options.sparkplug.role = role
        options.sparkplug.reorderTimeoutMs = reorderMs
        change(&options)
        let mailbox = Mailbox()
        said = mailbox
        bench = try Bench(options) { outgoing in mailbox.said.withLock { $0.append(outgoing) } }
        bench.now = Instant(milliseconds: 1_750_122_900_000)
    }

    /// What the host wanted said since it was last asked for: topics, and `state` where its own must be said again.
    func outgoing() -> [String] {
        said.said.withLock { said in
            defer { said.removeAll() }
            return said.map { outgoing in
                switch outgoing {
                case .message(let message): message.topic
                case .stateDenied: "state"
                }
            }
        }
    }

    /// The messages themselves.
    func messages() -> [SparkplugMessage] {
        said.said.withLock { said in
            defer { said.removeAll() }
            return said.compactMap { if case .message(let message) = $0 { message } else { nil } }
        }
    }

    /// Takes a message of `suwa` and returns what it comes to: `asset metric=value unit quality`, and `!reason` for dead
    /// letters.
    @discardableResult
    func take(_ type: String, qos: UInt8 = 0, retain: Bool = false, _ payload: [UInt8]) -> [String] {
        take(topic: topic(type, "e1"), payload, qos: qos, retain: retain)
    }

    @discardableResult
    func take(_ type: String, _ place: String, _ payload: [UInt8]) -> [String] {
        take(topic: topic(type, place), payload)
    }

    @discardableResult
    func take(topic: String, _ payload: [UInt8], qos: UInt8 = 0, retain: Bool = false) -> [String] {
        bench.take(topic, payload, id: qos > 0 ? 7 : 0, qos: qos, retain: retain)
        return settle()
    }

    /// Lets time pass, and returns what that comes to.
    func wait(ms: Int64) -> [String] {
        bench.now = bench.now.advanced(byMs: ms)
        return bench.intake.tick() ? settle() : []
    }

    func settle() -> [String] {
        let batch = bench.settle()
        return batch.readings.map(line) + batch.deadLetters.map { "!\($0.reason.rawValue)" }
    }

    func line(_ reading: Reading) -> String {
        let asset = bench.catalogue.series(reading.series).key.asset
        return "\(asset) \(bench.line(reading))\(reading.currentOnly ? " current only" : "")"
    }

    private func topic(_ type: String, _ place: String) -> String {
        "spBv1.0/suwa/\(type)/\(place)"
    }

    var status: SparkplugStatus { bench.intake.status.sparkplug }
    var stamp: UInt64 { UInt64(bench.now.milliseconds) }

    // MARK: Payloads

    /// A node's birth with one Int32 metric `speed`, alias 1.
    func nodeBirth(bdSeq: UInt64 = 0, seq: UInt64 = 0, speed: UInt64 = 10) -> [UInt8] {
        payload {
            $0.number(1, stamp)
            $0.metric("bdSeq", type: .int64) { $0.number(11, bdSeq) }
            $0.metric("Node Control/Rebirth", type: .boolean) { $0.flag(14, false) }
            $0.metric("speed", alias: 1, at: stamp, type: .int32) { $0.number(10, speed) }
            $0.number(3, seq)
        }
    }

    /// A device's birth with one Double metric `temp` in ℃.
    func deviceBirth(seq: UInt64 = 1, alias: UInt64 = 2, temp: Double = 20) -> [UInt8] {
        payload {
            $0.number(1, stamp)
            $0.metric("temp", alias: alias, at: stamp, type: .double) {
                $0.properties([("engUnit", "℃")])
                $0.double(13, temp)
            }
            $0.number(3, seq)
        }
    }

    /// Data of the metric with alias 1, `speed`.
    func speed(_ value: UInt64, seq: UInt64?) -> [UInt8] {
        payload {
            $0.number(1, stamp)
            $0.metric(alias: 1, at: stamp) { $0.number(10, value) }
            if let seq { $0.number(3, seq) }
        }
    }

    /// Data of the metric with alias 2, `temp`.
    func temp(_ value: Double, seq: UInt64, alias: UInt64 = 2) -> [UInt8] {
        payload {
            $0.number(1, stamp)
            $0.metric(alias: alias, at: stamp) { $0.double(13, value) }
            $0.number(3, seq)
        }
    }

    func nodeDeath(bdSeq: UInt64?) -> [UInt8] {
        payload {
            // As at the moment of CONNECT: no host may look at it.
            $0.number(1, 1_750_000_000_000)
            if let bdSeq { $0.metric("bdSeq", type: .int64) { $0.number(11, bdSeq) } }
        }
    }
}
