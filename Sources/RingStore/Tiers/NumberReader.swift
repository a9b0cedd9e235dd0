internal import Codec
internal import Readings

/// Buckets of a series of numbers, whole; see ``NumberRow``.
struct NumberReader: TierReader {
    private let widthMs: Int64
    private let countsFalls: Bool
    private let range: Range<Int64>
    private var taken: [NumberRow] = []
    private(set) var isAscending = true
    /// One page's columns: 0, 1, 2, 9, 10 and 3 … 8.
    private var starts: [Int64] = []
    private var integers: [[Int64]] = Array(repeating: [], count: 5)
    private var values: [[UInt64]] = Array(repeating: [], count: 6)

    init(_ tier: Tier, countsFalls: Bool, in range: Range<Int64>, pages: Int) {
        widthMs = tier.widthMs
        self.countsFalls = countsFalls
        self.range = range
    }

    var rows: [NumberRow]? { taken }

    /// Those that hold a quantity.
    var buckets: [Bucket] { taken.lazy.map(\.bucket).filter { $0.count > 0 } }

    mutating func take(_ page: [UInt8], series: UInt32, with decoder: inout RollupDecoder) -> Bool {
        do throws(ByteReader.Failure) {
            try decoder.open(page.span)
            guard let index = decoder.index(of: series) else { return true }
            guard try read(page, index, with: &decoder) else { return false }
        } catch {
            return false
        }
        takeRows()
        return true
    }

    private mutating func takeRows() {
        let (counts, firstStamps, lastStamps) = (integers[0], integers[1], integers[2])
        let (earlier, later) = (integers[3], integers[4])
        let (lows, highs, firsts, lasts) = (values[0], values[1], values[2], values[3])
        let (sums, falls) = (values[4], values[5])
        for row in starts.indices where range.contains(starts[row]) {
            let start = starts[row]
            if let last = taken.last, start <= last.start { isAscending = false }
            let (firstAt, lastAt) = (start &+ firstStamps[row], start &+ lastStamps[row])
            var bucket = Bucket(
                start: Instant(milliseconds: start),
                widthMs: widthMs,
                countsFalls: countsFalls
            )
            if counts[row] != 0 {
                bucket.count = UInt64(bitPattern: counts[row])
                bucket.low = Double(bitPattern: lows[row])
                bucket.high = Double(bitPattern: highs[row])
                bucket.first = Double(bitPattern: firsts[row])
                bucket.last = Double(bitPattern: lasts[row])
                bucket.sum = Double(bitPattern: sums[row])
                bucket.fallen = Double(bitPattern: falls[row])
                bucket.firstAt = Instant(milliseconds: firstAt)
                bucket.lastAt = Instant(milliseconds: lastAt)
            }
            taken.append(
                NumberRow(bucket, lowest: firstAt &- earlier[row], highest: lastAt &+ later[row])
            )
        }
    }

    /// Fetches the columns; those that a page does not need are zeros.
    ///
    /// - Returns: false when one that every page needs is missing.
    private mutating func read(
        _ page: [UInt8],
        _ index: Int,
        with decoder: inout RollupDecoder
    ) throws(ByteReader.Failure) -> Bool {
        starts.removeAll(keepingCapacity: true)
        try decoder.starts(at: index, from: page.span, into: &starts)
        for (place, column) in ([0, 1, 2, 9, 10] as [UInt8]).enumerated() {
            integers[place].removeAll(keepingCapacity: true)
            let isThere = try decoder.integers(column, at: index, from: page.span, into: &integers[place])
            if !isThere && column < 9 { return false }
            if !isThere { integers[place].append(contentsOf: repeatElement(0, count: starts.count)) }
        }
        for (place, column) in ([3, 4, 5, 6, 7, 8] as [UInt8]).enumerated() {
            values[place].removeAll(keepingCapacity: true)
            let isThere = try decoder.values(column, at: index, from: page.span, into: &values[place])
            if !isThere && column < 8 { return false }
            if !isThere { values[place].append(contentsOf: repeatElement(0, count: starts.count)) }
        }
        return true
    }
}
