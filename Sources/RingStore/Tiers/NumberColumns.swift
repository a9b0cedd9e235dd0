internal import Codec
internal import Readings

/// Buckets of a series of numbers, column by column: how they are folded, written and read.
///
/// Columns of a rollup page: 0 count, 1 first stamp − start, 2 last stamp − start (whole numbers), 3 low,
/// 4 high, 5 first, 6 last, 7 sum (values); where any is not zero 8 what counters had reached before they began
/// again; where a sample is no quantity 9 the first and 10 the last stamp of any sample − start (whole numbers).
struct NumberColumns: TierColumns {
    private(set) var starts: [Int64] = []
    private var counts: [Int64] = []
    private var firstStamps: [Int64] = []
    private var lastStamps: [Int64] = []
    private var lows: [UInt64] = []
    private var highs: [UInt64] = []
    private var firsts: [UInt64] = []
    private var lasts: [UInt64] = []
    private var sums: [UInt64] = []
    private var falls: [UInt64] = []
    private var lowest: [Int64] = []
    private var highest: [Int64] = []
    private var widthMs: Int64 = 1
    private var countsFalls = false

    var count: Int { starts.count }

    mutating func fold(_ samples: borrowing SampleColumns, widthMs: Int64, countsFalls: Bool) {
        removeAll(widthMs, countsFalls)
        guard samples.count > 0 else { return }
        var row: NumberRow?
        var end = Int64.min
        for index in 0..<samples.count {
            let instant = samples.instants[index]
            if instant >= end || row == nil {
                if let row { append(row) }
                let start = Instant(milliseconds: instant).floored(toMs: widthMs)
                row = NumberRow(start: start, widthMs: widthMs, countsFalls: countsFalls, stamp: instant)
                end = start.advanced(byMs: widthMs).milliseconds
            }
            row?.fold(instant, samples.bits[index], samples.marks[index])
        }
        if let row { append(row) }
    }

    mutating func fold(_ finer: borrowing NumberColumns, widthMs: Int64) {
        removeAll(widthMs, finer.countsFalls)
        var row: NumberRow?
        for index in 0..<finer.count {
            var next = finer[index]
            let start = Instant(milliseconds: finer.starts[index]).floored(toMs: widthMs)
            if row?.bucket.start == start {
                row?.merge(next)
                continue
            }
            if let row { append(row) }
            next.bucket.start = start
            next.bucket.widthMs = widthMs
            row = next
        }
        if let row { append(row) }
    }

    private mutating func append(_ row: NumberRow) {
        let bucket = row.bucket
        let start = bucket.start.milliseconds
        let isEmpty = bucket.count == 0
        starts.append(start)
        counts.append(Int64(bitPattern: bucket.count))
        firstStamps.append((isEmpty ? row.lowest : bucket.firstAt.milliseconds) &- start)
        lastStamps.append((isEmpty ? row.highest : bucket.lastAt.milliseconds) &- start)
        lows.append(isEmpty ? 0 : bucket.low.bitPattern)
        highs.append(isEmpty ? 0 : bucket.high.bitPattern)
        firsts.append(bucket.first.bitPattern)
        lasts.append(bucket.last.bitPattern)
        sums.append(bucket.sum.bitPattern)
        falls.append(bucket.fallen.bitPattern)
        lowest.append(row.lowest &- start)
        highest.append(row.highest &- start)
    }

    private mutating func removeAll(_ widthMs: Int64, _ countsFalls: Bool) {
        self.widthMs = widthMs
        self.countsFalls = countsFalls
        starts.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        firstStamps.removeAll(keepingCapacity: true)
        lastStamps.removeAll(keepingCapacity: true)
        lows.removeAll(keepingCapacity: true)
        highs.removeAll(keepingCapacity: true)
        firsts.removeAll(keepingCapacity: true)
        lasts.removeAll(keepingCapacity: true)
        sums.removeAll(keepingCapacity: true)
        falls.removeAll(keepingCapacity: true)
        lowest.removeAll(keepingCapacity: true)
        highest.removeAll(keepingCapacity: true)
    }

    // MARK: Pages

    func end(from start: Int, most: Int) -> Int { min(count, start + most) }

    func stamps(of row: Int) -> (first: Int64, last: Int64) { (starts[row], starts[row]) }

    func put(_ rows: Range<Int>, series: UInt32, into encoder: inout RollupEncoder) -> Int {
        encoder.add(series: series, starts: starts.span.extracting(rows))
        encoder.put(column: 0, integers: counts.span.extracting(rows))
        encoder.put(column: 1, integers: firstStamps.span.extracting(rows))
        encoder.put(column: 2, integers: lastStamps.span.extracting(rows))
        encoder.put(column: 3, values: lows.span.extracting(rows))
        encoder.put(column: 4, values: highs.span.extracting(rows))
        encoder.put(column: 5, values: firsts.span.extracting(rows), expecting: .middle(3, 4))
        encoder.put(column: 6, values: lasts.span.extracting(rows), expecting: .middle(3, 4))
        encoder.put(column: 7, values: sums.span.extracting(rows), expecting: .sum(count: 0, low: 3, high: 4))
        if falls[rows].contains(where: { $0 != 0 }) {
            encoder.put(column: 8, values: falls.span.extracting(rows))
        }
        if lowest[rows] != firstStamps[rows] || highest[rows] != lastStamps[rows] {
            encoder.put(column: 9, integers: lowest.span.extracting(rows))
            encoder.put(column: 10, integers: highest.span.extracting(rows))
        }
        return rows.count
    }

    mutating func read(
        _ page: [UInt8],
        series: UInt32,
        of tier: Tier,
        countsFalls: Bool,
        with decoder: inout RollupDecoder,
        ends: Bool
    ) -> Bool {
        removeAll(tier.widthMs, countsFalls)
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
            isWhole = try decoder.values(6, at: index, from: page.span, into: &lasts) && isWhole
            if try !decoder.values(8, at: index, from: page.span, into: &falls) {
                falls.append(contentsOf: repeatElement(0, count: starts.count))
            }
            if try !decoder.integers(9, at: index, from: page.span, into: &lowest) { lowest = firstStamps }
            if try !decoder.integers(10, at: index, from: page.span, into: &highest) { highest = lastStamps }
            return isWhole
        } catch {
            return false
        }
    }

    /// One row of those that were folded or read; without first and last values where they were not read.
    subscript(_ row: Int) -> NumberRow {
        let start = starts[row]
        var bucket = Bucket(
            start: Instant(milliseconds: start),
            widthMs: widthMs,
            countsFalls: countsFalls
        )
        bucket.count = UInt64(bitPattern: counts[row])
        if bucket.count > 0 {
            bucket.low = Double(bitPattern: lows[row])
            bucket.high = Double(bitPattern: highs[row])
            bucket.sum = Double(bitPattern: sums[row])
        }
        guard row < lowest.count else { return NumberRow(bucket, lowest: start, highest: start) }
        if bucket.count > 0 {
            bucket.firstAt = Instant(milliseconds: start &+ firstStamps[row])
            bucket.lastAt = Instant(milliseconds: start &+ lastStamps[row])
            bucket.first = Double(bitPattern: firsts[row])
            bucket.last = Double(bitPattern: lasts[row])
        }
        bucket.fallen = Double(bitPattern: falls[row])
        return NumberRow(bucket, lowest: start &+ lowest[row], highest: start &+ highest[row])
    }
}
