public import Codec
public import Readings
internal import Synchronization

/// Turns the broker's messages into batches of readings: by the rules, on the thread of the one link that
/// feeds it.
///
///     linked(sessionPresent:)   a link stands
///     take(topic:payload:…)     for each message; nothing is durable yet
///     settle(_:)                makes all that was taken durable; only then may the messages be acknowledged
///     abandoned()               instead of a settle that failed, or when the link broke before it
///
/// `restore(_:)` and `replay(_:)` come before the first message and bring back what must outlive a restart.
///
/// Sendable, because a link's closures carry it to their thread; see the proof at `line`.
public final class Intake: @unchecked Sendable {
    /// Proof of `@unchecked Sendable`: the line is touched by the methods that the link's thread calls, and by
    /// `restore`, `replay` and `keepsake`, which the wiring calls before that thread starts or on it (a store
    /// asks for the keepsake while it commits). All that other threads may call reads `board` alone, which is
    /// locked.
    ///
    /// No access is checked for exclusivity, which would cost each message as much as reading a number does. They never
    /// overlap: nobody is called from within one of the line's own methods who comes back to us.
    @exclusivity(unchecked) private var confined: IntakeLine
    var line: IntakeLine {
        _read { yield unsafe confined }
        _modify { yield unsafe &confined }
    }
    let board = IntakeBoard()
    /// Rules that are to be gone by from the next batch on; guards them and the flag.
    private let coming = Mutex<RuleTable?>(nil)
    /// Whether there are any: looked at once a batch, without the lock.
    private let isComing = Atomic(false)
    /// What other threads want done on the link's.
    let errands = Errands()
    let clock: @Sendable () -> Instant
    let uptimeMs: @Sendable () -> Int64
    private let say: @Sendable (SparkplugOutgoing) -> Void

    /// - Parameters:
    ///   - table: the rules.
    ///   - book: where series and texts get their numbers.
    ///   - clock: read once for each message; tests hold it.
    ///   - uptimeMs: a clock that nobody sets, in milliseconds from anywhere; read while the other one is not set.
    ///   - say: takes what the Sparkplug host wants published. Called within ``settle(_:)``, on the link's thread, and so
    ///     must not publish over that link and must not block.
    public init(
        table: RuleTable,
        book: SeriesBook,
        clock: @escaping @Sendable () -> Instant,
        uptimeMs: @escaping @Sendable () -> Int64,
        say: @escaping @Sendable (SparkplugOutgoing) -> Void = { _ in }
    ) {
        unsafe confined = IntakeLine(table: table, book: book, now: clock())
        self.clock = clock
        self.uptimeMs = uptimeMs
        self.say = say
    }

    /// Everything that is wrong with the rules, each with the place where it stands; empty when all is well.
    public static func check(_ options: RuleSetOptions) -> [RuleFailure] {
        RuleTable.check(options)
    }

    /// Goes by other rules from the next batch on: when the present one is settled, at the next ``tick()``, or when a link
    /// stands anew. Any thread.
    public func adopt(_ table: RuleTable) {
        coming.withLock { coming in
            coming = table
            isComing.store(true, ordering: .releasing)
        }
    }

    /// Whether the rules that were to be adopted have been. Any thread.
    public var hasAdopted: Bool { !isComing.load(ordering: .acquiring) }

    private func adoptWhatComes() {
        guard isComing.load(ordering: .acquiring), line.batch.isEmpty else { return }
        let table = coming.withLock { coming in
            isComing.store(false, ordering: .releasing)
            return coming.take()
        }
        if let table { line.adopt(table) }
    }

    /// A link stands. With the broker's old session, what it resends is recognised by the receipts until the
    /// first message that is new; with a new session, earlier receipts are forgotten.
    public func linked(sessionPresent: Bool) {
        adoptWhatComes()
        line.linked(sessionPresent: sessionPresent)
        board.link(since: clock())
    }

    /// Time passes: Sparkplug's messages that wait for others have waited long enough, and edge nodes are asked for
    /// their births. Called when no message has come for a while, a second or so.
    ///
    /// - Returns: whether there is something to ``settle(_:)``.
    public func tick() -> Bool {
        adoptWhatComes()
        let now = clock()
        guard Intake.isSet(now) else { return false }
        if !line.timeless.isEmpty { release(at: now) }
        return line.tickSparkplug(now) || !line.batch.isEmpty || !errands.isEmpty
    }

    /// The link broke: what Sparkplug's edge nodes said last is stale until they say it again.
    ///
    /// - Returns: whether there is something to ``settle(_:)``.
    public func lost() -> Bool {
        board.link(since: nil)
        let now = clock()
        guard Intake.isSet(now) else { return false }
        line.loseSparkplug(now)
        return !line.batch.isEmpty
    }

