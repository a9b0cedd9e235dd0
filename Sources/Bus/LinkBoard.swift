internal import Readings
internal import Synchronization

/// What a link's thread writes and everybody may read, and the wishes that reach it: stop, and filters.
final class LinkBoard: Sendable {
    private struct State {
        var status: LinkStatus
        var lag = LagMeter()
        var isFirst = true
        var filters: [String]
        var filtersVersion = 1
    }

    /// Ends the thread's poll.
    let wake = WakeLine()
    private let stopping = Atomic(false)
    /// When the link's thread last came round, on the monotonic clock.
    private let turnedNs = Atomic<Int64>(0)
    /// Guards the status, the histogram and the wished filters.
    private let state: Mutex<State>

    init(_ options: BusOptions) {
        let status = LinkStatus(
            address: options.address.description,
            clientID: options.identity.clientID,
            state: .idle,
            since: BusClock.now(),
            lastError: nil,
            reconnects: 0,
            messages: 0,
            bytes: 0,
            lastMessageAt: nil,
            sessionPresent: false,
            lagMsP50: nil,
            lagMsP99: nil,
            queued: 0,
            failures: 0,
            brokerDropped: nil
        )
        state = Mutex(State(status: status, filters: options.filters))
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        wake.ring()
    }

    /// The status with the percentiles of now.
    var status: LinkStatus {
        let now = BusClock.monotonicNs()
        return state.withLock { state in
            var status = state.status
            status.lagMsP50 = state.lag.milliseconds(below: 0.5, now: now)
            status.lagMsP99 = state.lag.milliseconds(below: 0.99, now: now)
            return status
        }
    }

    func turned() {
        turnedNs.store(BusClock.monotonicNs(), ordering: .relaxed)
    }

    /// Whether the link is online and its thread has not come round for so long.
    func isStuck(forMs limit: Int64) -> Bool {
        let isOnline = state.withLock { $0.status.state == .online }
        return isOnline && (BusClock.monotonicNs() - turnedNs.load(ordering: .relaxed)) / 1_000_000 > limit
    }

    func enter(_ new: LinkState) {
        let now = BusClock.now()
        state.withLock { state in
            state.status.state = new
            state.status.since = now
        }
    }

    /// The broker accepted us.
    ///
    /// - Parameter isDoubtful: whether the latest error stays in view, because it is likely to come again.
    func accepted(sessionPresent: Bool, isDoubtful: Bool) {
        state.withLock { state in
            if !state.isFirst { state.status.reconnects += 1 }
            state.isFirst = false
            if !isDoubtful { state.status.lastError = nil }
            state.status.sessionPresent = sessionPresent
        }
    }

    /// The link has lived long enough to be believed.
    func clearError() {
        state.withLock { $0.status.lastError = nil }
    }

    func wait(_ failure: BusFailure, until: Instant) {
        let now = BusClock.now()
        state.withLock { state in
            state.status.state = .waiting(until: until)
            state.status.since = now
            state.status.lastError = failure.description
            if case .unsettled = failure { state.status.failures += 1 }
        }
    }

    /// A trouble that leaves the link online.
    func complain(_ failure: BusFailure, counted: Bool = false) {
        state.withLock { state in
            state.status.lastError = failure.description
            if counted { state.status.failures += 1 }
        }
    }

    /// Messages came to rest together: so many, so many bytes, in runs that were read at the same moment.
    func settled(messages: Int, bytes: Int, runs: [LagRun], nowNs: Int64) {
        let now = BusClock.now()
        state.withLock { state in
            state.status.messages += UInt64(messages)
            state.status.bytes += UInt64(bytes)
            state.status.lastMessageAt = now
            for run in runs { state.lag.add(count: run.count, lagNs: nowNs - run.startNs, now: nowNs) }
        }
    }

    func certificates(_ certificates: [CertificateStatus]) {
        state.withLock { $0.status.certificates = certificates }
    }

    func brokerDropped(_ count: UInt64) {
        state.withLock { $0.status.brokerDropped = count }
    }

    func setFilters(_ filters: [String]) {
        state.withLock { state in
            state.filters = filters
            state.filtersVersion += 1
        }
        wake.ring()
    }

    /// The wished filters when they are newer than `version`.
    func filters(newerThan version: Int) -> (filters: [String], version: Int)? {
        state.withLock { state in
            state.filtersVersion > version ? (state.filters, state.filtersVersion) : nil
        }
    }
}

/// Messages that were read at (nearly) the same moment.
struct LagRun {
    var startNs: Int64
    var count: Int
}
