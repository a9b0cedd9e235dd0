internal import Synchronization

/// A message that waits for the broker, and who wants to know what became of it.
struct Outgoing: Sendable {
    var message: BusMessage
    var queuedNs: Int64
    /// It belongs to one connection, and was never in the queue.
    var isGreeting = false
    var settled: @Sendable (Result<Void, BusFailure>) -> Void
}

/// What the publisher's callers and its thread share: messages in order, bounded.
final class PublishQueue: Sendable {
    private struct State {
        var waiting: [Outgoing] = []
        /// The first of `waiting` that is not taken yet.
        var head = 0
        /// Those that the thread holds, unacknowledged.
        var underWay = 0
        var isClosed = false
        /// Whether the thread may be asleep in its poll, so that a ring is needed.
        var isAsleep = true
    }

    let limit: Int
    private let wake: WakeLine
    private let state = Mutex(State())

    init(limit: Int, wake: WakeLine) {
        self.limit = limit
        self.wake = wake
    }

    /// Everything that has no answer yet.
    var count: Int { state.withLock { $0.waiting.count - $0.head + $0.underWay } }

    /// - Returns: why the message cannot wait here; nil when it does.
    func add(_ outgoing: Outgoing) -> BusFailure? {
        let (failure, mustRing) = state.withLock { state -> (BusFailure?, Bool) in
            if state.isClosed { return (.stopped, false) }
            if state.waiting.count - state.head + state.underWay >= limit {
                return (.queueFull(limit: limit), false)
            }
            state.waiting.append(outgoing)
            defer { state.isAsleep = false }
            return (nil, state.isAsleep)
        }
        if mustRing { wake.ring() }
        return failure
    }

    /// Takes up to `count` messages from the front; they count as under way.
    func next(_ count: Int) -> [Outgoing] {
        state.withLock { state in
            let end = min(state.waiting.count, state.head + count)
            let taken = Array(state.waiting[state.head..<end])
            state.head = end
            state.underWay += taken.count
            if state.head == state.waiting.count {
                state.waiting.removeAll(keepingCapacity: true)
                state.head = 0
            } else if state.head >= 1024 && state.head * 2 >= state.waiting.count {
                state.waiting.removeFirst(state.head)
                state.head = 0
            }
            return taken
        }
    }

    /// Messages under way got their answer.
    func answered(_ count: Int) {
        state.withLock { $0.underWay -= count }
    }

    /// The thread is about to poll. From now on an added message rings.
    ///
    /// - Returns: whether a message waits already.
    func sleep() -> Bool {
        state.withLock { state in
            state.isAsleep = true
            return state.head < state.waiting.count
        }
    }

    /// Refuses new messages and gives up those that wait.
    func close() -> [Outgoing] {
        state.withLock { state in
            state.isClosed = true
            let left = Array(state.waiting[state.head...])
            state.waiting.removeAll()
            state.head = 0
            return left
        }
    }
}
