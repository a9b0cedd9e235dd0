public import Readings

/// What became of a dead letter whose payload today's rules have read again.
public struct RetryOutcome: Hashable, Sendable {
    /// Why a part of the message still came to nothing.
    public struct Failure: Hashable, Sendable {
        /// A word of the table of reasons.
        public let reason: DeadReason
        /// What exactly was wrong.
        public let detail: String
    }

    /// Readings that are durable now; the store drops those that it had.
    public var readings = 0
    /// A rule with `ignore: true` took it.
    public var isIgnored = false
    /// In the order in which they were found; empty when all of it was read.
    public var failures: [Failure] = []
    /// Why it was not read at all; nil when it was.
    public var refusal: String?

    /// Nothing is left to be mended.
    public var isSettled: Bool { refusal == nil && failures.isEmpty }
}
