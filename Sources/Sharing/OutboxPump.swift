public import Readings
import Synchronization

/// Moves releases from the outbox to the bus, each feed's in order, each until the broker has it.
///
/// Everything pending and not under way is handed over at each turn; what the broker refuses is tried again a
/// minute later, and never forgotten. Until then the later ones of its feed wait.
public final class OutboxPump: Sendable {
    /// Hands one release to the bus; the answer comes later: nil when the broker has it, else what went wrong.
    public typealias Publish =
        @Sendable (OutboxEntry, _ answered: @escaping @Sendable (String?) -> Void) -> Void

    /// At most so many releases are under way at once; the rest waits on disk.
    static let underWayCountMax = 1000
    /// How long a refused release rests.
    static let restMs: Int64 = 60_000

    private struct State {
        var underWay: Set<UInt64> = []
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

    /// One turn; called after each release and once a second.
    public func turn() {
        let now = clock()
        var resting: Set<String> = []
        for entry in outbox.publishable where !resting.contains(entry.feed) {
            let isFree = state.withLock { state in
                guard now >= state.restsUntil[entry.sequence] ?? .distantPast else {
                    resting.insert(entry.feed)
                    return false
                }
                guard state.underWay.count < OutboxPump.underWayCountMax,
                    !state.underWay.contains(entry.sequence)
                else { return false }
                state.underWay.insert(entry.sequence)
                return true
            }
            guard isFree else { continue }
            publish(entry) { [weak self] trouble in self?.answered(entry, trouble) }
        }
    }

    private func answered(_ entry: OutboxEntry, _ trouble: String?) {
        var trouble = trouble
        if trouble == nil {
            do throws(OutboxFailure) {
                try outbox.markDelivered(entry.sequence)
            } catch {
                trouble = error.description
            }
        }
        let restsUntil = trouble == nil ? nil : clock().advanced(byMs: OutboxPump.restMs)
        state.withLock { [trouble] state in
            state.underWay.remove(entry.sequence)
            state.restsUntil[entry.sequence] = restsUntil
            state.faults[entry.feed] = trouble
        }
    }
}
