internal import Readings

/// What a link does over its connection; its two kinds, ``SubscriberDuty`` and ``PublisherDuty``, differ in
/// nothing else. Used on the link's thread only.
protocol LinkDuty: AnyObject {
    /// Whether the broker shall forget what it kept of an earlier session.
    var wantsCleanStart: Bool { get }
    /// Changes what the coming connection alone begins with: its will.
    func greet(_ options: inout BusOptions)
    /// Sets the closures that the coming connection needs.
    func prepare(_ context: ConnectionContext)
    /// The broker accepted us. Nothing may be written yet.
    func opened(sessionPresent: Bool)
    /// Whether nothing is left to arrange with the broker before the link does its work. Asked after every turn, until it
    /// holds.
    func isReady(_ context: ConnectionContext) -> Bool
    /// After some packets were read, `drained` saying whether the socket is empty now; and after every wake.
    ///
    /// - Returns: whether queued packets may be written now.
    func turn(_ connection: borrowing BusConnection, _ context: ConnectionContext, drained: Bool)
        throws(BusFailure)
        -> Turn
    /// The connection is gone or about to be; `failure` says why.
    func closed(after failure: BusFailure?) -> BusFailure?
    /// Called while stopping: whether everything is done and DISCONNECT may follow. Asked after every turn.
    func isFinished() -> Bool
    /// Whether the link has proved itself since the connection was made, so that back-off may start afresh.
    var hasProved: Bool { get }
    /// The link's thread ends.
    func ended()
}

/// What the loop does after a duty's turn.
struct Turn {
    /// Whether queued packets may be written. False while messages are taken but not settled.
    var mayWrite = true
    /// Whether many acknowledgements are queued.
    var many = false
    /// Read on without waiting.
    var again = false
    /// Wait for this long without looking at the socket, so that messages gather; 0: wait for the socket.
    var lingerNs: Int64 = 0
}

/// Serves one link for its whole life: connects, polls, reads, writes, and starts again with a back-off.
struct LinkLoop<Duty: LinkDuty> {
    /// Packets between two looks at the clock.
    private let burstMax = 64
    /// The longest poll: keepalive wants a look about once a second.
    private let pollNsMax: Int64 = 1_000_000_000
    private let answerSeconds = 10
    /// A connection that lived so long has proved itself.
    private let provedNs: Int64 = 30_000_000_000

    let options: BusOptions
    let board: LinkBoard
    let duty: Duty
    private var backoff = Backoff()
    /// Connections in a row that the broker closed without a word soon after it had accepted them.
    private var quickLosses = 0
    /// From so many on somebody else is taken to use our client id.
    private let quickLossesMax = 3
    /// Those of the present connection; nil without TLS.
    private var files: TLSFiles?
    /// Whether the broker accepted the latest connection.
    private let wasOpen = Box(false)
    private let quickNs: Int64 = 10_000_000_000

    init(_ options: BusOptions, board: LinkBoard, duty: Duty) {
        self.options = options
        self.board = board
        self.duty = duty
    }

    /// Returns when the board says stop.
    mutating func run() {
        while !board.isStopping {
            board.enter(.connecting)
            let started = BusClock.monotonicNs()
            var failure: BusFailure?
            do { try serve() } catch { failure = error }
            guard let failure, !board.isStopping else { break }
            if case .renewed = failure { continue }
            let livedNs = BusClock.monotonicNs() - started
            let verdict = judge(failure, livedNs: livedNs)
            if (duty.hasProved && quickLosses < quickLossesMax) || livedNs > provedNs { backoff.reset() }
            rest(after: verdict)
        }
        duty.ended()
        board.enter(.stopped)
    }

    /// Two clients with one id push each other out for ever. Mosquitto 2.0 closes the older one's link
    /// without a reason, so the repetition has to tell; only the back-off grows, in case it was something
    /// else. A broker that does not listen any more has ended by itself, however often.
    private mutating func judge(_ failure: BusFailure, livedNs: Int64) -> BusFailure {
        guard case .lost(let address, _) = failure, wasOpen.value, livedNs < quickNs,
            !Reach.isGone(options.address, wake: board.wake, isStopping: { board.isStopping })
        else {
            quickLosses = 0
            return failure
        }
        quickLosses += 1
        guard quickLosses >= quickLossesMax else { return failure }
        return .displaced(address: address, clientID: options.identity.clientID, times: quickLosses)
    }

    private mutating func rest(after failure: BusFailure) {
        let waitMs = backoff.nextMs(after: failure)
        board.wait(failure, until: BusClock.now().advanced(byMs: waitMs))
        let end = BusClock.monotonicNs() + waitMs * 1_000_000
        while !board.isStopping {
            let left = end - BusClock.monotonicNs()
            if left <= 0 { return }
            _ = pollSocket(-1, reading: false, writing: false, wake: board.wake, nanoseconds: left)
        }
    }

