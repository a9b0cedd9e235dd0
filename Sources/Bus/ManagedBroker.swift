internal import Glibc
internal import Readings
internal import Synchronization

/// Debian's mosquitto as our own unprivileged child, with a private configuration: the embedded default.
///
/// Sensors and partners come over TCP with a user and a password each, partners with certificates over a TLS listener of
/// their own, the gateway over a Unix socket. It is
/// started again when it dies, and dies with us. No other broker on the machine is touched: only our own
/// child is ever signalled.
public final class ManagedBroker: Sendable {
    private let files: BrokerFiles
    private let log: @Sendable (String) -> Void
    private let wake = WakeLine()
    /// Rung when the first start has succeeded or failed.
    private let answer = WakeLine()
    private let stopping = Atomic(false)
    private let thread = Mutex<BusThread?>(nil)
    /// Guards what the status shows, the child, the users and their passwords.
    private let state: Mutex<State>

    private struct State {
        var status: BrokerStatus
        var child: Child?
        var firstStart: Result<Void, BrokerFailure>?
        var secrets: [String: String] = [:]
        var gatewayStem = ""
        var latest: [String] = []
    }

    private static let readyNs: Int64 = 15_000_000_000
    private static let graceSeconds = 5
    private static let linesKept = 5

    /// Looks for the programs and checks the options; touches no file yet.
    ///
    /// - Parameters:
    ///   - options: bounds as written there.
    ///   - log: gets each line of the broker's log, on its supervisor's thread.
    /// - Throws: ``BrokerFailure`` when the package is missing or an option cannot be used.
    public init(_ options: ManagedBrokerOptions, log: @escaping @Sendable (String) -> Void)
        throws(BrokerFailure)
    {
        files = BrokerFiles(options: options, programs: try BrokerPrograms(program: options.program))
        try files.check()
        self.log = log
        let status = BrokerStatus(
            state: .stopped,
            since: BusClock.now(),
            pid: nil,
            restarts: 0,
            listenAddress: options.listenAddress,
            port: options.port,
            partnerPort: options.partnerListener?.port,
            socketPath: files.socketPath,
            lastLine: nil,
            lastError: nil
        )
        state = Mutex(State(status: status))
    }

    /// Writes the files, starts the child, and returns once both of its sockets accept connections. May be
    /// called once.
    ///
    /// - Throws: ``BrokerFailure``; nothing of ours runs then.
    public func start() throws(BrokerFailure) {
        try files.makeDirectories()
        let secrets = try files.secrets()
        let stem = try files.gatewayStem()
        try files.writeUsers(secrets)
        try files.writeCertificates()
        let port = try claimPort(files.options.listenAddress, files.options.port)
        var partnerPort: Int?
        if let listener = files.options.partnerListener {
            partnerPort = try claimPort(listener.address, listener.port)
        }
        try files.writeConf(port: port, partnerPort: partnerPort ?? 0)
        let now = BusClock.now()
        state.withLock { [partnerPort] state in
            state.secrets = secrets
            state.gatewayStem = stem
            state.status.port = port
            state.status.partnerPort = partnerPort
            state.status.state = .starting
            state.status.since = now
        }
        thread.withLock { thread in
            precondition(thread == nil, "a managed broker is started once")
            // Its own thread, which lives as long as the broker: the kernel ends the child with the thread
            // that made it.
            thread = BusThread(name: "broker") { [self] in supervise() }
        }
        while state.withLock({ $0.firstStart }) == nil {
            _ = pollSocket(-1, reading: false, writing: false, wake: answer, nanoseconds: 1_000_000_000)
        }
        if case .failure(let failure) = state.withLock({ $0.firstStart }) {
            thread.withLock { $0 }?.join()
            throw failure
        }
    }

    /// A broker that outlived a killed daemon of ours still saves its sessions for a while, and holds the port.
    private func claimPort(_ address: String, _ port: Int) throws(BrokerFailure) -> Int {
        let patience = BusClock.monotonicNs() + 10_000_000_000
        while true {
            do throws(BrokerFailure) {
                return try PortCheck.claim(address: address, port: port)
            } catch {
                guard case .portInUse = error, PortCheck.answers(path: files.socketPath),
                    BusClock.monotonicNs() < patience
                else { throw error }
            }
            _ = pollSocket(-1, reading: false, writing: false, wake: answer, nanoseconds: 100_000_000)
        }
    }

