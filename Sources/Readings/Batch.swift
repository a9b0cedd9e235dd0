/// The receipt of one message: enough to recognise the broker's redelivery of it after a broken link.
public struct Receipt: Hashable, Sendable {
    /// The packet's message id, 1 … 65 535; 0 (with hash 0) says that the broker began a new session, so that earlier
    /// receipts mean nothing.
    public var messageID: UInt16
    /// A 64-bit hash of topic and payload.
    public var hash: UInt64

    /// The receipt of a message with that id and hash.
    public init(messageID: UInt16, hash: UInt64) {
        self.messageID = messageID
        self.hash = hash
    }
}

/// The mark of a stock movement that was counted, so that it is counted once.
public struct Movement: Hashable, Sendable {
    /// A 128-bit hash of the series and the event id (or, without an id, of stamp and value).
    public var mark: UInt128
    /// When it was counted; marks older than the window are forgotten.
    public var instant: Instant

    /// A movement counted at an instant.
    public init(mark: UInt128, instant: Instant) {
        self.mark = mark
        self.instant = instant
    }
}

/// What arrived between two syncs: it becomes durable together, and only then is it acknowledged.
public struct Batch: Sendable {
    /// When the batch was opened, by the gateway's clock.
    public var opened: Instant
    /// What the messages said, in their order.
    public var readings: [Reading]
    /// The marks of those readings that are movements and can come again.
    public var movements: [Movement]
    /// What could not become a reading, as far as it is to be told; see ``DeadLetter/count``.
    public var deadLetters: [DeadLetter]
    /// Of its messages of QoS 1 and 2, in their order.
    public var receipts: [Receipt]
    /// Messages that the batch acknowledges, those without readings included.
    public var messageCount: Int

    /// An empty batch with room for `capacity` readings.
    public init(opened: Instant, capacity: Int = 0) {
        self.opened = opened
        readings = []
        readings.reserveCapacity(capacity)
        movements = []
        deadLetters = []
        receipts = []
        messageCount = 0
    }

    /// Whether nothing in it has to be made durable.
    public var isEmpty: Bool {
        readings.isEmpty && movements.isEmpty && deadLetters.isEmpty && receipts.isEmpty
    }

    /// Empties it for the next run, keeping its memory.
    public mutating func reset(opened: Instant) {
        self.opened = opened
        readings.removeAll(keepingCapacity: true)
        movements.removeAll(keepingCapacity: true)
        deadLetters.removeAll(keepingCapacity: true)
        receipts.removeAll(keepingCapacity: true)
        messageCount = 0
    }
}
