internal import Codec
internal import Readings

/// Turns the buckets of one device's series into rollup pages of a ring, and back.
///
/// Columns: 0 count, 1 first stamp − start, 2 last stamp − start (whole numbers), 3 low, 4 high, 5 first,
/// 6 last, 7 sum (values).
struct MinutePager: ~Copyable {
    /// Buckets of one series in one page: most of a day.
    private static let bucketsMax = 1024

    private var encoder = RollupEncoder()
    private var page = ByteWriter(capacity: 64 << 10)

    init() {}

    /// Adds the buckets of a device's series, ids and starts ascending.
    mutating func add(
        _ buckets: [(series: UInt32, buckets: [Bucket])],
        device: UInt32,
        to ring: inout RingAppender
    ) throws(StoreFailure) {
        let count = buckets.reduce(0) { max($0, $1.buckets.count) }
        var most = MinutePager.bucketsMax
        var start = 0
        while start < count {
            var rows = 0
            var lowest = Int64.max
            var highest = Int64.min
            for (series, all) in buckets where start < all.count {
                let run = all[start..<min(all.count, start + most)]
                put(series, run)
                rows += run.count
                lowest = min(lowest, run.first?.start.milliseconds ?? .max)
                highest = max(highest, run.last?.start.milliseconds ?? .min)
            }
            page.removeAll()
            encoder.finish(into: &page)
            if page.count > ring.pageBytesMax, most > 1 {
                most /= 2
                continue
            }
            try ring.add(device: device, count: rows, stamps: lowest...highest, payload: page)
            start += most
        }
    }

    private mutating func put(_ series: UInt32, _ run: ArraySlice<Bucket>) {
        let starts = run.map(\.start.milliseconds)
        encoder.add(series: series, starts: starts.span)
        put(0, run.map { Int64(bitPattern: $0.count) })
        put(1, run.map { $0.firstAt.milliseconds &- $0.start.milliseconds })
        put(2, run.map { $0.lastAt.milliseconds &- $0.start.milliseconds })
        put(3, run.map(\.low), .nothing)
        put(4, run.map(\.high), .near(3))
        put(5, run.map(\.first), .middle(3, 4))
        put(6, run.map(\.last), .middle(3, 4))
        put(7, run.map(\.sum), .sum(count: 0, low: 3, high: 4))
    }

    private mutating func put(_ column: UInt8, _ integers: [Int64]) {
        encoder.put(column: column, integers: integers.span)
    }

    private mutating func put(_ column: UInt8, _ numbers: [Double], _ expectation: RollupExpectation) {
        let patterns = numbers.map(\.bitPattern)
        encoder.put(column: column, values: patterns.span, expecting: expectation)
    }

    /// Appends the buckets that a page holds of a series; none when it holds none.
    ///
    /// - Parameter decoder: used again and again.
    static func decode(
        _ page: [UInt8],
        series: UInt32,
        with decoder: inout RollupDecoder,
        into buckets: inout [Bucket]
    ) throws(ByteReader.Failure) {
        try decoder.open(page.span)
        guard let index = decoder.index(of: series) else { return }
        var starts: [Int64] = []
        try decoder.starts(at: index, from: page.span, into: &starts)
        var whole: [[Int64]] = []
        for column in 0..<3 {
            var numbers: [Int64] = []
            let isThere = try decoder.integers(UInt8(column), at: index, from: page.span, into: &numbers)
            guard isThere else { throw ByteReader.Failure(offset: 0, expected: "a page of buckets") }
            whole.append(numbers)
        }
        var values: [[UInt64]] = []
        for column in 3..<8 {
            var patterns: [UInt64] = []
            let isThere = try decoder.values(UInt8(column), at: index, from: page.span, into: &patterns)
            guard isThere else { throw ByteReader.Failure(offset: 0, expected: "a page of buckets") }
            values.append(patterns)
        }
        for (row, start) in starts.enumerated() {
            var bucket = Bucket(start: Instant(milliseconds: start), widthMs: Sealer.minuteMs)
            bucket.count = UInt64(bitPattern: whole[0][row])
            bucket.firstAt = Instant(milliseconds: start &+ whole[1][row])
            bucket.lastAt = Instant(milliseconds: start &+ whole[2][row])
            bucket.low = Double(bitPattern: values[0][row])
            bucket.high = Double(bitPattern: values[1][row])
            bucket.first = Double(bitPattern: values[2][row])
            bucket.last = Double(bitPattern: values[3][row])
            bucket.sum = Double(bitPattern: values[4][row])
            buckets.append(bucket)
        }
    }
}
