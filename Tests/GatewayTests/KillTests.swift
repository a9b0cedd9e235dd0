import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// The promise: what was acknowledged is on disk, once.
@Suite(.serialized) struct KillTests {
    static let isLong = ProcessInfo.processInfo.environment["TSUNAGI_TEST_LONG"] != nil
    static let killCount = isLong ? 1000 : 20
    /// As many as pass in that time and somewhat more.
    static let messageCount = killCount * 550

    /// Each message is a number with a stamp of its own, and a movement of one piece without any stamp: the number
    /// shows that nothing is missing, the movement that nothing counts twice.
    static let rules = """
        rules:
          - name: numbered
            topic: count/{asset}
            asset: "{asset}"
            readings:
              - {metric: number, value: $.n, time: $.t}
              - {metric: stock/piece, value: 1, type: number, kind: delta}
        """

    @Test(
        "scenario 2: killed again and again at 2,000 messages a second, every number is stored exactly once"
    )
    func killTheDaemon() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rules)"
        )
        try await daemon.start()
        let load = Load(broker, count: Self.messageCount)
        load.start(perSecond: 2000)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<Self.killCount {
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...450, using: &random)))
            daemon.kill(SIGKILL)
            try daemon.launch()
        }
        try await load.finish()
        try await expectOnce(daemon, expected: Self.messageCount)
        #expect(daemon.kill(SIGTERM) == 0, "a clean end after all that: \(daemon.said.suffix(2000))")
    }

    @Test("scenario 3: a broker that restarts five times under load loses no number and doubles none")
    func restartTheBroker() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        // The publisher sends again what a dying broker had not confirmed: the movement needs its id.
        let rules = Self.rules.replacingOccurrences(of: "kind: delta}", with: "kind: delta, id: $.n}")
        let daemon = try Daemon(in: workshop, settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(rules)")
        try await daemon.start()
        let count = 20_000
        let load = Load(broker, count: count)
        load.start(perSecond: 2500)
        for _ in 0..<5 {
            try await Task.sleep(for: .milliseconds(1200))
            try broker.restart()
        }
        try await load.finish()
        try await expectOnce(daemon, expected: count)
        daemon.kill(SIGTERM)
    }

    private func expectOnce(_ daemon: Daemon, expected: Int) async throws {
        let isThere = try await eventually(within: Self.isLong ? 600 : 60) {
            guard (try? await daemon.status()) != nil else { return false }
            return try await daemon.stock("piece") ?? 0 >= Double(expected)
        }
        let stock = try await daemon.stock("piece")
        #expect(
            isThere,
            "only \(stock ?? 0) of \(expected) pieces; the log ends: \(daemon.said.suffix(1000))"
        )
        #expect(stock == Double(expected), "movements count once")
        let numbers = try await daemon.samples("ota/press/number").compactMap {
            $0.value.number.map { Int($0) }
        }
        #expect(numbers.count == expected, "samples count once")
        let missing = Set(1...expected).subtracting(numbers).sorted()
        #expect(missing.count == 0, "the first that are missing: \(missing.prefix(10))")
    }
}

/// Publishes numbered messages at QoS 1 and knows when the broker has them all.
final class Load: Sendable {
    private let publisher: BusPublisher
    private let count: Int
    private let acknowledged = Atomic<Int>(0)
    private let trouble = Mutex<String?>(nil)
    private let work = Mutex<Task<Void, any Error>?>(nil)

    /// What a message says beside its number and its stamp.
    private let more: @Sendable () -> String

    init(_ broker: OutsideBroker, count: Int, more: @escaping @Sendable () -> String = { "" }) {
        publisher = broker.publisher(queueLimit: count)
        self.count = count
        self.more = more
    }

    func start(perSecond rate: Int) {
        publisher.start()
        let task = Task {
            // Stamps a millisecond apart that end now, so that none lies in the future.
            let first = Date().timeIntervalSince1970 * 1000 - Double(count)
            for number in 1...count {
                let text = "{\"t\":\(Int(first) + number),\"n\":\(number)\(more())}"
                publisher.publish(BusMessage(topic: "count/press", payload: Array(text.utf8))) {
                    [self] result in
                    switch result {
                    case .success: acknowledged.add(1, ordering: .relaxed)
                    case .failure(let failure): trouble.withLock { $0 = failure.description }
                    }
                }
                if number % (rate / 50) == 0 { try await Task.sleep(for: .milliseconds(20)) }
            }
        }
        work.withLock { $0 = task }
    }

    /// Waits until the broker has acknowledged everything.
    func finish() async throws {
        try await work.withLock { $0 }?.value
        let isDone = try await eventually(within: 60) { acknowledged.load(ordering: .relaxed) >= count }
        publisher.stop()
        guard isDone else {
            throw Failure(
                "the broker took \(acknowledged.load(ordering: .relaxed)) of \(count): \(trouble.withLock { $0 } ?? "")"
            )
        }
    }
}
