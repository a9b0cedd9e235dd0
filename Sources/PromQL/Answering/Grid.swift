import RingStore

/// The instants at which a query is answered: one, or one every step.
public struct Grid: Hashable, Sendable {
    /// The first one; milliseconds since the epoch.
    public let startMs: Int64
    /// From one to the next; at least 1.
    public let stepMs: Int64
    /// At least 1.
    public let count: Int

    /// As many as Prometheus allows.
    public static let countMax = 11_000
    /// Further from the epoch than this no instant is asked for; sums of it with durations stay in bounds.
    public static let reachMs: Int64 = 1 << 53

    /// One instant.
    public init(at instantMs: Int64) throws(PromFailure) {
        try self.init(from: instantMs, through: instantMs, everyMs: 1)
    }

    /// One instant every step, from the first on, not after the last.
    public init(from startMs: Int64, through endMs: Int64, everyMs stepMs: Int64) throws(PromFailure) {
        let reach = -Grid.reachMs...Grid.reachMs
        guard reach.contains(startMs), reach.contains(endMs) else {
            throw .badRange("start, end or time lies too far from the present; it is in seconds since 1970")
        }
        guard startMs <= endMs else { throw .badRange("end timestamp must not be before start time") }
        guard stepMs > 0 else {
            throw .badRange(
                "zero or negative query resolution step widths are not accepted. Try a positive integer"
            )
        }
        let count = (endMs - startMs) / stepMs + 1
        guard count <= Grid.countMax else {
            throw .badRange(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
                    + "(?step=XX)"
            )
        }
        (self.startMs, self.stepMs, self.count) = (startMs, stepMs, Int(count))
    }

    /// The last instant.
    var endMs: Int64 { self[count - 1] }

    /// The instant at an index, 0-based.
    public subscript(index: Int) -> Int64 { startMs + Int64(index) * stepMs }
}

/// One row of an answer: labels, and a value for each instant of the grid, or ``gap``.
public struct Line: Sendable {
    /// What tells it apart.
    public var labels: LabelSet
    /// One for each instant.
    public var values: [Double]

    /// Stands where there is no value. Compare with ``isGap(_:)``; a NaN is a value.
    public static let gap = ValueRun.silence

    /// Whether there is no value.
    @inline(__always) public static func isGap(_ value: Double) -> Bool { value.bitPattern == gap.bitPattern }

    /// Whether there is none at all.
    var isEmpty: Bool { values.allSatisfy { Line.isGap($0) } }
}

/// What one answer may cost.
public struct PromLimits: Sendable {
    /// Samples that are looked at, each as often as it is read from the store.
    public var samples = 50_000_000
    /// Of one series, held in memory while it is folded: 16 bytes each.
    public var samplesPerSeries = 5_000_000
    /// Series of one selector.
    public var series = 10_000
    /// Values of one intermediate answer, 8 bytes each.
    public var values = 4_000_000
    /// Values that are answered: about 30 bytes each on their way.
    public var answered = 1_000_000
    /// How long it may take.
    public var seconds = 30

    /// The usual ones.
    public init() {}
}
