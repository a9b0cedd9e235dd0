public import Readings

/// Buckets ↔ the payload of a rollup chunk; bit exact. Pure.
///
/// Nine columns after each other: start, count, first stamp − start, last stamp − start (whole numbers),
/// low, high, first, last, sum (values).
public enum BucketCodec {
    /// The most buckets in one chunk.
    public static let bucketsMax = 1024

    /// Appends the payload of 1 … ``bucketsMax`` buckets, each with at least one sample in it.
    public static func encode(_ buckets: [Bucket], into writer: inout ByteWriter) {
        precondition(
            buckets.count >= 1 && buckets.count <= bucketsMax,
            "a chunk must hold 1 … \(bucketsMax) buckets"
        )
        IntegerColumn.encode(buckets.map(\.start.milliseconds), into: &writer)
        IntegerColumn.encode(buckets.map { Int64(bitPattern: $0.count) }, into: &writer)
        IntegerColumn.encode(buckets.map { $0.firstAt.milliseconds &- $0.start.milliseconds }, into: &writer)
        IntegerColumn.encode(buckets.map { $0.lastAt.milliseconds &- $0.start.milliseconds }, into: &writer)
        for column in [\Bucket.low, \.high, \.first, \.last, \.sum] {
            BitsColumn.encode(buckets.map { $0[keyPath: column].bitPattern }, areNumbers: true, into: &writer)
        }
    }

    /// Reads the `count` buckets of a payload, each `widthMs` wide.
    public static func decode(
        _ payload: [UInt8],
        count: Int,
        widthMs: Int64
    ) throws(ByteReader.Failure) -> [Bucket] {
        guard count >= 1 && count <= bucketsMax else {
            throw ByteReader.Failure(offset: 0, expected: "1 … \(bucketsMax) buckets, not \(count)")
        }
        var reader = ByteReader(payload)
        let starts = try IntegerColumn.decode(count: count, from: &reader)
        let counts = try IntegerColumn.decode(count: count, from: &reader)
        let firstStamps = try IntegerColumn.decode(count: count, from: &reader)
        let lastStamps = try IntegerColumn.decode(count: count, from: &reader)
        let low = try BitsColumn.decode(count: count, from: &reader)
        let high = try BitsColumn.decode(count: count, from: &reader)
        let first = try BitsColumn.decode(count: count, from: &reader)
        let last = try BitsColumn.decode(count: count, from: &reader)
        let sum = try BitsColumn.decode(count: count, from: &reader)
        return (0..<count).map { index in
            var bucket = Bucket(start: Instant(milliseconds: starts[index]), widthMs: widthMs)
            bucket.count = UInt64(bitPattern: counts[index])
            bucket.firstAt = Instant(milliseconds: starts[index] &+ firstStamps[index])
            bucket.lastAt = Instant(milliseconds: starts[index] &+ lastStamps[index])
            bucket.low = Double(bitPattern: low[index])
            bucket.high = Double(bitPattern: high[index])
            bucket.first = Double(bitPattern: first[index])
            bucket.last = Double(bitPattern: last[index])
            bucket.sum = Double(bitPattern: sum[index])
            return bucket
        }
    }
}
