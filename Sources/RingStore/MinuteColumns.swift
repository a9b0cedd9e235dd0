internal import Codec
internal import Readings

/// One-minute buckets of a series, column by column: how they are folded, written and read.
///
/// Columns of a rollup page: 0 count, 1 first stamp − start, 2 last stamp − start (whole numbers), 3 low,
/// 4 high, 5 first, 6 last, 7 sum (values).
struct MinuteColumns {
    private(set) var starts: [Int64] = []
    private var counts: [Int64] = []
    private var firstStamps: [Int64] = []
    private var lastStamps: [Int64] = []
    private var lows: [UInt64] = []
    private var highs: [UInt64] = []
    private var firsts: [UInt64] = []
    private var lasts: [UInt64] = []
    private var sums: [UInt64] = []

    /// How many buckets.
    var count: Int { starts.count }

    /// Folds the samples of a series, ascending; what was in the columns goes.
    ///
    /// Numbers count whose quality is not bad; flags, texts and absent values are no quantities.
    mutating func fold(_ samples: borrowing SampleColumns) {
        removeAll()
        var bucket = Bucket(start: Instant(milliseconds: 0), widthMs: Sealer.minuteMs)
        var end = Int64.min
        for index in 0..<samples.count {
            let mark = samples.marks[index]
            guard mark & 3 == PackedSample.number, mark >> 2 & 3 != Quality.bad.rawValue else { continue }
            let instant = samples.instants[index]
            if bucket.count == 0 || instant >= end {
                if bucket.count > 0 { append(bucket) }
                let start = Instant(milliseconds: instant).floored(toMs: Sealer.minuteMs)
                bucket = Bucket(start: start, widthMs: Sealer.minuteMs)
                end = start.advanced(byMs: Sealer.minuteMs).milliseconds
            }
            bucket.fold(Double(bitPattern: samples.bits[index]), at: Instant(milliseconds: instant))
        }
        if bucket.count > 0 { append(bucket) }
    }

    private mutating func append(_ bucket: Bucket) {
        starts.append(bucket.start.milliseconds)
        counts.append(Int64(bitPattern: bucket.count))
        firstStamps.append(bucket.firstAt.milliseconds &- bucket.start.milliseconds)
        lastStamps.append(bucket.lastAt.milliseconds &- bucket.start.milliseconds)
        lows.append(bucket.low.bitPattern)
        highs.append(bucket.high.bitPattern)
        firsts.append(bucket.first.bitPattern)
        lasts.append(bucket.last.bitPattern)
        sums.append(bucket.sum.bitPattern)
    }

    private mutating func removeAll() {
        starts.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        firstStamps.removeAll(keepingCapacity: true)
        lastStamps.removeAll(keepingCapacity: true)
        lows.removeAll(keepingCapacity: true)
        highs.removeAll(keepingCapacity: true)
        firsts.removeAll(keepingCapacity: true)
        lasts.removeAll(keepingCapacity: true)
        sums.removeAll(keepingCapacity: true)
    }

    /// Adds some of the buckets to a page.
    func put(_ rows: Range<Int>, series: UInt32, into encoder: inout RollupEncoder) {
        encoder.add(series: series, starts: starts.span.extracting(rows))
        encoder.put(column: 0, integers: counts.span.extracting(rows))
        encoder.put(column: 1, integers: firstStamps.span.extracting(rows))
        encoder.put(column: 2, integers: lastStamps.span.extracting(rows))
        encoder.put(column: 3, values: lows.span.extracting(rows))
        encoder.put(column: 4, values: highs.span.extracting(rows))
        encoder.put(column: 5, values: firsts.span.extracting(rows), expecting: .middle(3, 4))
        encoder.put(column: 6, values: lasts.span.extracting(rows), expecting: .middle(3, 4))
        encoder.put(column: 7, values: sums.span.extracting(rows), expecting: .sum(count: 0, low: 3, high: 4))
    }

    /// Reads the buckets that a page holds of a series. False when it makes no sense; empty when it holds none.
    ///
    /// - Parameter ends: whether columns 1, 2, 5 and 6 are wanted.
    mutating func read(_ page: [UInt8], series: UInt32, with decoder: inout RollupDecoder, ends: Bool) -> Bool
    {
        removeAll()
        do throws(ByteReader.Failure) {
            try decoder.open(page.span)
            guard let index = decoder.index(of: series) else { return true }
            try decoder.starts(at: index, from: page.span, into: &starts)
            var isWhole = try decoder.integers(0, at: index, from: page.span, into: &counts)
            isWhole = try decoder.values(3, at: index, from: page.span, into: &lows) && isWhole
            isWhole = try decoder.values(4, at: index, from: page.span, into: &highs) && isWhole
            isWhole = try decoder.values(7, at: index, from: page.span, into: &sums) && isWhole
            guard ends else { return isWhole }
            isWhole = try decoder.integers(1, at: index, from: page.span, into: &firstStamps) && isWhole
            isWhole = try decoder.integers(2, at: index, from: page.span, into: &lastStamps) && isWhole
            isWhole = try decoder.values(5, at: index, from: page.span, into: &firsts) && isWhole
            return try decoder.values(6, at: index, from: page.span, into: &lasts) && isWhole
        } catch {
            return false
        }
    }

    /// One bucket of those that were read.
    func bucket(_ row: Int, ends: Bool) -> Bucket {
        var bucket = Bucket(start: Instant(milliseconds: starts[row]), widthMs: Sealer.minuteMs)
        bucket.count = UInt64(bitPattern: counts[row])
        bucket.low = Double(bitPattern: lows[row])
        bucket.high = Double(bitPattern: highs[row])
        bucket.sum = Double(bitPattern: sums[row])
        guard ends else { return bucket }
        bucket.firstAt = Instant(milliseconds: starts[row] &+ firstStamps[row])
        bucket.lastAt = Instant(milliseconds: starts[row] &+ lastStamps[row])
        bucket.first = Double(bitPattern: firsts[row])
        bucket.last = Double(bitPattern: lasts[row])
        return bucket
    }
}

/// Reads minute pages, with memory of its own that it uses again.
struct MinuteReader: ~Copyable {
    private var decoder = RollupDecoder()
    private var columns = MinuteColumns()

    init() {}

    /// Appends the buckets of a series whose starts lie in `range`. False when the page makes no sense.
    mutating func append(
        _ page: [UInt8],
        series: UInt32,
        _ range: Range<Int64>,
        ends: Bool,
        to buckets: inout [Bucket]
    ) -> Bool {
        guard columns.read(page, series: series, with: &decoder, ends: ends) else { return false }
        let first = columns.starts.firstPlace(notBelow: range.lowerBound)
        let end = columns.starts.firstPlace(notBelow: range.upperBound, from: first)
        buckets.reserveCapacity(buckets.count + end - first)
        for row in first..<end { buckets.append(columns.bucket(row, ends: ends)) }
        return true
    }
}
