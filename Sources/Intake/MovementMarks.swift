import Readings

/// The movements that were counted, so that each is counted once, across restarts too.
///
/// A mark is kept for the window in which a movement may come again, at most ``marksMax`` of them: 24 bytes
/// each in the order of counting and about 32 in the set, 15 MB when full. When more come, the oldest is
/// forgotten early and that is counted. A small disk budget keeps fewer: see ``keep(atMost:)``.
struct MovementMarks: Sendable {
    static let marksMax = 262_144

    private var known: Set<UInt128> = []
    private var order: [Movement] = []
    private var first = 0
    /// Marks at the end of `order` that are not settled yet.
    private var pending = 0
    private var windowMs: Int64
    /// Marks that had to go before their time.
    private(set) var forgottenEarly: UInt64 = 0

    init(windowMs: Int64) {
        self.windowMs = windowMs
    }

    /// Marks held.
    var count: Int { order.count - first }

    /// Notes a movement.
    ///
    /// - Returns: false when it was counted before, within the window.
    mutating func count(_ mark: UInt128, at now: Instant) -> Bool {
        expire(now)
        guard known.insert(mark).inserted else { return false }
        order.append(Movement(mark: mark, instant: now))
        pending += 1
        if count > Self.marksMax {
            forgetOldest()
            forgottenEarly += 1
        }
        return true
    }

    /// Another window counts from now on.
    mutating func keep(forMs windowMs: Int64) {
        self.windowMs = windowMs
    }

    /// The last batch is durable.
    mutating func settle() {
        pending = 0
    }

    /// Takes back the last `number` movements, or all that are not settled: they have not been counted.
    mutating func takeBack(_ number: Int? = nil) {
        for _ in 0..<min(number ?? pending, pending) {
            known.remove(order.removeLast().mark)
            pending -= 1
        }
    }

    /// Takes over a mark from before a restart.
    mutating func restore(_ movement: Movement) {
        guard known.insert(movement.mark).inserted else { return }
        order.append(movement)
        if count > Self.marksMax {
            forgetOldest()
            forgottenEarly += 1
        }
    }

    /// Forgets the oldest settled marks until at most `number` of those are left.
    mutating func keep(atMost number: Int) {
        while settled.count > number {
            forgetOldest()
            forgottenEarly += 1
        }
    }

    /// The settled marks, oldest first.
    var settled: ArraySlice<Movement> { order[first..<order.count - pending] }

    private mutating func expire(_ now: Instant) {
        while first < order.count - pending, now.msSince(order[first].instant) > windowMs { forgetOldest() }
    }

    private mutating func forgetOldest() {
        known.remove(order[first].mark)
        first += 1
        if first > 65_536, first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
    }
}
