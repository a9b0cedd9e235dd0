import Readings

/// A message that waits for its turn.
struct SparkplugHeld: Sendable {
    var topic: [UInt8]
    /// Empty for one that was read at once and only keeps its place in the order.
    var payload: [UInt8]
    var seq: UInt8
    var arrival: Instant
    var isRetained: Bool
    var isRead = false
}

/// An edge node's session.
struct SparkplugNode: Sendable {
    /// Messages that wait at most; half of the numbers there are, so that before and behind can be told apart.
    static let heldMax = 127
    /// Their bytes at most.
    static let heldBytesMax = 1 << 20

    let group: String
    let name: String
    /// The number of itself as a device, and of all its devices.
    let own: Int
    var devices: [Int] = []
    /// Birth came, and no death since.
    var isBorn = false
    /// Of its last birth; nil when that said none.
    var bdSeq: UInt64?
    /// The number that its next message must have; nil takes any.
    var expected: UInt8?
    /// In the order of arrival.
    var held: [SparkplugHeld] = []
    var heldBytes = 0
    /// When it was last asked for its births.
    var asked = Instant.distantPast
    /// It is to be asked as soon as it may be again.
    var isAskDue = false
    /// It was asked for what a new birth did not mend; it is not asked for that again.
    var isHopeless = false
    /// The link broke since its last message: what it said meanwhile is unknown.
    var isDoubtful = false
    /// Templates that its birth defined.
    var definitions: Set<String> = []
    /// Which device has which alias, as of the births since its own.
    var owners: [UInt64: Int] = [:]

    init(group: String, name: String, own: Int) {
        self.group = group
        self.name = name
        self.own = own
    }

    /// How far a number lies behind the expected one; negative for one before it.
    func distance(_ seq: UInt8) -> Int {
        Int(Int8(bitPattern: seq &- (expected ?? seq)))
    }

    /// Takes out everything that waits, in the order of numbers, and expects what follows the last of it.
    mutating func takeHeld() -> [SparkplugHeld] {
        let sorted = held.enumerated().sorted { left, right in
            (distance(left.element.seq), left.offset) < (distance(right.element.seq), right.offset)
        }
        if let last = sorted.last?.element, let latest = held.last {
            // All of them before the expected one: it has begun to count anew without saying so.
            expected = (distance(last.seq) >= 0 ? last.seq : latest.seq) &+ 1
        }
        held.removeAll()
        heldBytes = 0
        return sorted.map(\.element)
    }

    /// Takes out what follows the last message without a gap.
    mutating func takeFollowing(into released: inout [SparkplugHeld]) {
        while let expected, let place = held.firstIndex(where: { $0.seq == expected }) {
            let next = held.remove(at: place)
            heldBytes -= next.payload.count
            self.expected = expected &+ 1
            released.append(next)
        }
    }
}
