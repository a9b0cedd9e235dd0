/// The numbers of one series within `[start, start + width)`, folded.
public struct Bucket: Hashable, Sendable {
    /// The first instant.
    public var start: Instant
    /// At least 1.
    public var widthMs: Int64
    /// Samples folded; 0 means that the rest holds nothing yet.
    public var count: UInt64
    /// Of all values.
    public var sum: Double
    /// The lowest value; infinity while empty.
    public var low: Double
    /// The highest value; minus infinity while empty.
    public var high: Double
    /// The value with the earliest stamp, and that stamp.
    public var first: Double
    /// The stamp of ``first``.
    public var firstAt: Instant
    /// The value with the latest stamp, and that stamp.
    public var last: Double
    /// The stamp of ``last``.
    public var lastAt: Instant
    /// Of a counter: what it had reached each time before it began again, added up; else 0.
    public var fallen: Double
    /// Whether values that fall are counters that began again.
    public let countsFalls: Bool

    /// An empty bucket.
    public init(start: Instant, widthMs: Int64, countsFalls: Bool = false) {
        precondition(widthMs > 0, "a bucket must be at least 1 ms wide")
        self.start = start
        self.widthMs = widthMs
        count = 0
        sum = 0
        low = .infinity
        high = -.infinity
        first = 0
        firstAt = .distantFuture
        last = 0
        lastAt = .distantPast
        fallen = 0
        self.countsFalls = countsFalls
    }

    /// The first instant after it.
    public var end: Instant { start.advanced(byMs: widthMs) }

    /// What a counter rose by between the first and the last value, over its restarts: each begins at zero.
    public var increase: Double { count == 0 ? 0 : last - first + fallen }

    /// Takes one value in. A stamp equal to the latest replaces ``last`` but still counts.
    @inlinable
    public mutating func fold(_ value: Double, at instant: Instant) {
        if countsFalls && count > 0 && value < last && instant >= lastAt { fallen += last }
        count += 1
        sum += value
        if value < low { low = value }
        if value > high { high = value }
        if instant < firstAt {
            first = value
            firstAt = instant
        }
        if instant >= lastAt {
            last = value
            lastAt = instant
        }
    }

    /// Takes another bucket's samples in; both may be partial. The start and width stay this one's.
    ///
    /// ``fallen`` is exact when one of them ends before the other begins.
    public mutating func merge(_ other: Bucket) {
        guard other.count > 0 else { return }
        fallen += other.fallen
        if countsFalls && count > 0 {
            if other.firstAt >= lastAt {
                if other.first < last { fallen += last }
            } else if firstAt >= other.lastAt && first < other.last {
                fallen += other.last
            }
        }
        count += other.count
        sum += other.sum
        if other.low < low { low = other.low }
        if other.high > high { high = other.high }
        if other.firstAt < firstAt {
            first = other.first
            firstAt = other.firstAt
        }
        if other.lastAt >= lastAt {
            last = other.last
            lastAt = other.lastAt
        }
    }
}
