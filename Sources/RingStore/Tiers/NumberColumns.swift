internal import Codec
internal import Readings

/// Buckets of a series of numbers, column by column, as they are read from pages; see ``NumberRow``.
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

    func stamps(of row: Int) -> (first: Int64, last: Int64) { (starts[row], starts[row]) }

    func ascend(_ rows: Range<Int>, after last: Int64) -> Bool {
        let starts = starts.span.extracting(rows)
        guard starts.isEmpty || starts[0] > last else { return false }
        var isAscending = true
        for row in starts.indices.dropFirst() where starts[row - 1] >= starts[row] { isAscending = false }
        return isAscending
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
            let areEarlier = try decoder.integers(9, at: index, from: page.span, into: &lowest)
            let areLater = try decoder.integers(10, at: index, from: page.span, into: &highest)
            guard isWhole else { return false }
            if !areEarlier { lowest.append(contentsOf: repeatElement(0, count: starts.count)) }
            if !areLater { highest.append(contentsOf: repeatElement(0, count: starts.count)) }
            for row in starts.indices {
                lowest[row] = firstStamps[row] &- lowest[row]
                highest[row] = lastStamps[row] &+ highest[row]
            }
            return true
        } catch {
            return false
        }
    }

    subscript(_ row: Int) -> NumberRow {
        let start = starts[row]
        guard row < lowest.count else { return NumberRow(plain(row), lowest: start, highest: start) }
        return NumberRow(whole(row), lowest: start &+ lowest[row], highest: start &+ highest[row])
    }

    /// Appends those of some rows that hold a quantity.
    func append(_ rows: Range<Int>, ends: Bool, to buckets: inout [Bucket]) {
        if ends {
            for row in rows where counts[row] != 0 { buckets.append(whole(row)) }
            return
        }
        // The way of most questions: column by column, without a look at the buckets' room for each.
        let starts = starts.span.extracting(rows)
        let counts = counts.span.extracting(rows)
        let (lows, highs) = (lows.span.extracting(rows), highs.span.extracting(rows))
        let sums = sums.span.extracting(rows)
        buckets.append(addingCapacity: rows.count) { output in
            for row in counts.indices where counts[row] != 0 {
                var bucket = Bucket(
                    start: Instant(milliseconds: starts[row]),
                    widthMs: widthMs,
                    countsFalls: countsFalls
                )
                bucket.count = UInt64(bitPattern: counts[row])
                bucket.low = Double(bitPattern: lows[row])
                bucket.high = Double(bitPattern: highs[row])
                bucket.sum = Double(bitPattern: sums[row])
                output.append(bucket)
            }
        }
    }

    /// A bucket without first and last values.
    private func plain(_ row: Int) -> Bucket {
        var bucket = Bucket(
            start: Instant(milliseconds: starts[row]),
            widthMs: widthMs,
            countsFalls: countsFalls
        )
        guard counts[row] != 0 else { return bucket }
        bucket.count = UInt64(bitPattern: counts[row])
        bucket.low = Double(bitPattern: lows[row])
        bucket.high = Double(bitPattern: highs[row])
        bucket.sum = Double(bitPattern: sums[row])
        return bucket
    }

    private func whole(_ row: Int) -> Bucket {
        var bucket = plain(row)
        guard counts[row] != 0 else { return bucket }
        let start = starts[row]
        bucket.firstAt = Instant(milliseconds: start &+ firstStamps[row])
        bucket.lastAt = Instant(milliseconds: start &+ lastStamps[row])
        bucket.first = Double(bitPattern: firsts[row])
        bucket.last = Double(bitPattern: lasts[row])
        bucket.fallen = Double(bitPattern: falls[row])
        return bucket
    }
}
