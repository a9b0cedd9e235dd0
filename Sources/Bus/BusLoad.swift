internal import Synchronization

/// Publishes many messages at QoS 1 as fast as the broker acknowledges them: for benches and simulations.
///
/// Built on ``BusPublisher``, which on two cores gives about 100 000 msg/s over one connection when nobody
/// subscribes; further connections share the cores and bring nothing.
public struct BusLoad: Sendable {
    /// What came of a run.
    public struct Outcome: Hashable, Sendable {
        /// Messages that the broker took.
        public var acknowledged: Int
        /// Messages that it refused, or that never got an answer.
        public var failed: Int
        /// Why the first of them failed.
        public var firstFailure: BusFailure?
        /// From the first message handed over to the last answer.
        public var seconds: Double

        /// Acknowledged messages per second.
        public var rate: Double { seconds > 0 ? Double(acknowledged) / seconds : 0 }
    }

    private let options: BusOptions
    private let connections: Int
    private let window: Int

    /// - Parameters:
    ///   - options: the client id gets `-0`, `-1`, … appended, one per connection.
    ///   - connections: 1 … 64; message `i` goes over connection `i % connections`.
    ///   - window: messages without an answer per connection at most, 1 or more.
    public init(_ options: BusOptions, connections: Int = 1, window: Int = 8192) {
        precondition(
            (1...64).contains(connections) && window > 0,
            "1 to 64 connections, a window of at least 1"
        )
        self.options = options
        self.connections = connections
        self.window = window
    }

    /// Publishes `count` messages and returns when all are answered. Blocks, also while the broker is away.
    ///
    /// - Parameter message: makes the message of a number, 0 …< count, on the calling thread.
    public func run(count: Int, message: (Int) -> BusMessage) -> Outcome {
        let publishers = (0..<connections).map { number in
            var own = options
            own.identity.clientID += "-\(number)"
            return BusPublisher(own, queueLimit: window)
        }
        for publisher in publishers { publisher.start() }
        let ledgers = publishers.map { _ in LoadLedger() }
        let started = BusClock.monotonicNs()
        for number in 0..<count {
            let ledger = ledgers[number % connections]
            ledger.waitBelow(window, adding: 1)
            publishers[number % connections].publish(message(number)) { ledger.note($0) }
        }
        for ledger in ledgers { ledger.waitBelow(1, adding: 0) }
        let seconds = Double(BusClock.monotonicNs() - started) / 1e9
        for publisher in publishers { publisher.stop() }
        return ledgers.reduce(into: Outcome(acknowledged: 0, failed: 0, firstFailure: nil, seconds: seconds))
        { $1.add(to: &$0) }
    }
}

/// The answers of one connection.
private final class LoadLedger: Sendable {
    private struct State {
        var open = 0
        /// Ring when `open` has fallen below this; 0: nobody waits.
        var ringBelow = 0
        var acknowledged = 0
        var failed = 0
        var firstFailure: BusFailure?
    }

    /// Guards the counts.
    private let state = Mutex(State())
    private let wake = WakeLine()

    /// Waits until fewer than `limit` messages are without an answer, then counts `adding` more.
    ///
    /// A full window is waited down to a half, so that the thread is not woken for each answer.
    func waitBelow(_ limit: Int, adding: Int) {
        while true {
            let mayGo = state.withLock { state in
                if state.open < limit {
                    state.open += adding
                    state.ringBelow = 0
                    return true
                }
                state.ringBelow = max(1, limit / 2)
                return false
            }
            if mayGo { return }
            _ = pollSocket(-1, reading: false, writing: false, wake: wake, nanoseconds: 100_000_000)
        }
    }

    func note(_ result: Result<Void, BusFailure>) {
        let mustRing = state.withLock { state in
            state.open -= 1
            switch result {
            case .success: state.acknowledged += 1
            case .failure(let failure):
                state.failed += 1
                state.firstFailure = state.firstFailure ?? failure
            }
            guard state.open < state.ringBelow else { return false }
            state.ringBelow = 0
            return true
        }
        if mustRing { wake.ring() }
    }

    func add(to outcome: inout BusLoad.Outcome) {
        state.withLock { state in
            outcome.acknowledged += state.acknowledged
            outcome.failed += state.failed
            outcome.firstFailure = outcome.firstFailure ?? state.firstFailure
        }
    }
}
