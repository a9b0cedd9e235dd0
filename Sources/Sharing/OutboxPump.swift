public import Readings
import Synchronization

/// Moves releases from the outbox to the bus, each feed's in order, each until the broker has it.
///
/// Everything pending and not under way is handed over at each turn, once its instant has come; what the broker refuses
/// is tried again a minute later, and never forgotten. Until then the later ones of its feed wait.
public final class OutboxPump: Sendable {
    /// Hands one release to the bus; the answer comes later: nil when the broker has it, else what went wrong.
    public typealias Publish =
        @Sendable (OutboxEntry, _ answered: @escaping @Sendable (String?) -> Void) -> Void

    /// At most so many releases are under way at once; the rest waits on disk. Fewer than the bus queues.
    static let underWayCountMax = 8000
    /// How long a refused release rests.
    static let restMs: Int64 = 60_000

    private struct State {
        var underWay: Set<UInt64> = []
        /// What is handed over next, in order.
        var ready: ArraySlice<OutboxEntry> = []
        /// Feeds of which one was refused since that was found: those behind it wait with it.
        var barred: Set<String> = []
        var isHandingOver = false
        var restsUntil: [UInt64: Instant] = [:]
        /// By agreement and grant.
        var faults: [String: String] = [:]
    }

    private let outbox: Outbox
    private let publish: Publish
    private let clock: @Sendable () -> Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - outbox: where releases wait.
    ///   - clock: read at each turn and each answer.
    ///   - publish: hands a release to the bus; may answer at once or from another thread.
    public init(outbox: Outbox, clock: @escaping @Sendable () -> Instant, publish: @escaping Publish) {
        self.outbox = outbox
        self.clock = clock
        self.publish = publish
    }

    /// What stands in the way of a feed's releases, in plain words; nil when nothing does.
    public func fault(agreement: String, grant: String) -> String? {
        state.withLock { $0.faults["\(agreement)/\(grant)"] }
    }

    /// Looks for what may leave now, and hands it over; called after each release and once a second.
    ///
    /// - Returns: when the next one of those that wait for their instant may leave; nil without any.
    @discardableResult
    public func turn() -> Instant? {
        let now = clock()
        outbox.flush()
        let entries = outbox.publishable
        var nextInstant: Instant?
        state.withLock { state in
            var resting: Set<String> = []
            var ready: [OutboxEntry] = []
            for entry in entries where !resting.contains(entry.feed) {
                // A clock that was set back holds nothing.
                let isEarly = now < entry.leavesAt && entry.leavesAt.msSince(now) <= ReleaseClock.leadMs
                if isEarly { nextInstant = min(nextInstant ?? .distantFuture, entry.leavesAt) }
                if isEarly || now < state.restsUntil[entry.sequence] ?? .distantPast {
                    resting.insert(entry.feed)
                } else if !state.underWay.contains(entry.sequence) {
                    ready.append(entry)
                }
            }
            state.ready = ready[...]
            state.barred.removeAll(keepingCapacity: true)
        }
        handOver()
        return nextInstant
    }

    /// Hands over what is ready, as far as there is room. One thread at a time does so for all, and none within itself:
    /// a bus that is full answers at once.
    private func handOver() {
        let isFree = state.withLock { state in
            defer { state.isHandingOver = true }
            return !state.isHandingOver
        }
        guard isFree else { return }
        while true {
            let next = state.withLock { state -> OutboxEntry? in
                while let entry = state.ready.first, state.barred.contains(entry.feed) {
                    state.ready.removeFirst()
                }
                guard state.underWay.count < OutboxPump.underWayCountMax, let entry = state.ready.popFirst()
                else {
                    state.isHandingOver = false
                    return nil
                }
                state.underWay.insert(entry.sequence)
                return entry
            }
            guard let entry = next else { return }
            // It may have been taken back since it was found.
            if outbox.isPending(entry.sequence) {
                publish(entry) { [weak self] trouble in self?.answered(entry, trouble) }
            } else {
                state.withLock { _ = $0.underWay.remove(entry.sequence) }
            }
        }
    }

    private func answered(_ entry: OutboxEntry, _ trouble: String?) {
        if trouble == nil { outbox.markDelivered(entry.sequence) }
        let restsUntil = trouble == nil ? nil : clock().advanced(byMs: OutboxPump.restMs)
        let (hasRoom, isIdle) = state.withLock { state in
            state.underWay.remove(entry.sequence)
            state.restsUntil[entry.sequence] = restsUntil
            state.faults[entry.feed] = trouble
            if trouble != nil { state.barred.insert(entry.feed) }
            let hasRoom = state.underWay.count <= OutboxPump.underWayCountMax / 2
            return (!state.ready.isEmpty && hasRoom, state.underWay.isEmpty)
        }
        if isIdle { outbox.flush() }
        if hasRoom { handOver() }
    }
}
