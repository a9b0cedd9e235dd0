/// Rows of buckets of several series of one device → a page: numbered columns of integers or values, and the
/// starts on one clock. Pure; to be used again and again.
///
///     0        1                        1 + …
///     kind 2   │shapes, varint; shapes  │series, varint │directory │sets, varint │stamps (``StampSets``) │columns
///
///     directory, per series, ids ascending
///     varint ((id − id before − 1) << 2 | flags)   the id before the first is −1
///         bit 0    varint: number of its stamp set; else that of the series before, of the first 0
///         bit 1    varint: number of its shape; else that of the series before, of the first 0
///     per column varint bytes
///
/// An integer column is a ``NumberColumn``, any other a ``ValueColumn``.
public struct RollupEncoder: ~Copyable, Sendable {
    static let kind: UInt8 = 2

    private var values = ValueEncoder()
    private var stamps = StampSets()
    private var directory = ByteSink(capacity: 1024)
    private var bodies = ByteSink(capacity: 16_384)
    private var page = ByteSink(capacity: 16_384)
    private var columns = RollupColumns()
    private var shapes: [RollupShape] = []
    private var shape = RollupShape()
    private var lengths: [Int] = []
    private var series: Int64 = -1
    private var writtenSeries: Int64 = -1
    private var set = 0
    private var writtenSet = 0
    private var writtenShape = 0

    /// How many series were added since the last page.
    public private(set) var seriesCount = 0

    /// An encoder without series.
    public init() {}

    /// Forgets the series added so far.
    public mutating func removeAll() {
        stamps.removeAll()
        directory.removeAll()
        bodies.removeAll()
        shapes.removeAll(keepingCapacity: true)
        shape.columns.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        (series, writtenSeries) = (-1, -1)
        (set, writtenSet, writtenShape) = (0, 0, 0)
        seriesCount = 0
    }

    /// Begins a series; its columns follow.
    ///
    /// - Parameters:
    ///   - series: above all ids added before.
    ///   - starts: of 1 … ``PageLimits/samples`` buckets, strictly ascending.
    public mutating func add(series: UInt32, starts: Span<Int64>) {
        endSeries()
        precondition(
            starts.count >= 1 && starts.count <= PageLimits.samples,
            "a series must have 1 … \(PageLimits.samples) buckets in a page"
        )
        precondition(Int64(series) > self.series, "series ids must ascend")
        precondition(seriesCount < PageLimits.series, "a page must hold at most \(PageLimits.series) series")
        set = unsafe starts.withUnsafeBufferPointer { starts in
            guard let base = starts.baseAddress else { return 0 }
            return unsafe stamps.add(base, count: starts.count)
        }
        self.series = Int64(series)
        columns.begin(rows: starts.count, columns: 8)
        seriesCount += 1
    }

    /// Writes an integer column of the series begun last.
    ///
    /// - Parameters:
    ///   - column: above the numbers of the columns before.
    ///   - integers: one a bucket; any.
    public mutating func put(column: UInt8, integers: Span<Int64>) {
        let place = begin(column, isInteger: true, .nothing, count: integers.count)
        unsafe integers.withUnsafeBufferPointer { integers in
            guard let base = integers.baseAddress else { return }
            unsafe columns.integers(place).update(from: base, count: integers.count)
        }
        unsafe values.encodeNumbers(columns.integers(place), count: columns.rows, into: &bodies)
        lengths[place] = bodies.count &- lengths[place]
    }

    /// Writes a column of Doubles, as bit patterns, of the series begun last.
    ///
    /// - Parameters:
    ///   - column: above the numbers of the columns before.
    ///   - values: one a bucket; any.
    ///   - expectation: what they are near; a hint that costs nothing when it is wrong.
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
        unsafe values.encode(
            columns.patterns(place),
            count: columns.rows,
            isNumeric: true,
            expected: columns.expectation(of: place, in: shape),
            // Three quarters of what the other column takes.
            surely: shape.reference(of: place).map { lengths[$0] &* 6 } ?? 0,
            into: &bodies
        )
        lengths[place] = bodies.count &- lengths[place]
    }

    /// Appends the page of the series added, at least one, and forgets them.
    public mutating func finish(into writer: inout ByteWriter) {
        precondition(seriesCount > 0, "a page must hold at least one series")
        endSeries()
        page.removeAll()
        page.reserve(32)
        page.put(Self.kind)
        page.putVarint(UInt64(shapes.count))
        for shape in shapes { shape.put(into: &page) }
        page.reserve(32)
        page.putVarint(UInt64(seriesCount))
        unsafe page.append(directory.base, count: directory.count)
        page.reserve(16)
        page.putVarint(UInt64(stamps.entries.count))
        stamps.put(with: &values, into: &page)
        unsafe page.append(bodies.base, count: bodies.count)
        unsafe writer.putRaw(UnsafeBufferPointer(start: page.base, count: page.count))
        removeAll()
    }

    private mutating func begin(
        _ column: UInt8,
        isInteger: Bool,
        _ expectation: RollupExpectation,
        count: Int
    ) -> Int {
        precondition(seriesCount > 0, "a column must belong to a series")
        precondition(count == columns.rows, "a column must have one cell a bucket")
        shape.add(RollupShape.Column(number: column, isInteger: isInteger, expectation: expectation))
        lengths.append(bodies.count)
        columns.room(for: shape.columns.count)
        return shape.columns.count - 1
    }

    private mutating func endSeries() {
        if series == writtenSeries { return }
        precondition(!shape.columns.isEmpty, "a series must have a column")
        var number = shapes.count
        // The series of a page are mostly alike.
        if let known = shapes.firstIndex(of: shape) { number = known } else { shapes.append(shape) }
        directory.reserve(40 &+ lengths.count &* 10)
        let flags = (set == writtenSet ? 0 : 1) | (number == writtenShape ? 0 : 2)
        directory.putVarint(UInt64(series &- writtenSeries &- 1) &<< 2 | UInt64(flags))
        if set != writtenSet { directory.putVarint(UInt64(set)) }
        if number != writtenShape { directory.putVarint(UInt64(number)) }
        for length in lengths { directory.putVarint(UInt64(length)) }
        shape.columns.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        writtenSeries = series
        writtenSet = set
        writtenShape = number
    }
}
