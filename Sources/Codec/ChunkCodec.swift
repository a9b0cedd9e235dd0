/// The samples of one chunk as flat columns of equal length.
public struct SampleColumns: Hashable, Sendable {
    /// Milliseconds since the epoch, ascending (equal stamps may follow each other).
    public var instants: [Int64] = []
    /// See ``PackedSample``.
    public var bits: [UInt64] = []
    /// See ``PackedSample``.
    public var marks: [UInt8] = []

    /// Empty columns.
    public init() {}

    /// How many samples.
    public var count: Int { instants.count }

    /// The sample at `index`, 0-based.
    public subscript(index: Int) -> PackedSample {
        PackedSample(instant: instants[index], bits: bits[index], mark: marks[index])
    }

    /// Adds one sample at the end.
    public mutating func append(_ sample: PackedSample) {
        instants.append(sample.instant)
        bits.append(sample.bits)
        marks.append(sample.mark)
    }

    /// Empties the columns, keeping their memory.
    public mutating func removeAll() {
        instants.removeAll(keepingCapacity: true)
        bits.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
    }
}

/// Samples ↔ the payload of a raw chunk; bit exact for every Double. Pure.
///
///     runs of marks      mark (1 byte), varint length; until all samples are covered
///     instants           IntegerColumn
///     values             BitsColumn over the samples that are not absent; nothing when all are absent
public enum ChunkCodec {
    /// The most samples in one chunk.
    public static let samplesMax = 1024

    /// Appends the payload of 1 … ``samplesMax`` samples.
    public static func encode(_ columns: SampleColumns, into writer: inout ByteWriter) {
        let count = columns.count
        precondition(count >= 1 && count <= samplesMax, "a chunk must hold 1 … \(samplesMax) samples")
        var start = 0
        while start < count {
            var end = start + 1
            while end < count && columns.marks[end] == columns.marks[start] { end += 1 }
            writer.put(columns.marks[start])
            writer.putVarint(UInt64(end - start))
            start = end
        }
        IntegerColumn.encode(columns.instants, into: &writer)
        var values: [UInt64] = []
        values.reserveCapacity(count)
        var areNumbers = true
        for index in 0..<count where columns.marks[index] & 3 != PackedSample.absent {
            values.append(columns.bits[index])
            if columns.marks[index] & 3 != PackedSample.number { areNumbers = false }
        }
        if !values.isEmpty { BitsColumn.encode(values, areNumbers: areNumbers, into: &writer) }
    }

    /// Reads the `count` samples of a payload.
    ///
    /// - Throws: for bytes that are no payload of `count` samples; never crashes, never takes more memory
    ///   than `count` asks for.
    public static func decode(_ payload: [UInt8], count: Int) throws(ByteReader.Failure) -> SampleColumns {
        guard count >= 1 && count <= samplesMax else {
            throw ByteReader.Failure(offset: 0, expected: "1 … \(samplesMax) samples, not \(count)")
        }
        var reader = ByteReader(payload)
        var columns = SampleColumns()
        columns.marks.reserveCapacity(count)
        var valueCount = 0
        while columns.marks.count < count {
            let mark = try reader.byte()
            let length = try reader.count(limit: count - columns.marks.count)
            guard length > 0 else {
                throw ByteReader.Failure(offset: reader.offset, expected: "a run length")
            }
            if mark & 3 != PackedSample.absent { valueCount += length }
            for _ in 0..<length { columns.marks.append(mark) }
        }
        columns.instants = try IntegerColumn.decode(count: count, from: &reader)
        let values = valueCount == 0 ? [] : try BitsColumn.decode(count: valueCount, from: &reader)
        if valueCount == count {
            columns.bits = values
        } else {
            columns.bits.reserveCapacity(count)
            var next = 0
            for mark in columns.marks {
                let isAbsent = mark & 3 == PackedSample.absent
                columns.bits.append(isAbsent ? 0 : values[next])
                if !isAbsent { next += 1 }
            }
        }
        return columns
    }
}