    /// Ends the child: SIGTERM, so that it saves its sessions, and SIGKILL after 5 s. Blocks.
    public func stop() {
        stopping.store(true, ordering: .releasing)
        wake.ring()
        thread.withLock { $0 }?.join()
    }

    /// Rewrites users, rights and certificates and has the running broker read them.
    ///
    /// Links of users that are gone, or have another password now, are cut. Those of certificates are not: what they may
    /// not read any more is not delivered, and ``cut(_:)`` ends them.
    ///
    /// - Throws: ``BrokerFailure``; the broker goes on with the old rights then.
    public func reload(sensorFilters: [String], partners: [BrokerPartner]) throws(BrokerFailure) {
        var options = files.options
        options.sensorFilters = sensorFilters
        options.partners = partners
        let fresh = BrokerFiles(options: options, programs: files.programs)
        try fresh.check()
        let secrets = try fresh.secrets()
        try fresh.writeUsers(secrets)
        try fresh.writeCertificates()
        let child = state.withLock { state in
            state.secrets = secrets
            return state.child
        }
        child?.signal(SIGHUP)
    }

    /// Ends a partner's session over its own listener, and forgets what waits in it: its client id is its name, and a
    /// new session under that id takes its place for a moment. Blocks until that is done.
    ///
    /// - Returns: whether it is done.
    public func cut(_ partner: String) throws(BrokerFailure) -> Bool {
        var options = try link(.gateway, client: partner)
        options.identity.clientID = partner
        options.sessionExpirySeconds = 0
        let link = BusLink(options, sink: BusSink(take: { _, _, _ in }, settle: {}))
        link.start()
        defer { link.stop() }
        let patience = BusClock.monotonicNs() + 5_000_000_000
        while link.status.state != .online {
            guard BusClock.monotonicNs() < patience else { return false }
            _ = pollSocket(-1, reading: false, writing: false, wake: answer, nanoseconds: 5_000_000)
        }
        return true
    }

    /// A look at the broker, from any thread.
    public var status: BrokerStatus { state.withLock { $0.status } }

    /// Everything needed to connect as this user: address, name and password.
    ///
    /// - Parameter client: names the client; for the gateway it is put behind an unguessable stem that stays
    ///   the same over restarts, because whoever knows a client id could take its session.
    /// - Throws: ``BrokerFailure/notStarted`` before ``start()``, ``BrokerFailure/unknownUser(_:)``.
    public func link(_ user: BrokerUser, client: String) throws(BrokerFailure) -> BusOptions {
        let (status, secret, stem) = state.withLock { ($0.status, $0.secrets[user.name], $0.gatewayStem) }
        guard !stem.isEmpty else { throw .notStarted }
        guard let secret else { throw .unknownUser(user.name) }
        if user == .gateway {
            let identity = BusIdentity(
                clientID: "tsunagi-\(stem)-\(client)",
                user: user.name,
                password: secret
            )
            return BusOptions(address: .unix(path: status.socketPath), identity: identity)
        }
        let identity = BusIdentity(clientID: client, user: user.name, password: secret)
        return BusOptions(address: .tcp(host: status.listenAddress, port: status.port), identity: identity)
    }

    // MARK: - The supervisor's thread

    private func supervise() {
        var backoff = BrokerBackoff()
        while !stopping.load(ordering: .acquiring) {
            do {
                let child = try launch()
                try settle(child)
                tellFirst(.success(()))
                let end = try watch(child)
                guard let end else { break }
                throw BrokerFailure.died(detail: end.words, lines: state.withLock { $0.latest })
            } catch let failure as BrokerFailure {
                noteGone(failure)
                if tellFirst(.failure(failure)) { break }
                rest(backoff.nextMs(nowNs: BusClock.monotonicNs()))
            } catch {
                preconditionFailure("the broker's supervisor throws nothing else")
            }
        }
        let now = BusClock.now()
        state.withLock { state in
            state.child = nil
            state.status.pid = nil
            state.status.state = .stopped
            state.status.since = now
        }
    }

    /// - Returns: whether this was the answer to the first start.
    @discardableResult
    private func tellFirst(_ result: Result<Void, BrokerFailure>) -> Bool {
        let isFirst = state.withLock { state in
            defer { if state.firstStart == nil { state.firstStart = result } }
            return state.firstStart == nil
        }
        if isFirst { answer.ring() }
        return isFirst
    }

