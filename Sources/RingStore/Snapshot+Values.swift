internal import Codec
public import Readings

/// Samples of one series as two plain columns, for arithmetic over many of them.
public struct ValueRun: Hashable, Sendable {
    /// Milliseconds since the epoch, ascending.
    public var instants: [Int64] = []
    /// The number; 1 or 0 of a flag; of a text its id. ``silence`` where the source said that it has none, and where
    /// what it said is of bad quality.
    public var values: [Double] = []
    /// There are more in the range than the limit allowed.
    public var truncated = false
    /// The part of the range before this may be incomplete: the ring has gone over it. Nil when all is there.
    public var expiredBefore: Instant?

    /// The number that Prometheus keeps for “no value from here on”; no arithmetic comes to it. Compare bit patterns.
    public static let silence = Double(bitPattern: 0x7FF0_0000_0000_0002)

    /// Nothing.
    public init() {}

    fileprivate mutating func append(_ sample: PackedSample) {
        instants.append(sample.instant)
        values.append(sample.plainValue)
    }
}

extension Snapshot {
    /// Samples with stamps in `from ..< to`, as ``samples(_:from:to:limit:)`` has them, 16 bytes each.
    public func values(
        _ id: SeriesID,
        from: Instant,
        to: Instant,
        limit: Int
    ) throws(StoreFailure) -> ValueRun {
        var run = ValueRun()
        run.expiredBefore = try sweep(id, from: from, to: to) { samples, part in
            guard let part = part else {
                run = ValueRun()
                return true
            }
            let room = max(0, limit - run.instants.count)
            run.truncated = part.count > room
            for index in part.prefix(room) { run.append(samples[index]) }
            return !run.truncated
        }
        return run
    }
}

extension PackedSample {
    /// See ``ValueRun/values``.
    fileprivate var plainValue: Double {
        if Quality(rawValue: mark >> 2 & 3) == .bad { return ValueRun.silence }
        switch value {
        case .number(let number): return number
        case .flag(let flag): return flag ? 1 : 0
        case .text(let id): return Double(id.index)
        case .absent: return ValueRun.silence
        }
    }
}
