internal import Synchronization

/// One subscribing connection to a broker and its thread, MQTT 5, QoS 1.
///
/// It connects, resubscribes and comes back by itself for as long as it is started; what stands in its way is
/// told in ``status``. A message is acknowledged only after the sink has made it durable:
///
///     poll ─▶ read until drained ─▶ take… ─▶ linger ─▶ settle (one sync) ─▶ write (acknowledgements) ─▶ poll
///
/// Where messages come thick it lingers at once instead of polling for the first of them.
public final class BusLink: Sendable {
    private let options: BusOptions
    private let board: LinkBoard
    /// The sink until ``start()`` hands it to the thread.
    private let parked: Mutex<BusSink?>
    private let thread = Mutex<BusThread?>(nil)

    /// - Parameters:
    ///   - options: bounds as written there; `filters` are what is subscribed to.
    ///   - sink: used on the link's thread only from ``start()`` on.
    public init(_ options: BusOptions, sink: sending BusSink) {
        options.requireBounds()
        self.options = options
        board = LinkBoard(options)
        parked = Mutex(sink)
    }

    /// Starts the thread; a second call does nothing. The broker need not be there yet.
    public func start() {
        guard let sink = parked.withLock({ $0.take() }) else { return }
        let parcel = Parcel(sink)
        thread.withLock { thread in
            thread = BusThread(name: "bus-in") { [options, board] in
                let duty = SubscriberDuty(options, board: board, sink: parcel.content)
                var loop = LinkLoop(options, board: board, duty: duty)
                loop.run()
            }
        }
    }

    /// Settles what was taken, acknowledges it, says DISCONNECT (the session stays), and ends the thread.
    /// Blocks.
    public func stop() {
        board.stop()
        let thread = thread.withLock { $0 }
        thread?.join()
        if thread == nil { board.enter(.stopped) }
    }

    /// Subscribes to exactly these filters from now on: adds what is new, drops what is gone.
    ///
    /// - Parameter filters: valid ones, see ``TopicFilter``.
    public func setFilters(_ filters: [String]) {
        board.setFilters(filters)
    }

    /// Whether the thread, which comes round once a second at least, has not for so long although the link is online: it
    /// waits for the disk, or for something that never comes.
    public func isStuck(forMs milliseconds: Int64) -> Bool {
        board.isStuck(forMs: milliseconds)
    }

    /// A look at the link, from any thread.
    public var status: LinkStatus { board.status }
}

/// Carries a value that is not Sendable to the one thread that will use it.
///
/// `@unchecked`: the value was handed over as `sending`, it leaves the lock once, and only the new thread
/// opens the parcel.
private final class Parcel<Content>: @unchecked Sendable {
    let content: Content

    init(_ content: Content) {
        self.content = content
    }
}