    /// Takes a message into the batch: readings, movements, dead letters and, for QoS 1, a receipt.
    ///
    /// - Parameters:
    ///   - topic: borrowed; nothing is kept.
    ///   - payload: borrowed; nothing is kept but the head of a dead letter's.
    ///   - messageID: the packet's; without meaning for QoS 0.
    ///   - qos: 0 … 2.
    ///   - retain: whether the broker sent it from its store of retained messages.
    /// - Complexity: O(bytes). For topics and series that were seen before nothing is allocated.
    public func take(topic: Span<UInt8>, payload: Span<UInt8>, messageID: UInt16, qos: UInt8, retain: Bool) {
        let now = clock()
        guard Intake.isSet(now) else {
            return hold(topic, payload, messageID: messageID, qos: qos, isRetained: retain)
        }
        if !line.timeless.isEmpty { release(at: now) }
        line.take(topic, payload, messageID: messageID, qos: qos, isRetained: retain, now: now)
    }

    /// Takes a dropped file into the batch, as one message of its rule: readings, movements, dead letters, and a mark by
    /// which a file of the same name and content is known, for as long as movements are.
    ///
    /// - Parameters:
    ///   - place: one of ``RuleTable/drops``.
    ///   - file: its name within the folder.
    ///   - content: all of it, at most ``RuleTable/payloadBytesMax``.
    ///   - hash: of the content.
    public func takeFile(
        in place: DropPlace,
        _ file: String,
        _ content: Span<UInt8>,
        _ hash: ContentHash
    ) -> FileOutcome {
        adoptWhatComes()
        let topic = Array(DropPlace.topic(rule: place.rule, file: file).utf8)
        return line.takeFile(topic.span, rule: place.rule, content, hash, now: clock())
    }

    /// Notes that a dropped file is too large to be read.
    ///
    /// - Parameter hash: of what tells it apart.
    public func refuseFile(in place: DropPlace, _ file: String, bytes: Int, _ hash: ContentHash)
        -> FileOutcome
    {
        let topic = Array(DropPlace.topic(rule: place.rule, file: file).utf8)
        let unread: [UInt8] = []
        return line.takeFile(topic.span, rule: place.rule, unread.span, bytes: bytes, hash, now: clock())
    }

    /// Hands the batch to `commit`, and begins the next one when that returns. An empty batch is not handed
    /// over.
    ///
    /// Letters that somebody wants read again follow, in batches of their own; see ``retry(_:answer:)``.
    ///
    /// The batch is handed over without a hold on the intake, so that `commit` may ask for the
    /// ``keepsake(bytesMax:)``.
    ///
    /// - Parameter commit: makes the batch durable; throws when it could not.
    /// - Throws: what `commit` threw. Then ``abandoned()`` must follow.
    public func settle<Failure: Error>(_ commit: (Batch) throws(Failure) -> Void) throws(Failure) {
        if !line.timeless.isEmpty, !holds { release(at: clock()) }
        try settleBatch(commit)
        while let errand = errands.take() {
            switch errand {
            case .retry(let letters, let answer): try retry(letters, answer, commit)
            case .sparkplug(let act): act(&line.desk.host, clock())
            }
        }
        for outgoing in line.desk.host.outgoing { say(outgoing) }
        line.desk.host.outgoing.removeAll()
        adoptWhatComes()
    }

    func settleBatch<Failure: Error>(_ commit: (Batch) throws(Failure) -> Void) throws(Failure) {
        if !line.batch.isEmpty {
            let batch = line.batch
            try commit(batch)
        }
        line.settle(board)
    }

    /// Undoes what was taken since the last settled batch: its receipts, its movements' marks, its dead
    /// letters' counts. The broker will deliver the messages again.
    public func abandoned() {
        line.timeless.forgetUnacknowledged()
        board.hold(line.timeless.messages.count, dropped: line.timeless.dropped)
        line.abandon()
    }

    /// The store has given ids of series back: none that was found before is used again. May be called while a batch
    /// is being settled.
    public func forgetSeries() {
        line.forgetSeries()
    }

    /// What must survive a restart beside the journal, as of the last settled batch: a batch under way is not
    /// in it.
    ///
    /// - Parameter bytesMax: movements that would not fit are forgotten, the oldest first, and counted in the
    ///   status.
    public func keepsake(bytesMax: Int) -> [UInt8] {
        line.keepsake(bytesMax: bytesMax)
    }

    /// Takes over what ``keepsake(bytesMax:)`` wrote. Comes before ``replay(_:)`` and before the first message.
    ///
    /// - Throws: where the bytes stop making sense. Then what stood before has been taken over; the intake is
    ///   usable, but may count a movement again that the broker delivers again.
    public func restore(_ keepsake: [UInt8]) throws(ByteReader.Failure) {
        try line.restore(keepsake, board)
    }

    /// Takes over a batch that was settled after the keepsake was made; batches come in their order.
    public func replay(_ batch: Batch) {
        line.replay(batch, board)
    }

    /// The figures as of the last settled batch. Any thread.
    public var status: IntakeStatus { board.status }

    /// Who has published, at most `limit` of 10 000, in the order in which they were first seen. Any thread.
    public func sources(limit: Int) -> [SourceStatus] {
        board.sources(limit: limit, now: clock())
    }

    /// All of them. Any thread.
    public var allSources: [SourceStatus] { board.allSources(now: clock()) }

    /// Those of them that are silent for longer than their own rhythm, or whose clocks are more than a minute off. Any
    /// thread.
    public func troubledSources(limit: Int) -> [SourceStatus] {
        board.troubled(limit: limit, now: clock())
    }
}
