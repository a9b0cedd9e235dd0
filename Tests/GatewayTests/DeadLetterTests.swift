import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// What could not be read: kept with its payload, told by number, read again once the rules are mended.
@Suite(.serialized) struct DeadLetterTests {
    static let rule = """
        rules:
          - {name: json, topic: "json/{asset}", asset: "{asset}", time: $.t, readings: [{metric: v, value: $.v, type: number}]}
        """

    /// All letters, newest first.
    private func letters(_ daemon: Daemon, _ words: [(String, String)] = []) async throws -> [DeadLetterRow] {
        var all: [DeadLetterRow] = []
        var before: UInt64?
        while true {
            let page = words + [("limit", "1000")] + (before.map { [("before", "\($0)")] } ?? [])
            let rows = try await daemon.client.get("/v1/dead", page, as: [DeadLetterRow].self)
            all += rows
            guard rows.count == 1000, let last = rows.last else { return all }
            before = last.number
        }
    }

    @Test(
        "scenario 1: 5,000 poison payloads among as many good ones: every good one stored, every bad one told"
    )
    func poison() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rule)"
        )
        try await daemon.start()
        let seed = UInt64.random(in: 1...UInt64.max)
        var random = SplitMix(seed: seed)
        let count = 5000
        var poison: [String: String] = [:]
        let publisher = broker.publisher(queueLimit: 2 * count)
        publisher.start()
        let first = Int(Date().timeIntervalSince1970 * 1000) - count
        for number in 0..<count {
            // Text that no JSON begins with, so that it can be compared as it is told.
            let payload =
                "毒"
                + String(
                    (0..<Int.random(in: 0...60, using: &random)).map { _ in
                        "{]\"，１ﾄﾞ\u{7}".randomElement(using: &random)!
                    }
                )
            poison["json/プレス\(number)"] = payload
            publisher.publish(BusMessage(topic: "json/プレス\(number)", payload: Array(payload.utf8))) { _ in }
            let good = "{\"t\":\(first + number),\"v\":\(number)}"
            publisher.publish(BusMessage(topic: "json/good", payload: Array(good.utf8))) { _ in }
            if number % 50 == 49 { try await Task.sleep(for: .milliseconds(10)) }
        }
        let isDone = try await eventually(within: 60) {
            try await daemon.status().broker.messages >= UInt64(2 * count)
        }
        let status = try await daemon.status()
        #expect(isDone, "seed \(seed): \(status.broker.messages) came")
        publisher.stop()
        #expect(
            try await daemon.samples("ota/good/v").compactMap { $0.value.number.map { Int($0) } }
                == Array(0..<count)
        )
        #expect(status.intake.deadByReason == ["decode": UInt64(count)], "seed \(seed)")
        #expect(
            status.broker.reconnects == 0 && (status.broker.lagMsP99 ?? 0) < 5000,
            "the intake never pauses"
        )
        let told = try await letters(daemon)
        func expectAll(_ told: [DeadLetterRow]) {
            #expect(told.count == count)
            #expect(
                Dictionary(told.map { ($0.topic, $0.payload) }) { first, _ in first } == poison,
                "seed \(seed)"
            )
            #expect(
                told.allSatisfy {
                    $0.reason == "decode" && $0.rule == "json" && $0.bytes == $0.payload.utf8.count
                }
            )
            #expect(told.map(\.number) == (1...UInt64(count)).reversed())
        }
        expectAll(told)
        // Killed, it still has each of them, and each once.
        daemon.kill(SIGKILL)
        try await daemon.start()
        expectAll(try await letters(daemon))
        daemon.kill(SIGTERM)
    }

    @Test("a mended rule reads what was dead before, once, and says what became of each letter")
    func replay() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let address = "broker: mqtt://127.0.0.1:\(broker.port)\n"
        let wrong = DutyTests.rule("stock/+/move").replacingOccurrences(
            of: "value: $,",
            with: "value: $.qty,"
        )
        let before = try Daemon(in: workshop, settings: address + wrong)
        try await before.start()
        let sensor = broker.publisher(queueLimit: 10)
        sensor.start()
        let long = "[" + String(repeating: "1,", count: 3000) + "1]"
        for (topic, payload) in [("stock/棚A/move", "5"), ("stock/棚B/move", "7"), ("stock/棚C/move", long)] {
            sensor.publish(BusMessage(topic: topic, payload: Array(payload.utf8))) { _ in }
        }
        #expect(try await eventually(within: 10) { try await before.status().intake.deadLetters == 3 })
        sensor.stop()
        let list = try Executable.run(["dead", "list", "--config", before.config])
        #expect(
            list.status == 0 && list.output.contains("path_missing") && list.output.contains("stock/棚B/move"),
            "\(list)"
        )
        let show = try Executable.run(["dead", "show", "1", "--config", before.config])
        #expect(show.status == 0 && show.output.contains("\n5\n") && show.output.contains("! "), "\(show)")
        #expect(try Executable.run(["dead", "show", "9", "--config", before.config]).status == 1)
        let wrongReason = try Executable.run([
            "dead", "list", "--reason", "no_such", "--config", before.config,
        ])
        #expect(wrongReason.status == 1 && wrongReason.errors.contains("path_missing"), "\(wrongReason)")
        before.kill(SIGKILL)

        let daemon = try Daemon(in: workshop, settings: address + DutyTests.rule("stock/+/move"))
        try await daemon.start()
        let replay = try Executable.run(["dead", "replay", "--config", daemon.config, "--json"])
        let rows = try JSONDecoder().decode([ReplayRow].self, from: Data(replay.output.utf8))
        #expect(rows.map(\.outcome) == ["read", "read", "refused"] && replay.status == 1, "\(replay)")
        #expect(rows.last?.why.first?.contains("first 4096 of its 6003 bytes") == true, "\(rows)")
        #expect(try await daemon.stock("ボルト") == 12)
        // Those two are done with; a restart in between changes nothing.
        daemon.kill(SIGKILL)
        try await daemon.start()
        let again = try Executable.run([
            "dead", "replay", "--topic", "stock/+/move", "--config", daemon.config,
        ])
        #expect(again.output.contains("0 of 1 letters were read"), "\(again)")
        #expect(try await daemon.stock("ボルト") == 12)
        #expect(try await letters(daemon).map { $0.replayed != nil } == [false, true, true])
        #expect(try await daemon.status().intake.deadLetters == 3, "a second try is no second letter")
        daemon.kill(SIGTERM)
    }

    @Test("scenario 19: what the broker, a rule, a limit or a ring lets go is counted and shows in status")
    func noSilentDrop() async throws {
        let workshop = try Workshop()
        // A broker as Debian ships it: a thousand messages for a client that is away, then silence.
        let broker = try OutsideBroker(
            in: workshop,
            queueMax: 1000,
            more: "sys_interval 1\nlog_type subscribe"
        )
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                rules:
                  - {name: quiet, topic: "json/quiet", ignore: true}
                \(Self.rule.replacingOccurrences(of: "rules:\n", with: ""))
                """,
            data: "budget: 32 MiB, series_limit: 20, dead_letters: 64 KiB"
        )
        try await daemon.start()
        daemon.kill(SIGTERM)
        let acknowledged = Atomic(0)
        let publisher = broker.publisher(queueLimit: 5000)
        publisher.start()
        func publish(_ topic: String, _ payload: String) {
            publisher.publish(BusMessage(topic: topic, payload: Array(payload.utf8))) { _ in
                acknowledged.add(1, ordering: .relaxed)
            }
        }
        // Stamps of their own: of two that arrive in one millisecond the later would stand.
        let first = Int(Date().timeIntervalSince1970 * 1000) - 3000
        for number in 0..<3000 { publish("json/away", "{\"v\":\(number),\"t\":\(first + number)}") }
        #expect(try await eventually(within: 30) { acknowledged.load(ordering: .relaxed) == 3000 })
        try await daemon.start()
        #expect(try await eventually(within: 20) { try await daemon.status().broker.messages > 0 })
        let stamp = Int(Date().timeIntervalSince1970 * 1000)
        publish("json/quiet", "1")
        publish("json/empty", "")
        for _ in 0..<2 { publish("json/twice", "{\"v\":1,\"t\":\(stamp)}") }
        for number in 0..<400 {
            publish("json/毒\(number)", "{\"v\":\"\(String(repeating: "x", count: 200))\"}")
        }
        for number in 0..<30 { publish("json/new-\(number)", "{\"v\":1}") }
        let isTold = try await eventually(within: 30) {
            let status = try await daemon.status()
            return status.discards["broker_queue"] ?? 0 > 0 && status.intake.deadByReason["type"] == 400
                && status.intake.deadByReason["store_limit"] ?? 0 > 0
        }
        publisher.stop()
        // Asked for so that it takes no room in that queue.
        #expect(broker.said.contains(" 0 $SYS/broker/publish/messages/dropped"), "\(broker.said)")
        let stored = UInt64(try await daemon.samples("ota/away/v").count)
        // The broker tells its count once a second.
        let isCounted = try await eventually(within: 10) {
            try await daemon.status().discards["broker_queue"] == 3000 - stored
        }
        let status = try await daemon.status()
        #expect(isTold, "\(status.discards) \(status.intake.deadByReason)")
        #expect(stored >= 1000 && isCounted, "\(stored) \(status.discards)")
        #expect(status.discards["ignored"] == 1 && status.discards["empty"] == 1)
        #expect(status.discards["duplicate"] == 1)
        #expect(status.discards["dead"] == status.intake.deadLetters)
        #expect(status.discards["letter_overwrite"] ?? 0 > 100, "\(status.discards)")
        #expect(status.intake.lettersGone + UInt64(status.intake.lettersKept) >= 400)
        let screen = try Executable.run(["status", "--config", daemon.config]).output
        for word in [
            "by the broker, its queue was full", "1 by ignore: true", "1 empty", "old dead letters",
            "mostly type",
        ] {
            #expect(screen.contains(word), "\(word) in \(screen)")
        }
        daemon.kill(SIGTERM)
    }
}

/// SplitMix64, so that a failing seed can be run again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