    /// One connection, from its socket to its end. The owner is destroyed on return: acknowledgements that
    /// were not written by then are forgotten, and the broker sends those messages again.
    private mutating func serve() throws(BusFailure) {
        try Reach.check(options.address, wake: board.wake) { board.isStopping }
        if board.isStopping { return }
        var options = options
        duty.greet(&options)
        let context = ConnectionContext(options.identity)
        let connection = try BusConnection(options, cleanStart: duty.wantsCleanStart, context: context)
        try connection.configure(options)
        duty.prepare(context)
        files = TLSFiles(options.address, nowNs: BusClock.monotonicNs())
        let certificates = files?.certificates ?? []
        board.certificates(certificates)
        wasOpen.value = false
        let isDoubtful = quickLosses >= quickLossesMax
        context.opening = { [board, duty, wasOpen] sessionPresent in
            wasOpen.value = true
            board.accepted(sessionPresent: sessionPresent, isDoubtful: isDoubtful)
            duty.opened(sessionPresent: sessionPresent)
        }
        do {
            try connection.connect(options)
            try converse(connection, context, keepAliveSeconds: options.keepAliveSeconds)
        } catch {
            throw duty.closed(after: error) ?? named(error, certificates)
        }
        if let failure = duty.closed(after: nil) { throw failure }
    }

    /// Names the certificate that has ended, where that is why a link cannot be secured.
    private func named(_ failure: BusFailure, _ certificates: [CertificateStatus]) -> BusFailure {
        // With TLS 1.3 a broker that refuses ours closes the link without a word.
        guard !wasOpen.value, let ended = certificates.first(where: { $0.end <= BusClock.now() })
        else { return failure }
        return .insecure(
            address: options.address.description,
            detail: "the certificate \(ended.file) ended on \(ended.end.iso8601)"
        )
    }

    private mutating func converse(
        _ connection: borrowing BusConnection,
        _ context: ConnectionContext,
        keepAliveSeconds: Int
    ) throws(BusFailure) {
        let started = BusClock.monotonicNs()
        let deadline = started + Int64(answerSeconds) * 1_000_000_000
        var isDoubtful = quickLosses >= quickLossesMax
        var turn = Turn()
        var (isHushed, isOnline) = (false, false)
        var heardNs = started
        while true {
            board.turned()
            let wait = turn.again ? 0 : turn.lingerNs > 0 ? turn.lingerNs : pollNsMax
            let outcome = pollSocket(
                connection.socket,
                reading: turn.lingerNs == 0,
                writing: turn.mayWrite && connection.wantsWrite,
                wake: board.wake,
                nanoseconds: wait
            )
            var drained = true
            var isHeard = outcome.readable
            if outcome.readable || outcome.broken || turn.lingerNs > 0 || turn.again {
                drained = try readBurst(connection, context, &isHeard)
            }
            try requireLife(isHeard && !outcome.broken, &heardNs, keepAliveSeconds)
            if context.isOpen {
                if !isHushed { connection.hush() }
                isHushed = true
                turn = try duty.turn(connection, context, drained: drained)
                if !isOnline && duty.isReady(context) {
                    board.enter(.online)
                    isOnline = true
                }
            } else if board.isStopping {
                return
            } else if BusClock.monotonicNs() > deadline {
                throw .silent(address: options.address.description, seconds: answerSeconds)
            }
            if isDoubtful && context.isOpen && BusClock.monotonicNs() - started > quickNs {
                board.clearError()
                isDoubtful = false
            }
            if files?.areRenewed(nowNs: BusClock.monotonicNs()) == true {
                throw .renewed(address: options.address.description)
            }
            try connection.tend()
            if connection.socket < 0 { throw connection.failure(code: 0, error: 0) }
            if turn.mayWrite && connection.wantsWrite { try connection.writeAll(many: turn.many) }
            if board.isStopping && turn.mayWrite && duty.isFinished() { return try leave(connection) }
        }
    }

    /// A broker that lives answers our ping, which goes out after one keepalive of silence: after 1.4 of them it is out
    /// of reach, though nobody said so. The library itself waits for two.
    private func requireLife(_ isHeard: Bool, _ heardNs: inout Int64, _ keepAliveSeconds: Int)
        throws(BusFailure)
    {
        let now = BusClock.monotonicNs()
        if isHeard {
            heardNs = now
        } else if now - heardNs > Int64(keepAliveSeconds) * 1_400_000_000 {
            let seconds = Int((now - heardNs) / 1_000_000_000)
            throw .stale(address: options.address.description, seconds: seconds)
        }
    }

    /// - Returns: whether the socket is empty.
    private func readBurst(
        _ connection: borrowing BusConnection,
        _ context: ConnectionContext,
        _ isHeard: inout Bool
    ) throws(BusFailure) -> Bool {
        for _ in 0..<burstMax {
            switch connection.readOne() {
            case .more:
                isHeard = true
                continue
            case .drained: return true
            case .failed(let code, let error): throw connection.failure(code: code, error: error)
            }
        }
        return false
    }

    /// Says DISCONNECT and waits, shortly, until it and everything before it is written.
    private func leave(_ connection: borrowing BusConnection) throws(BusFailure) {
        let deadline = BusClock.monotonicNs() + pollNsMax
        connection.disconnect()
        while connection.socket >= 0 && connection.wantsWrite && BusClock.monotonicNs() < deadline {
            try connection.writeAll(many: false)
            if connection.socket < 0 || !connection.wantsWrite { return }
            _ = pollSocket(
                connection.socket,
                reading: false,
                writing: true,
                wake: board.wake,
                nanoseconds: 50_000_000
            )
        }
    }
}

/// A value that a closure and its maker share, on one thread.
private final class Box<Value> {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }
}
