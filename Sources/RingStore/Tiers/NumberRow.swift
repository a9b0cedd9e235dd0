internal import Codec
internal import Readings

/// What one merge, or the head, knows of one bucket of a series of numbers.
///
/// Finite numbers count whose quality is not bad; texts, flags, absent values and what is no number are no quantities.
///
/// Columns of a rollup page: 0 count, 1 first stamp − start, 2 last stamp − start (whole numbers), 3 low,
/// 4 high, 5 first, 6 last, 7 sum (values); where any is not zero 8 what counters had reached before they began
/// again; where a sample is no quantity (whole numbers, else 0) 9 how long before the first stamp the first of any
/// sample is, 10 how long after the last stamp the last. Without any quantity 1 and 2 are the stamps of any.
struct NumberRow: TierRow {
    typealias Reader = NumberReader

    /// Empty when no sample was a quantity.
    var bucket: Bucket
    /// The earliest and the latest stamp of all samples, those that are no quantities included.
    var lowest: Int64
    var highest: Int64

    init(_ bucket: Bucket, lowest: Int64, highest: Int64) {
        self.bucket = bucket
        self.lowest = lowest
        self.highest = highest
    }

    init(start: Instant, widthMs: Int64, countsFalls: Bool, stamp: Int64) {
        bucket = Bucket(start: start, widthMs: widthMs, countsFalls: countsFalls)
        (lowest, highest) = (stamp, stamp)
    }

    var start: Int64 { bucket.start.milliseconds }

    @inline(__always)
    mutating func fold(_ instant: Int64, _ bits: UInt64, _ mark: UInt8) {
        highest = instant
        guard mark & 3 == PackedSample.number, mark >> 2 & 3 != Quality.bad.rawValue else { return }
        let number = Double(bitPattern: bits)
        if number.isFinite { bucket.fold(number, at: Instant(milliseconds: instant)) }
    }

    @discardableResult
    mutating func merge(_ other: NumberRow) -> Bool {
        let isApart = other.lowest > highest || other.highest < lowest
        bucket.merge(other.bucket)
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
        return isApart
    }

    func widened(start: Int64, widthMs: Int64) -> NumberRow {
        var row = self
        row.bucket.start = Instant(milliseconds: start)
        row.bucket.widthMs = widthMs
        return row
    }

    // MARK: Pages

    var lines: Int { 1 }
    var stamps: (first: Int64, last: Int64) { (start, start) }

    private var isEmpty: Bool { bucket.count == 0 }
    private var firstStamp: Int64 { isEmpty ? lowest : bucket.firstAt.milliseconds }
    private var lastStamp: Int64 { isEmpty ? highest : bucket.lastAt.milliseconds }

    static func putStarts(_ rows: Span<NumberRow>, into starts: inout [Int64]) {
        for index in rows.indices { starts.append(rows[index].start) }
    }

    static func put<Writer: RollupWriter & ~Copyable>(
        _ rows: Span<NumberRow>,
        with cells: inout TierCells,
        into page: inout Writer
    ) {
        cells.collect(rows) { Int64(bitPattern: $0.bucket.count) }
        page.put(column: 0, integers: cells.integers.span)
        cells.collect(rows) { $0.firstStamp &- $0.start }
        page.put(column: 1, integers: cells.integers.span)
        cells.collect(rows) { $0.lastStamp &- $0.start }
        page.put(column: 2, integers: cells.integers.span)
        cells.collect(rows) { $0.isEmpty ? 0 : $0.bucket.low }
        page.put(column: 3, values: cells.values.span, expecting: .nothing)
        cells.collect(rows) { $0.isEmpty ? 0 : $0.bucket.high }
        page.put(column: 4, values: cells.values.span, expecting: .near(3))
        cells.collect(rows) { $0.bucket.first }
        page.put(column: 5, values: cells.values.span, expecting: .middle(3, 4))
        cells.collect(rows) { $0.bucket.last }
        page.put(column: 6, values: cells.values.span, expecting: .middle(3, 4))
        cells.collect(rows) { $0.bucket.sum }
        page.put(column: 7, values: cells.values.span, expecting: .sum(count: 0, low: 3, high: 4))
        putRare(rows, with: &cells, into: &page)
    }

    /// The columns that most pages do not need.
    private static func putRare<Writer: RollupWriter & ~Copyable>(
        _ rows: Span<NumberRow>,
        with cells: inout TierCells,
        into page: inout Writer
    ) {
        var hasFalls = false
        var hasOthers = false
        for index in rows.indices {
            let row = rows[index]
            if row.bucket.fallen.bitPattern != 0 { hasFalls = true }
            if row.lowest != row.firstStamp || row.highest != row.lastStamp { hasOthers = true }
        }
        if hasFalls {
            cells.collect(rows) { $0.bucket.fallen }
            page.put(column: 8, values: cells.values.span, expecting: .nothing)
        }
        if hasOthers {
            cells.collect(rows) { $0.firstStamp &- $0.lowest }
            page.put(column: 9, integers: cells.integers.span)
            cells.collect(rows) { $0.highest &- $0.lastStamp }
            page.put(column: 10, integers: cells.integers.span)
        }
    }
}

extension TierCells {
    fileprivate mutating func collect(_ rows: Span<NumberRow>, _ cell: (NumberRow) -> Int64) {
        integers.removeAll(keepingCapacity: true)
        integers.append(addingCapacity: rows.count) { cells in
            for index in rows.indices { cells.append(cell(rows[index])) }
        }
    }

    fileprivate mutating func collect(_ rows: Span<NumberRow>, _ cell: (NumberRow) -> Double) {
        values.removeAll(keepingCapacity: true)
        values.append(addingCapacity: rows.count) { cells in
            for index in rows.indices { cells.append(cell(rows[index]).bitPattern) }
        }
    }
}
