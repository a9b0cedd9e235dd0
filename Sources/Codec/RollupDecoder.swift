/// Reads pages that ``RollupEncoder`` or ``WideRollupEncoder`` wrote, column by column; to be used again and again.
///
/// A column is decoded when it is asked for, and once; a column that expects others has those decoded too.
/// Bytes that make no sense throw and never crash, and never take more memory than ``PageLimits`` allow.
public struct RollupDecoder: ~Copyable, Sendable {
    /// What a page says about one of its series.
    public struct Entry: Hashable, Sendable {
        /// The series.
        public let series: UInt32
        /// Its buckets, 1 … ``PageLimits/samples``.
        public internal(set) var count: Int
        /// Its stamp set; in a wide page its table.
        let set: Int
        let shape: Int
        /// Its first column in `places`.
        var column: Int
        /// Where its rows begin among those of its columns, and how many these have: in a wide page all of a table's.
        var first = 0
        var rows = 0
    }

    var values = ValueDecoder()
    /// Ids or counts of a wide page.
    var numbers = Scratch<Int64>(capacity: 64)
    private var stamps = StampReader()
    private var columns = RollupColumns()
    var shapes: [RollupShape] = []
    /// Per series, or table, and column where it begins and ends.
    var places: [Range<Int>] = []
    private var pageBytes = 0
    /// The first of `places` of the columns that are in `columns`.
    private var columnsRead = -1
    /// The tables of a wide page; none in any other.
    var tables = RollupTables()

    /// The series of the page opened last, ids ascending; empty when it could not be opened.
    public internal(set) var entries: [Entry] = []

    /// A decoder without a page.
    public init() {}

    /// Reads the directory of a page; must be called for every new page.
    public mutating func open(_ page: Span<UInt8>) throws(ByteReader.Failure) {
        entries.removeAll(keepingCapacity: true)
        shapes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        columnsRead = -1
        tables.removeAll()
        pageBytes = page.count
        do throws(ByteReader.Failure) {
            try unsafe page.withUnsafeBufferPointer { bytes throws(ByteReader.Failure) in
                guard let base = bytes.baseAddress else {
                    throw ByteReader.Failure(offset: 0, expected: "a page")
                }
                var source = unsafe ByteSource(base, offset: 0, end: bytes.count)
                switch try source.byte() {
                case RollupEncoder.kind: try readDirectory(from: &source)
                case WideRollupEncoder.kind: try readTables(from: &source)
                default: throw source.failure("a rollup page")
                }
            }
        } catch {
            entries.removeAll(keepingCapacity: true)
            throw error
        }
    }

