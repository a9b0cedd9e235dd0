/// Samples of one series as flat columns of equal length.
public struct SampleColumns: Hashable, Sendable {
    /// Milliseconds since the epoch, strictly ascending; any `Int64`.
    public var instants: [Int64] = []
    /// See ``PackedSample``.
    public var bits: [UInt64] = []
    /// See ``PackedSample``.
    public var marks: [UInt8] = []

    /// Empty columns.
    public init() {}

    /// How many samples.
    @inlinable public var count: Int { instants.count }

    /// The sample at `index`, 0-based.
    @inlinable public subscript(index: Int) -> PackedSample {
        PackedSample(instant: instants[index], bits: bits[index], mark: marks[index])
    }

    /// Adds one sample at the end.
    @inlinable public mutating func append(_ sample: PackedSample) {
        instants.append(sample.instant)
        bits.append(sample.bits)
        marks.append(sample.mark)
    }

    /// Empties the columns, by default keeping their memory.
    public mutating func removeAll(keepingCapacity: Bool = true) {
        instants.removeAll(keepingCapacity: keepingCapacity)
        bits.removeAll(keepingCapacity: keepingCapacity)
        marks.removeAll(keepingCapacity: keepingCapacity)
    }
}
