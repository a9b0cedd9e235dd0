import ArgumentParser
import Bus
import Glibc
import Intake
import Readings
import Settings
import Synchronization

/// `tsunagi map watch FILTER`: what is said on the bus, and which rule would take it.
struct MapWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Listens on the bus for a while: topics with rate, shape, and the rule that takes them.",
        discussion: """
            It is a client of its own, beside the daemon: nothing is stored or acknowledged in the daemon's name. Exit \
            code 1 when nothing came, or when a topic is taken by no rule or makes dead letters.
            """
    )

    @Argument(help: "What to listen for, e.g. '#' or 'tele/+/SENSOR'.")
    var filter: String

    @Option(name: .shortAndLong, help: "The configuration: whose broker, whose rules.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    @Option(help: "How long to listen.")
    var seconds: Int = 10

    @Flag(help: "JSON instead of a table.")
    var json = false

    func validate() throws {
        if seconds < 1 || seconds > 86_400 { throw ValidationError("--seconds takes 1 to 86400") }
        do {
            _ = try TopicFilter(filter)
        } catch {
            throw ValidationError("\(filter): \(error)")
        }
    }

    func run() async throws {
        let settings = try Settings.reading(config)
        var options = try Links.operators(of: settings, client: "map-watch-\(getpid())")
        options.filters = [filter]
        options.sessionExpirySeconds = 0
        let board = TopicBoard()
        let link = BusLink(options, sink: board.sink(try RuleTrial(settings.rules)))
        link.start()
        // What counts is how long it listens, not how long it takes to be let in.
        let asked = WallClock.now
        while link.status.state != .online, link.status.lastError == nil,
            WallClock.now.msSince(asked) < 10_000
        {
            try await Task.sleep(for: .milliseconds(20))
        }
        let started = WallClock.now
        try await Task.sleep(for: .seconds(seconds))
        let status = link.status
        link.stop()
        if let trouble = status.lastError, status.state != .online { throw Trouble("error: \(trouble)") }
        let rows = board.rows(overMs: max(1, WallClock.now.msSince(started)))
        if json {
            try sayJSON(rows)
        } else {
            show(rows, unseen: board.unseen)
        }
        if rows.isEmpty || rows.contains(where: { ($0.rule == nil || $0.dead != nil) }) { throw ExitCode(1) }
    }

    private func show(_ rows: [TopicRow], unseen: Int) {
        if rows.isEmpty { return Console.trouble("nothing came on \(filter) in \(seconds) s") }
        var table = TextTable([
            ("TOPIC", .left), ("MSG/S", .right), ("RULE", .left), ("READINGS", .right), ("DEAD", .left),
            ("SHAPE", .left),
        ])
        for row in rows {
            table.add([
                row.topic, Words.number(row.perSecond, decimals: 2), row.rule ?? "none",
                "\(row.readings)", row.dead ?? "-", row.shape,
            ])
        }
        Console.show(table)
        if unseen > 0 {
            Console.trouble("\(unseen) messages of more than \(TopicBoard.topicsMax) topics left out")
        }
    }
}

/// A topic that was seen.
struct TopicRow: Encodable {
    let topic: String
    var messages: Int
    var perSecond: Double
    /// Of its last message.
    var shape: String
    /// That took its last message; nil when none did.
    var rule: String?
    var ignored: Bool
    var readings: Int
    /// Reason and detail of its last dead letter.
    var dead: String?
}

/// Gathers what comes, topic by topic.
private final class TopicBoard: Sendable {
    static let topicsMax = 10_000

    private struct Board {
        var rows: [String: TopicRow] = [:]
        var unseen = 0
    }

    /// Guards all of it; nothing else is locked while it is held.
    private let board = Mutex(Board())

    /// Messages of topics beyond those that are kept.
    var unseen: Int { board.withLock { $0.unseen } }

    func sink(_ trial: sending RuleTrial) -> sending BusSink {
        BusSink(
            take: { [self] topic, payload, arrival in
                let bytes = payload.copied
                let outcome = trial.take(
                    topic: topic.copied,
                    payload: bytes,
                    at: WallClock.now,
                    qos: arrival.qos,
                    retain: arrival.retain
                )
                note(String(decoding: topic.copied, as: UTF8.self), bytes, outcome)
            },
            settle: {}
        )
    }

    private func note(_ topic: String, _ payload: [UInt8], _ outcome: TrialOutcome) {
        let shape = PayloadShape(of: payload).description
        let letter = outcome.deadLetters.last.map { "\($0.reason.rawValue): \($0.detail)" }
        board.withLock { board in
            guard board.rows.count < Self.topicsMax || board.rows[topic] != nil else {
                board.unseen += 1
                return
            }
            let fresh = TopicRow(
                topic: topic,
                messages: 0,
                perSecond: 0,
                shape: shape,
                ignored: false,
                readings: 0
            )
            var row = board.rows[topic] ?? fresh
            row.messages += 1
            row.shape = shape
            row.rule = outcome.rule
            row.ignored = outcome.isIgnored
            row.readings += outcome.readings.count
            if let letter { row.dead = letter }
            board.rows[topic] = row
        }
    }

    /// By topic.
    func rows(overMs: Int64) -> [TopicRow] {
        board.withLock { board in
            board.rows.values.sorted { $0.topic < $1.topic }.map { row in
                var row = row
                row.perSecond = Double(row.messages) * 1000 / Double(overMs)
                return row
            }
        }
    }
}
