internal import Synchronization

/// The second client: publishes from a bounded queue that survives broken links.
///
/// It has a thread and a connection of its own: publishing over the subscriber's would mix with its
/// acknowledgements, which wait for the disk.
public final class BusPublisher: Sendable {
    /// The most messages that wait or are under way unless told otherwise.
    public static let queueLimit = 10_000

    private let options: BusOptions
    private let board: LinkBoard
    private let queue: PublishQueue
    private let thread = Mutex<BusThread?>(nil)
    private let greeting: (@Sendable () -> BusGreeting)?

    /// - Parameters:
    ///   - options: `filters` and the session are not used; `will` is published by the broker when we vanish.
    ///   - queueLimit: messages without an answer yet that are held at most; at least 1.
    ///   - greeting: asked for each connection, on the link's thread: its will, and what is said over it first.
    public init(
        _ options: BusOptions,
        queueLimit: Int = BusPublisher.queueLimit,
        greeting: (@Sendable () -> BusGreeting)? = nil
    ) {
        options.requireBounds()
        precondition(queueLimit > 0, "queueLimit must be positive")
        self.options = options
        self.greeting = greeting
        board = LinkBoard(options)
        queue = PublishQueue(limit: queueLimit, wake: board.wake)
    }

    /// Starts the thread; a second call does nothing. The broker need not be there yet.
    public func start() {
        thread.withLock { thread in
            guard thread == nil else { return }
            var clean = options
            clean.sessionExpirySeconds = 0
            thread = BusThread(name: "bus-out") { [clean, board, queue, greeting] in
                let duty = PublisherDuty(board: board, queue: queue, greeting: greeting)
                var loop = LinkLoop(clean, board: board, duty: duty)
                loop.run()
            }
        }
    }

    /// Waits up to two seconds for acknowledgements if the link is online, says DISCONNECT (no will is
    /// published), and ends the thread. What is still without an answer then fails with
    /// ``BusFailure/stopped``. Blocks.
    public func stop() {
        board.stop()
        let thread = thread.withLock { $0 }
        thread?.join()
        if thread == nil {
            for outgoing in queue.close() { outgoing.settled(.failure(.stopped)) }
            board.enter(.stopped)
        }
    }

    /// Queues a message. Messages go out in the order of these calls.
    ///
    /// - Parameters:
    ///   - message: the topic without wildcards; an empty retained payload erases what the broker retains.
    ///   - settled: called once: on the link's thread when the broker has acknowledged or refused the
    ///     message, or when the link was stopped; at once, on the caller's thread, when it cannot be queued.
    ///     It must not block.
    public func publish(
        _ message: BusMessage,
        settled: @escaping @Sendable (Result<Void, BusFailure>) -> Void
    ) {
        do {
            try TopicFilter.check(topic: message.topic)
        } catch {
            return settled(.failure(.topicInvalid(topic: message.topic, error)))
        }
        let outgoing = Outgoing(message: message, queuedNs: BusClock.monotonicNs(), settled: settled)
        if let failure = queue.add(outgoing) { settled(.failure(failure)) }
    }

    /// Queues a message that may be left out: only while fewer than `limit` messages have no answer yet, so that a flood
    /// of such messages takes no room that others need.
    ///
    /// - Parameter message: made only when there is room.
    public func offer(below limit: Int, _ message: () -> BusMessage) {
        if queue.count < limit { publish(message()) { _ in } }
    }

    /// A look at the link, from any thread.
    public var status: LinkStatus {
        var status = board.status
        status.queued = queue.count
        return status
    }
}