    private func launch() throws(BrokerFailure) -> Child {
        let port = status.port
        _ = try PortCheck.claim(address: files.options.listenAddress, port: port)
        if let listener = files.options.partnerListener, let port = status.partnerPort {
            _ = try PortCheck.claim(address: listener.address, port: port)
        }
        // Left behind by a killed broker.
        unsafe _ = unlink(files.socketPath)
        let child = try files.programs.start(conf: files.confPath)
        let now = BusClock.now()
        state.withLock { state in
            if state.firstStart != nil { state.status.restarts += 1 }
            state.child = child
            state.status.pid = child.pid
            state.status.state = .starting
            state.status.since = now
            state.latest = []
        }
        return child
    }

    /// Waits until all sockets accept.
    private func settle(_ child: Child) throws(BrokerFailure) {
        let deadline = BusClock.monotonicNs() + ManagedBroker.readyNs
        while !isListening {
            if let end = child.wait(milliseconds: 20, keep) {
                throw .died(detail: end.words, lines: state.withLock { $0.latest })
            }
            if BusClock.monotonicNs() > deadline || stopping.load(ordering: .acquiring) {
                finish(child)
                throw .died(detail: "did not open its sockets in time", lines: state.withLock { $0.latest })
            }
        }
        let now = BusClock.now()
        state.withLock { state in
            state.status.state = .running
            state.status.since = now
            state.status.lastError = nil
        }
    }

    private var isListening: Bool {
        let status = status
        guard PortCheck.answers(path: files.socketPath),
            PortCheck.answers(address: files.options.listenAddress, port: status.port)
        else { return false }
        guard let listener = files.options.partnerListener, let port = status.partnerPort else { return true }
        return PortCheck.answers(address: listener.address, port: port)
    }

    /// Passes lines on until the child ends by itself, or we are told to stop and end it.
    ///
    /// - Returns: its end; nil when we wished it.
    private func watch(_ child: Child) throws(BrokerFailure) -> ChildEnd? {
        while !stopping.load(ordering: .acquiring) {
            if let end = child.wait(milliseconds: 1000, wake: wake, keep) { return end }
        }
        finish(child)
        return nil
    }

    private func finish(_ child: Child) {
        child.signal(SIGTERM)
        if child.wait(milliseconds: ManagedBroker.graceSeconds * 1000, keep) == nil {
            child.signal(SIGKILL)
            _ = child.wait(milliseconds: ManagedBroker.graceSeconds * 1000, keep)
        }
    }

    private func keep(_ line: String) {
        // Whoever knows our client ids could take our sessions.
        let stem = state.withLock { $0.gatewayStem }
        let line = stem.isEmpty ? line : line.replacing(stem, with: "…")
        state.withLock { state in
            state.status.lastLine = line
            state.latest.append(line)
            if state.latest.count > ManagedBroker.linesKept { state.latest.removeFirst() }
        }
        log(line)
    }

    private func noteGone(_ failure: BrokerFailure) {
        log("\(failure)")
        state.withLock { state in
            state.child = nil
            state.status.pid = nil
            state.status.lastError = failure.description
        }
    }

    private func rest(_ milliseconds: Int64) {
        let now = BusClock.now()
        let end = BusClock.monotonicNs() + milliseconds * 1_000_000
        state.withLock { state in
            state.status.state = .waiting(until: now.advanced(byMs: milliseconds))
            state.status.since = now
        }
        while !stopping.load(ordering: .acquiring) {
            let left = end - BusClock.monotonicNs()
            if left <= 0 { return }
            _ = pollSocket(-1, reading: false, writing: false, wake: wake, nanoseconds: left)
        }
    }
}

/// 200 ms, doubling up to 10 s, and back to 200 ms once a child has lived for a minute.
private struct BrokerBackoff {
    private var nextMsValue: Int64 = 200
    private var lastNs: Int64 = 0

    mutating func nextMs(nowNs: Int64) -> Int64 {
        if nowNs - lastNs > 60_000_000_000 { nextMsValue = 200 }
        lastNs = nowNs
        defer { nextMsValue = min(10_000, nextMsValue * 2) }
        return nextMsValue
    }
}