    /// Where a series is in ``entries``; nil when it is not in the page.
    public func index(of series: UInt32) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].series < series { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].series == series ? low : nil
    }

    /// Appends the starts of the buckets of the series at `index` of ``entries``.
    public mutating func starts(
        at index: Int,
        from page: Span<UInt8>,
        into starts: inout [Int64]
    ) throws(ByteReader.Failure) {
        precondition(page.count == pageBytes, "a page must be opened before its series are decoded")
        let entry = entries[index]
        try unsafe page.withUnsafeBufferPointer { bytes throws(ByteReader.Failure) in
            guard let base = bytes.baseAddress else { return }
            if !tables.isEmpty {
                let read = try unsafe tables.starts(of: entry, from: base, with: &values)
                unsafe starts.append(contentsOf: UnsafeBufferPointer(start: read, count: entry.count))
                return
            }
            let read = try unsafe stamps.read(entry.set, from: base, with: &values)
            unsafe starts.append(contentsOf: UnsafeBufferPointer(start: read, count: entry.count))
        }
    }

    /// Appends an integer column of the series at `index` of ``entries``.
    ///
    /// - Returns: false when the series has no integer column of that number; then nothing is appended.
    public mutating func integers(
        _ column: UInt8,
        at index: Int,
        from page: Span<UInt8>,
        into integers: inout [Int64]
    ) throws(ByteReader.Failure) -> Bool {
        guard let place = try decode(column, isInteger: true, at: index, from: page) else { return false }
        let cells = unsafe columns.integers(place) + entries[index].first
        unsafe integers.append(contentsOf: UnsafeBufferPointer(start: cells, count: entries[index].count))
        return true
    }

    /// Appends a column of Doubles, as bit patterns, of the series at `index` of ``entries``.
    ///
    /// - Returns: false when the series has no value column of that number; then nothing is appended.
    public mutating func values(
        _ column: UInt8,
        at index: Int,
        from page: Span<UInt8>,
        into patterns: inout [UInt64]
    ) throws(ByteReader.Failure) -> Bool {
        guard let place = try decode(column, isInteger: false, at: index, from: page) else { return false }
        let cells = unsafe columns.patterns(place) + entries[index].first
        unsafe patterns.append(contentsOf: UnsafeBufferPointer(start: cells, count: entries[index].count))
        return true
    }

    /// Lends the starts of the buckets of the series at `index` of ``entries``, one of its integer columns and three of
    /// its columns of Doubles, as bit patterns, side by side: all of the same length.
    ///
    /// - Returns: false when the series has not all of these columns; then nothing is lent.
    public mutating func lend(
        integers: UInt8,
        values numbers: (UInt8, UInt8, UInt8),
        at index: Int,
        from page: Span<UInt8>,
        _ body: (Span<Int64>, Span<Int64>, Span<UInt64>, Span<UInt64>, Span<UInt64>) -> Void
    ) throws(ByteReader.Failure) -> Bool {
        guard let first = try decode(integers, isInteger: true, at: index, from: page),
            let second = try decode(numbers.0, isInteger: false, at: index, from: page),
            let third = try decode(numbers.1, isInteger: false, at: index, from: page),
            let fourth = try decode(numbers.2, isInteger: false, at: index, from: page)
        else { return false }
        let entry = entries[index]
        try unsafe page.withUnsafeBufferPointer { bytes throws(ByteReader.Failure) in
            guard let base = bytes.baseAddress else { return }
            let starts =
                tables.isEmpty
                ? try unsafe stamps.read(entry.set, from: base, with: &values)
                : try unsafe tables.starts(of: entry, from: base, with: &values)
            unsafe body(
                Span(_unsafeStart: starts, count: entry.count),
                Span(_unsafeStart: columns.integers(first) + entry.first, count: entry.count),
                Span(_unsafeStart: columns.patterns(second) + entry.first, count: entry.count),
                Span(_unsafeStart: columns.patterns(third) + entry.first, count: entry.count),
                Span(_unsafeStart: columns.patterns(fourth) + entry.first, count: entry.count)
            )
        }
        return true
    }

    private mutating func decode(
        _ number: UInt8,
        isInteger: Bool,
        at index: Int,
        from page: Span<UInt8>
    ) throws(ByteReader.Failure) -> Int? {
        precondition(page.count == pageBytes, "a page must be opened before its series are decoded")
        let entry = entries[index]
        guard let place = shapes[entry.shape].position(of: number),
            shapes[entry.shape].columns[place].isInteger == isInteger
        else { return nil }
        if columnsRead != entry.column {
            columns.begin(rows: entry.rows, columns: shapes[entry.shape].columns.count)
            columnsRead = entry.column
        }
        try unsafe page.withUnsafeBufferPointer { bytes throws(ByteReader.Failure) in
            guard let base = bytes.baseAddress else { return }
            try unsafe decode(place, of: entry, from: base)
        }
        return place
    }

    /// Columns name only columns before them, so this ends; each is decoded once.
    private mutating func decode(
        _ place: Int,
        of entry: Entry,
        from page: UnsafePointer<UInt8>
    ) throws(ByteReader.Failure) {
        if columns.has(place) { return }
        let column = shapes[entry.shape].columns[place]
        switch column.expectation {
        case .nothing: break
        case .near(let other): try unsafe decodeOther(other, of: entry, from: page)
        case .middle(let low, let high):
            try unsafe decodeOther(low, of: entry, from: page)
            try unsafe decodeOther(high, of: entry, from: page)
        case .sum(let count, let low, let high):
            try unsafe decodeOther(count, of: entry, from: page)
            try unsafe decodeOther(low, of: entry, from: page)
            try unsafe decodeOther(high, of: entry, from: page)
        }
        let span = places[entry.column &+ place]
        var source = unsafe ByteSource(page, offset: span.lowerBound, end: span.upperBound)
        if column.isInteger {
            try unsafe values.decodeNumbers(count: entry.rows, from: &source, into: columns.integers(place))
        } else {
            let expected = unsafe columns.expectation(of: place, in: shapes[entry.shape])
            try unsafe values.decode(
                count: entry.rows,
                expected: expected,
                from: &source,
                into: columns.patterns(place)
            )
        }
        guard source.remaining == 0 else { throw source.failure("the end of a column") }
        columns.markPresent(place)
    }

    private mutating func decodeOther(
        _ number: UInt8,
        of entry: Entry,
        from page: UnsafePointer<UInt8>
    ) throws(ByteReader.Failure) {
        guard let place = shapes[entry.shape].position(of: number) else { return }
        try unsafe decode(place, of: entry, from: page)
    }

    private mutating func readDirectory(from source: inout ByteSource) throws(ByteReader.Failure) {
        let shapeCount = try source.count(in: 1...PageLimits.series)
        for _ in 0..<shapeCount { shapes.append(try RollupShape(from: &source)) }
        let seriesCount = try source.count(in: 1...PageLimits.series)
        var last: Int64 = -1
        var set = 0
        var setMost = 0
        var shape = 0
        for _ in 0..<seriesCount {
            let word = try source.varint()
            let gap = word &>> 2
            guard gap <= UInt64(UInt32.max), last &+ 1 &+ Int64(gap) <= Int64(UInt32.max) else {
                throw source.failure("a series id of 32 bits")
            }
            last &+= 1 &+ Int64(gap)
            if word & 1 == 1 { set = try source.count(in: 0...PageLimits.series - 1) }
            if word & 2 == 2 { shape = try source.count(in: 0...shapeCount - 1) }
            if set > setMost { setMost = set }
            entries.append(
                Entry(series: UInt32(last), count: 0, set: set, shape: shape, column: places.count)
            )
            for _ in shapes[shape].columns.indices {
                places.append(0..<(try source.count(in: 1...max(1, source.remaining))))
            }
        }
        guard setMost < seriesCount else { throw source.failure("a stamp set of this page") }
        let setCount = try source.count(in: setMost + 1...seriesCount)
        try stamps.open(setCount, from: &source)
        for index in entries.indices {
            entries[index].count = stamps.count(of: entries[index].set)
            entries[index].rows = entries[index].count
        }
        for index in places.indices {
            let start = try source.skip(places[index].upperBound)
            places[index] = start..<source.offset
        }
        guard source.remaining == 0 else { throw source.failure("the end of the page") }
    }
}
