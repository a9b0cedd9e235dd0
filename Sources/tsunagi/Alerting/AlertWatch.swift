import Alerts
import Bus
import Desk
import FoundationEssentials
import Intake
import Logging
import Readings
import Synchronization

/// Looks every few seconds whether somebody has to be told of something, and tells: the bus, a webhook, the log, the desk.
///
///     Plant, Intake, links, feeds ─▶ AlertSight ─▶ AlertBook ─┬▶ <data>/alerts.json
///                                                             ├▶ tsunagi/v1/g/<gateway>/alert/<rule>, retained
///                                                             ├▶ webhook, until it has taken it
///                                                             └▶ desk: `tsunagi alerts`, board
actor AlertWatch {
    /// Between two looks, and so many times as long as a look takes: whatever rules ask about, it is a twentieth of a
    /// core at most.
    static let (rest, restShare) = (Duration.seconds(2), 20)
    /// A notice that no webhook took for so long is of no use any more.
    private static let noticeMsMax: Int64 = 86_400_000

    private let gateway: String
    private let file: AlertFile
    private let logger: Logger
    private let publish: @Sendable (BusMessage, _ failed: @escaping @Sendable () -> Void) -> Void
    private let offsetSeconds: @Sendable (Instant) -> Int
    private var sight: AlertSight
    private var options: AlertOptions
    private var book: AlertBook
    /// By rule, what the bus was told last: ids, and who takes care of them.
    private var said: [String: [String]] = [:]
    /// Rules of which the broker may retain something of an earlier run, or may not have what it should.
    private var unsaid: Set<String>
    /// Of the book, as it lies on the disk.
    private var written: UInt64 = 0
    /// Of the last notice in the log.
    private var logged: UInt64
    /// What was wrong last, for the log and for `status`.
    private var fileFault: String?
    private var callFault: String?
    private var webhook: Webhook?
    /// Calls in a row that nobody took.
    private var failures = 0
    /// What the desk reads.
    private let board = Mutex((answer: AlertAnswer(), faults: [String]()))

    /// - Parameters:
    ///   - folder: of the data.
    ///   - publish: says something on the bus; calls back, on any thread, when it could not.
    init(
        gateway: String,
        folder: String,
        _ options: AlertOptions,
        rooms: AlertSight.Rooms,
        publish: @escaping @Sendable (BusMessage, _ failed: @escaping @Sendable () -> Void) -> Void,
        logger: Logger
    ) {
        self.gateway = gateway
        self.options = options
        self.publish = publish
        self.logger = logger
        offsetSeconds = rooms.offsetSeconds
        sight = AlertSight(rooms)
        file = AlertFile(folder)
        var memory = AlertMemory()
        do throws(Trouble) {
            memory = try file.read()
        } catch {
            logger.warning("alerts: \(error)")
        }
        book = AlertBook(memory, at: WallClock.now)
        unsaid = Set(memory.topics)
        logged = book.lastNumber
        (webhook, callFault) = Self.webhook(options.webhook)
    }

    // MARK: Looking

    /// One look.
    func look() {
        let now = WallClock.now
        // In 1970 everything is late.
        guard Intake.isSet(now) else { return show() }
        for (rule, looks) in sight.looks(options.rules, now: now) { book.take(looks, by: rule, at: now) }
        settle(at: now)
    }

    /// Goes by other rules from the next look on.
    func adopt(_ fresh: AlertOptions) {
        if fresh.webhook != options.webhook { (webhook, callFault) = Self.webhook(fresh.webhook) }
        options = fresh
        look()
    }

    /// Tells whoever has to know what has changed.
    private func settle(at now: Instant) {
        book.settle(options.rules, at: now)
        let words = AlertWords(.en, offsetSeconds: offsetSeconds)
        for notice in book.notices where notice.number > logged {
            logger.log(
                level: notice.word == .standing ? .warning : .notice,
                "alert \(notice.alert.rule): \(words.line(notice.alert))",
                metadata: ["word": "\(notice.word.rawValue)"]
            )
        }
        logged = book.lastNumber
        if options.webhook == nil { book.forget(through: book.lastNumber) }
        keep()
        speak(at: now)
        show()
    }

    /// Says on the bus what stands, rule by rule, where that is not what was said last.
    private func speak(at now: Instant) {
        var shown: [String: [AlertRow]] = [:]
        for alert in book.standing where book.silence(of: alert) == nil {
            shown[alert.rule, default: []].append(row(alert))
        }
        for rule in Set(said.keys).union(unsaid).union(shown.keys).sorted() {
            let rows = shown[rule] ?? []
            let marks = rows.map { "\($0.id) \($0.since) \($0.acknowledgedBy ?? "")" }
            guard said[rule] != marks || unsaid.contains(rule) else { continue }
            unsaid.remove(rule)
            said[rule] = rows.isEmpty ? nil : marks
            let message = AlertMessage(gateway: gateway, rule: rule, time: now, rows)
            let topic = "tsunagi/v1/g/\(gateway)/alert/\(rule)"
            let payload = rows.isEmpty ? [] : Self.json(message)
            publish(BusMessage(topic: topic, payload: payload, retain: true)) { [weak self] in
                Task { await self?.repeatLater(rule) }
            }
        }
    }

    /// The queue was full, or the broker refused it.
    private func repeatLater(_ rule: String) {
        unsaid.insert(rule)
    }

    /// Writes down what stands before anybody hears of it, so that whatever the broker retains is known at the next start.
    private func keep() {
        guard written != book.revision || fileFault != nil else { return }
        var memory = book.memory
        memory.topics = Set(said.keys).union(unsaid).union(book.standing.map(\.rule)).sorted()
        do throws(Trouble) {
            try file.write(memory)
            written = book.revision
            tell(&fileFault, nil)
        } catch {
            tell(&fileFault, "\(error)")
        }
    }

    private func show() {
        let answer = AlertAnswer(alerts: book.all.map(row), silences: book.silences.map { SilenceRow($0) })
        var faults = [fileFault, callFault].compactMap { $0.map { "alerts: \($0)" } }
        if book.refusedCount > 0 {
            faults.append("alerts: \(book.refusedCount) found no room; let rules ask about fewer subjects")
        }
        if book.lostCount > 0 {
            faults.append("alerts: \(book.lostCount) calls of the webhook made room for later ones, untold")
        }
        board.withLock { $0 = (answer, faults) }
    }

    private func row(_ alert: Alert) -> AlertRow {
        AlertRow(alert, silence: book.silence(of: alert), offsetSeconds: offsetSeconds)
    }

    private func tell(_ fault: inout String?, _ fresh: String?) {
        guard fault != fresh else { return }
        if let fresh { logger.warning("alerts: \(fresh)") } else { logger.notice("alerts: mended") }
        fault = fresh
    }

    // MARK: Calling

    private static func webhook(_ options: WebhookOptions?) -> (Webhook?, fault: String?) {
        guard let options else { return (nil, nil) }
        do throws(WebhookFailure) {
            return (try Webhook(options), nil)
        } catch {
            return (nil, "webhook: \(error)")
        }
    }

    /// Tells the webhook what it was not told yet, the oldest first.
    ///
    /// - Returns: how long until there may be something to do again.
    func call() async -> Duration {
        let now = WallClock.now
        guard let webhook, let options = options.webhook, let notice = book.notices.first else {
            return .milliseconds(200)
        }
        let call = AlertCall(notice, gateway: gateway, in: options.language, offsetSeconds: offsetSeconds)
        do throws(WebhookFailure) {
            try await webhook.post(String(decoding: Self.json(call), as: UTF8.self))
            tell(&callFault, nil)
        } catch {
            // The daemon ends; the next one calls.
            if Task.isCancelled { return .zero }
            tell(&callFault, "webhook: \(error)")
            if !error.isFinal, now.msSince(notice.at) < Self.noticeMsMax {
                failures += 1
                show()
                return Self.backOff(failures)
            }
            logger.error("alerts: the webhook was not told of \(notice.alert.id), \(notice.word.rawValue)")
        }
        failures = 0
        book.forget(through: notice.number)
        keep()
        show()
        return .zero
    }

    /// Half a second to a second, doubled with each failure up to five minutes.
    private static func backOff(_ failures: Int) -> Duration {
        let limit = min(300_000, 1000 << min(failures - 1, 10))
        return .milliseconds(Int.random(in: limit / 2...limit))
    }

    // MARK: What people say

    /// What the desk may ask and have done.
    nonisolated var room: AlertRoom {
        var room = AlertRoom()
        room.answer = { [self] in board.withLock { $0.answer } }
        room.faults = { [self] in board.withLock { $0.faults } }
        room.acknowledge = { [self] id, name in try await acknowledge(id, by: name) }
        room.silence = { [self] silence in try await self.silence(silence) }
        return room
    }

    private func acknowledge(_ id: String, by name: String) throws(AlertRefusal) -> [AlertRow] {
        let now = WallClock.now
        let found = book.acknowledge(id, by: name, at: now)
        guard !found.isEmpty else {
            let names = book.standing.prefix(3).map(\.id)
            let known = names.isEmpty ? "nothing does" : "these do: \(names.joined(separator: ", "))"
            throw AlertRefusal("no alert “\(id)” stands; \(known); tsunagi alerts lists all")
        }
        settle(at: now)
        if let fileFault { throw AlertRefusal(fileFault) }
        return found.map(row)
    }

    private func silence(_ silence: Silence) throws(AlertRefusal) -> [SilenceRow] {
        let now = WallClock.now
        guard book.silence(silence, at: now) else {
            throw AlertRefusal("\(AlertBook.silencesMax) silences are there already; end one, as --for 0")
        }
        settle(at: now)
        if let fileFault { throw AlertRefusal(fileFault) }
        return book.silences.map { SilenceRow($0) }
    }

    /// UTF-8, members in the order of their names.
    private static func json(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Rows hold texts and finite numbers: there is nothing that JSON has no form for.
        return (try? Array(encoder.encode(value))) ?? []
    }
}
