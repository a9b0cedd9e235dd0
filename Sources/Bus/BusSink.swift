/// What comes with a message besides topic and payload.
public struct BusArrival: Hashable, Sendable {
    /// The packet's id, 1 … 65 535; 0 at QoS 0.
    public var messageID: UInt16
    /// 0 … 1: the link subscribes at QoS 1.
    public var qos: UInt8
    /// True only for a message that was stored before the subscription.
    public var retain: Bool
    /// It came by a subscription that takes another's place, while both stand.
    var isMarked = false

    /// What came with a message.
    public init(messageID: UInt16, qos: UInt8, retain: Bool) {
        self.messageID = messageID
        self.qos = qos
        self.retain = retain
    }
}

/// Where a link's messages go. All closures are called on the link's own thread, one at a time.
///
/// Per connection: `linked` once, then any number of `take`, with `settle` after some of them. A message is
/// acknowledged only after the `settle` that followed its `take` has returned.
public struct BusSink {
    /// The broker accepted us; the flag says whether it still had our session and will now resend, in order,
    /// what it did not see acknowledged.
    public var linked: (_ sessionPresent: Bool) -> Void
    /// One message. Topic (UTF-8) and payload are borrowed and end with the call.
    public var take: (_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ arrival: BusArrival) -> Void
    /// Whether a message may come in at all, asked before it is taken; nil where every one may. What may not is
    /// acknowledged and gone. `property` gives the value of a user property that came along.
    public var admits:
        ((_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ property: (String) -> String?) -> Bool)?
    /// Makes everything taken since the last settle durable, or throws: then nothing of it is acknowledged,
    /// the link is made anew, and the broker sends it again.
    public var settle: () throws -> Void
    /// What was taken since the last settle will not be acknowledged: forget it.
    public var abandoned: () -> Void

    /// No message waits to be settled, about once a second or more often: whether there is something to settle all the
    /// same.
    public var idle: () -> Bool
    /// Whether what was taken can not be settled yet, whatever comes: nothing is acknowledged, and the broker is asked
    /// for more patience with a link that begins so.
    public var holds: () -> Bool
    /// The connection broke or could not be made: whether there is something to settle for that.
    public var lost: () -> Bool

    /// - Parameters: see the properties of the same names.
    public init(
        linked: @escaping (_ sessionPresent: Bool) -> Void = { _ in },
        take: @escaping (_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ arrival: BusArrival) -> Void,
        admits: ((_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ property: (String) -> String?) -> Bool)? =
            nil,
        settle: @escaping () throws -> Void,
        abandoned: @escaping () -> Void = {},
        idle: @escaping () -> Bool = { false },
        holds: @escaping () -> Bool = { false },
        lost: @escaping () -> Bool = { false }
    ) {
        self.linked = linked
        self.take = take
        self.admits = admits
        self.settle = settle
        self.abandoned = abandoned
        self.idle = idle
        self.holds = holds
        self.lost = lost
    }
}
