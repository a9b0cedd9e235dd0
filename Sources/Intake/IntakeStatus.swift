public import Readings

/// What the intake has done since the start, as of the last settled batch.
public struct IntakeStatus: Hashable, Sendable {
    /// Messages taken, redelivered ones included.
    public var messages: UInt64 = 0
    /// Dropped files that were read.
    public var files: UInt64 = 0
    /// The messages' payloads, in bytes.
    public var payloadBytes: UInt64 = 0
    /// Readings made of them; the store may still drop duplicates.
    public var readings: UInt64 = 0
    /// Messages that the broker sent a second time and that were durable already.
    public var redelivered: UInt64 = 0
    /// Messages that a rule with `ignore: true` took.
    public var ignored: UInt64 = 0
    /// Messages without a payload.
    public var empty: UInt64 = 0
    /// Messages that no rule asks for, let through because filters had to be joined.
    public var unasked: UInt64 = 0
    /// Readings stamped by arrival though their rule names a time: there was none.
    public var stampsMissing: UInt64 = 0
    /// The same, because what was there could not be read or has no zone.
    public var stampsUnusable: UInt64 = 0
    /// The same, because the source's clock was never set (before 2015).
    public var stampsUnset: UInt64 = 0
    /// The same, because the stamp lay too far ahead of arrival.
    public var stampsAhead: UInt64 = 0
    /// Messages that wait, unacknowledged, until the gateway's own clock is set.
    public var timeless = 0
    /// Messages of QoS 0 for which there was no room while the clock was not set.
    public var timelessDropped: UInt64 = 0
    /// Texts in units' places that no table knows, as they came; kept as units. At most 256.
    public var unknownUnits: [String] = []
    /// Topics that are remembered, at most 100 000.
    public var routes = 0
    /// Messages whose topic was matched for them alone, because there are more or the store had no room for what it tells.
    public var routesPassing: UInt64 = 0
    /// Marks of counted movements that are held, at most 262 144.
    public var movementMarks = 0
    /// Marks that had to be forgotten before their window ended.
    public var movementMarksForgotten: UInt64 = 0
    /// Sources that are told apart, at most 10 000.
    public var sources = 0
    /// What Sparkplug's edge nodes do.
    public var sparkplug = SparkplugStatus()
    /// Dead letters, counted singly, by reason; reasons that never occurred are absent. Survives restarts.
    public var deadByReason: [DeadReason: UInt64] = [:]

    /// Nothing yet.
    public init() {}

    /// All dead letters.
    public var dead: UInt64 { deadByReason.values.reduce(0, +) }
    /// The most frequent reason; nil without dead letters.
    public var deadTopReason: DeadReason? {
        deadByReason.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    }
}
