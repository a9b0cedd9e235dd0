/// Who stamped a value.
public enum TimeSource: UInt8, Hashable, Sendable {
    /// The source's own clock.
    case source = 0
    /// The gateway, on arrival: the source sent no usable stamp.
    case arrival = 1
}

/// What a reading says: a number, a yes or no, a text (by its id in the store's dictionary), or nothing.
public enum Scalar: Hashable, Sendable {
    case number(Double)
    case flag(Bool)
    case text(TextID)
    /// The source said that it has no value (null, UNAVAILABLE); not the same as silence.
    case absent

    /// The number, or nil for anything else.
    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }
}

/// What one sensor said at one moment, in the unit of its series, on its way in.
///
/// 32 bytes and trivial to copy, so that a batch of readings is a flat block of memory.
public struct Reading: Hashable, Sendable {
    /// When the value held.
    public var instant: Instant
    /// What was said; a number may be any bit pattern, though a message's is finite.
    public var value: Scalar
    /// How far it may be trusted.
    public var quality: Quality
    /// Who stamped it.
    public var timeSource: TimeSource
    /// True for a retained message without a stamp of its own: it is the current value, but no history.
    public var currentOnly: Bool
    /// True for what a source says about its past: it is history, and never becomes the current value.
    public var historyOnly: Bool
    /// Dense number handed out by the store's catalogue; usable as an array index.
    public var series: SeriesID

    /// One reading.
    public init(
        series: SeriesID,
        instant: Instant,
        value: Scalar,
        quality: Quality = .good,
        timeSource: TimeSource = .source,
        currentOnly: Bool = false,
        historyOnly: Bool = false
    ) {
        self.series = series
        self.instant = instant
        self.value = value
        self.quality = quality
        self.timeSource = timeSource
        self.currentOnly = currentOnly
        self.historyOnly = historyOnly
    }

    /// The reading at rest, without its series.
    public var sample: Sample {
        Sample(instant: instant, value: value, quality: quality, timeSource: timeSource)
    }
}

/// An instant and a value once at rest in a series.
public struct Sample: Hashable, Sendable {
    /// When the value held.
    public var instant: Instant
    /// What was said; a number may be any bit pattern.
    public var value: Scalar
    /// How far it may be trusted.
    public var quality: Quality
    /// Who stamped it.
    public var timeSource: TimeSource

    /// A sample at rest.
    public init(instant: Instant, value: Scalar, quality: Quality = .good, timeSource: TimeSource = .source) {
        self.instant = instant
        self.value = value
        self.quality = quality
        self.timeSource = timeSource
    }
}
