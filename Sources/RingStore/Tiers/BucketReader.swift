internal import Codec
internal import Readings

/// Buckets of a series of numbers without first and last values: what most questions ask for.
///
/// They go from a page's columns straight to where they are answered from. See ``NumberRow`` for the columns.
struct BucketReader: TierReader {
    private let widthMs: Int64
    private let countsFalls: Bool
    private let range: Range<Int64>
    private let pages: Int
    /// Those that hold a quantity.
    private(set) var buckets: [Bucket] = []
    private(set) var isAscending = true
    private var last = Int64.min

    init(_ tier: Tier, countsFalls: Bool, in range: Range<Int64>, pages: Int) {
        widthMs = tier.widthMs
        self.countsFalls = countsFalls
        self.range = range
        self.pages = pages
    }

    /// Whether rows share a stretch of time is told by the stamps that are left out here.
    var rows: [NumberRow]? { nil }

    mutating func take(_ page: [UInt8], series: UInt32, with decoder: inout RollupDecoder) -> Bool {
        do throws(ByteReader.Failure) {
            try decoder.open(page.span)
            guard let index = decoder.index(of: series) else { return true }
            return try decoder.lend(integers: 0, values: (3, 4, 7), at: index, from: page.span) {
                take(starts: $0, counts: $1, lows: $2, highs: $3, sums: $4)
            }
        } catch {
            return false
        }
    }

    /// As many buckets as the range has.
    private var rowsMax: Int {
        let (width, isBeyond) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
        return isBeyond ? .max : Int(width / widthMs) + 1
    }

    private mutating func take(
        starts: Span<Int64>,
        counts: Span<Int64>,
        lows: Span<UInt64>,
        highs: Span<UInt64>,
        sums: Span<UInt64>
    ) {
        // Pages of a series are much alike, and to grow on the way would cost as much as to read them.
        if buckets.isEmpty { buckets.reserveCapacity(min(starts.count * pages, rowsMax)) }
        buckets.append(addingCapacity: starts.count) { output in
            for row in starts.indices where range.contains(starts[row]) {
                let start = starts[row]
                if start <= last { isAscending = false }
                last = start
                if counts[row] == 0 { continue }
                var bucket = Bucket(
                    start: Instant(milliseconds: start),
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
}
