/// How long to gather messages before the sync that acknowledges them.
///
/// A sync costs the same for one message as for hundreds, so that waiting pays while others can be expected: not at all
/// when messages come singly, and up to a bound when they come thick. Where they come faster still, the window of
/// unacknowledged messages ends the wait.
struct LingerPace: Sendable {
    /// From so many expected messages on the whole bound is waited.
    private static let worthwhileCount = 4.0
    /// The weight of the latest interval.
    private static let weight = 0.25

    /// The bound.
    private let mostNs: Int64
    /// Messages that came within `mostNs`, on average over the last syncs.
    private var expected = 0.0
    private var settledNs: Int64?

    init(mostNs: Int64) {
        precondition(mostNs >= 0, "waiting takes no negative time")
        self.mostNs = mostNs
    }

    /// Whether messages come so thick that the whole bound is waited.
    var isThick: Bool { expected >= LingerPace.worthwhileCount }

    /// From the first message on, in nanoseconds.
    var lingerNs: Int64 {
        // Less than one more: whoever waits makes it late and gathers nothing.
        if expected < 1 { return 0 }
        return Int64(Double(mostNs) * min(1, expected / LingerPace.worthwhileCount))
    }

    /// A sync took so many messages.
    ///
    /// - Parameter nowNs: of the monotonic clock.
    mutating func settled(count: Int, nowNs: Int64) {
        defer { settledNs = nowNs }
        guard let settledNs else { return }
        let perNs = Double(count) / Double(max(1, nowNs - settledNs))
        expected += (perNs * Double(mostNs) - expected) * LingerPace.weight
    }
}
