/// How long a series was in which state within `[start, start + width)`.
public struct StateBucket: Hashable, Sendable {
    /// One state and its time.
    public struct Share: Hashable, Sendable {
        /// The state; absent where it was said to be unknown.
        public var value: Scalar
        /// How long it held within the bucket.
        public var milliseconds: Int64
        /// Samples that said so within the bucket; 0 where it only went on.
        public var samples: UInt64

        /// A state that held so long.
        public init(value: Scalar, milliseconds: Int64, samples: UInt64) {
            (self.value, self.milliseconds, self.samples) = (value, milliseconds, samples)
        }
    }

    /// The first instant.
    public var start: Instant
    /// At least 1.
    public var widthMs: Int64
    /// By first appearance. What their times lack of the width is the time before the first sample ever, and what
    /// lies in the future.
    public var shares: [Share] = []

    /// Nothing known.
    public init(start: Instant, widthMs: Int64) {
        precondition(widthMs > 0, "a bucket must be at least 1 ms wide")
        (self.start, self.widthMs) = (start, widthMs)
    }

    /// A state held for so long, and so many samples said so.
    public mutating func add(_ value: Scalar, milliseconds: Int64, samples: UInt64) {
        guard milliseconds > 0 || samples > 0 else { return }
        if let place = shares.firstIndex(where: { $0.value == value }) {
            shares[place].milliseconds += milliseconds
            shares[place].samples += samples
        } else {
            shares.append(Share(value: value, milliseconds: milliseconds, samples: samples))
        }
    }
}
