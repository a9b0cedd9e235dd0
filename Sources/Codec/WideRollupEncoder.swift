/// Rows of buckets of several series of one device → a page for few rows a series: each column is written once, over
/// the rows of all series, one after the other. Pure; to be used again and again.
///
/// A column of a ``RollupEncoder`` page costs some 4 bytes and a look at its numbers before the first of them is
/// written; where a series has one row of a day, that is nearly all of it. Here whoever reads one series decodes
/// the columns of all.
///
///     0        1
///     kind 4   │table │table … to the end of the page
///
///     table, of series with the same columns
///     series, varint │ids │counts │starts bytes << 1 | shared, varint │starts │shape │bytes │columns
///
///     ids        a number column, ascending
///     counts     a number column: rows of each series
///     starts     a number column over all rows; if shared all series have as many rows, and these are the starts of each
///     shape      varint: a common shape (``RollupShape``), 0 for none; varint: how many columns follow those of it,
///                per such column varint (number − number before − 1) << 3 | form, the number before the first of a
///                table is −1; the numbers of the columns that it expects, a byte each
///     bytes      per column, varint
///
/// An integer column is a ``NumberColumn``, any other a ``ValueColumn``, and expectations are of the same row.
/// Ids ascend within a table; no series is in two.
public struct WideRollupEncoder: ~Copyable, Sendable {
    static let kind: UInt8 = 4

    private var values = ValueEncoder()
    private var page = ByteSink(capacity: 16_384)
    private var bodies = ByteSink(capacity: 16_384)
    private var columns = RollupColumns()
    private var shape = RollupShape()
    /// Of each column, in bytes.
    private var lengths: [Int] = []
    private var numbers = Scratch<Int64>(capacity: 64)

    /// Rows added since the last page, at most ``PageLimits/rows``.
    public private(set) var rowCount = 0
    /// Series added since the last page.
    public private(set) var seriesCount = 0

    /// An encoder without tables.
    public init() {}

    /// Forgets the tables added so far.
    public mutating func removeAll() {
        page.removeAll()
        bodies.removeAll()
        shape.columns.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        (rowCount, seriesCount) = (0, 0)
    }

    /// Begins a table; its columns follow.
    ///
    /// - Parameters:
    ///   - series: ids ascending, at least one, none of them added before.
    ///   - counts: the rows of each, 1 … ``PageLimits/samples``.
    ///   - starts: of all rows, series after series, strictly ascending within each.
    public mutating func add(series: Span<UInt32>, counts: Span<Int>, starts: Span<Int64>) {
        endTable()
        seriesCount += series.count
        rowCount += starts.count
        precondition(
            series.count >= 1 && series.count == counts.count,
            "every series must have its rows counted"
        )
        precondition(seriesCount <= PageLimits.series, "a page must hold at most \(PageLimits.series) series")
        precondition(rowCount <= PageLimits.rows, "a page must hold at most \(PageLimits.rows) rows")
        page.reserve(32)
        if seriesCount == series.count { page.put(Self.kind) }
        page.putVarint(UInt64(series.count))
        numbers.reserve(max(series.count, starts.count))
        for index in series.indices {
            precondition(index == 0 || series[index] > series[index - 1], "series ids must ascend")
            unsafe numbers.base[index] = Int64(series[index])
        }
        unsafe values.encodeNumbers(numbers.base, count: series.count, into: &page)
        var rows = 0
        for index in counts.indices {
            let count = counts[index]
            precondition(
                count >= 1 && count <= PageLimits.samples,
                "a series must have 1 … 4096 buckets in a page"
            )
            rows += count
            unsafe numbers.base[index] = Int64(count)
        }
        precondition(rows == starts.count, "every row must belong to a series")
        unsafe values.encodeNumbers(numbers.base, count: series.count, into: &page)
        put(starts, counts)
        columns.begin(rows: rows, columns: 8)
    }

    /// Writes an integer column of the table begun last.
    ///
    /// - Parameters:
    ///   - column: above the numbers of the columns before.
    ///   - integers: one a row; any.
    public mutating func put(column: UInt8, integers: Span<Int64>) {
        let place = begin(column, isInteger: true, .nothing, count: integers.count)
        unsafe integers.withUnsafeBufferPointer { integers in
            guard let base = integers.baseAddress else { return }
            unsafe columns.integers(place).update(from: base, count: integers.count)
        }
        let start = bodies.count
        unsafe values.encodeNumbers(columns.integers(place), count: columns.rows, into: &bodies)
        lengths.append(bodies.count &- start)
    }

    /// Writes a column of Doubles, as bit patterns, of the table begun last.
    ///
    /// - Parameters:
    ///   - column: above the numbers of the columns before.
    ///   - values: one a row; any.
    ///   - expectation: what they are near; a hint that costs next to nothing when it is wrong.
    public mutating func put(
        column: UInt8,
        values patterns: Span<UInt64>,
        expecting expectation: RollupExpectation = .nothing
    ) {
        let place = begin(column, isInteger: false, expectation, count: patterns.count)
        unsafe patterns.withUnsafeBufferPointer { patterns in
            guard let base = patterns.baseAddress else { return }
            unsafe columns.patterns(place).update(from: base, count: patterns.count)
        }
        let start = bodies.count
        unsafe values.encode(
            columns.patterns(place),
            count: columns.rows,
            isNumeric: true,
            expected: columns.expectation(of: place, in: shape),
            // Three quarters of what the other column takes.
            surely: shape.reference(of: place).map { lengths[$0] &* 6 } ?? 0,
            into: &bodies
        )
        lengths.append(bodies.count &- start)
    }

    /// Appends the page of the tables added, at least one, and forgets them.
    public mutating func finish(into writer: inout ByteWriter) {
        precondition(seriesCount > 0, "a page must hold at least one series")
        endTable()
        unsafe writer.putRaw(UnsafeBufferPointer(start: page.base, count: page.count))
        removeAll()
    }

    /// The starts of all rows, or those of the first series where all have the same.
    private mutating func put(_ starts: Span<Int64>, _ counts: Span<Int>) {
        let own = counts[0]
        var isShared = starts.count == own &* counts.count
        for index in counts.indices where counts[index] != own { isShared = false }
        for row in starts.indices {
            unsafe numbers.base[row] = starts[row]
            if isShared, row >= own, starts[row] != starts[row &- own] { isShared = false }
        }
        bodies.removeAll()
        unsafe values.encodeNumbers(numbers.base, count: isShared ? own : starts.count, into: &bodies)
        page.reserve(16)
        page.putVarint(UInt64(bodies.count &<< 1 | (isShared ? 1 : 0)))
        unsafe page.append(bodies.base, count: bodies.count)
        bodies.removeAll()
    }

    private mutating func begin(
        _ column: UInt8,
        isInteger: Bool,
        _ expectation: RollupExpectation,
        count: Int
    ) -> Int {
        precondition(seriesCount > 0, "a column must belong to a series")
        precondition(count == columns.rows, "a column must have one cell a row")
        shape.add(RollupShape.Column(number: column, isInteger: isInteger, expectation: expectation))
        columns.room(for: shape.columns.count)
        return shape.columns.count - 1
    }

    private mutating func endTable() {
        if seriesCount == 0 { return }
        precondition(!shape.columns.isEmpty, "a table must have a column")
        shape.putTight(into: &page)
        page.reserve(lengths.count &* 5)
        for length in lengths { page.putVarint(UInt64(length)) }
        unsafe page.append(bodies.base, count: bodies.count)
        bodies.removeAll()
        lengths.removeAll(keepingCapacity: true)
        shape.columns.removeAll(keepingCapacity: true)
    }
}
