/// Reads pages that ``RollupEncoder`` wrote, column by column; to be used again and again.
///
/// A column is decoded when it is asked for, and once; a column that expects others has those decoded too.
/// Bytes that make no sense throw and never crash, and never take more memory than ``PageLimits`` allow.
public struct RollupDecoder: ~Copyable, Sendable {
    /// What a page says about one of its series.
    public struct Entry: Hashable, Sendable {
        /// The series.
        public let series: UInt32
        /// Its buckets, 1 … ``PageLimits/samples``.
        public fileprivate(set) var count: Int
        fileprivate let set: Int
        fileprivate let shape: Int
        /// Its first column in `places`.
        fileprivate let column: Int
    }

    private var values = ValueDecoder()
    private var stamps = StampReader()
    private var columns = RollupColumns()
    private var shapes: [RollupShape] = []
    /// Per series and column, how many bytes, then where they end.
    private var places: [Int] = []
    private var firstPlace = 0
    private var pageBytes = 0
    /// The entry whose cells are in `columns`.
    private var entryRead = -1

    /// The series of the page opened last, ids ascending; empty when it could not be opened.
    public private(set) var entries: [Entry] = []

    /// A decoder without a page.
    public init() {}

    /// Reads the directory of a page; must be called for every new page.
    public mutating func open(_ page: Span<UInt8>) throws(ByteReader.Failure) {
        entries.removeAll(keepingCapacity: true)
        shapes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        entryRead = -1
        pageBytes = page.count
        do throws(ByteReader.Failure) {
            try unsafe page.withUnsafeBufferPointer { bytes throws(ByteReader.Failure) in
                guard let base = bytes.baseAddress else {
                    throw ByteReader.Failure(offset: 0, expected: "a page")
                }
                var source = unsafe ByteSource(base, offset: 0, end: bytes.count)
                try readDirectory(from: &source)
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
        let count = columns.rows
        unsafe integers.append(contentsOf: UnsafeBufferPointer(start: columns.integers(place), count: count))
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
        let count = columns.rows
        unsafe patterns.append(contentsOf: UnsafeBufferPointer(start: columns.patterns(place), count: count))
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
        if entryRead != index {
            columns.begin(rows: entry.count, columns: shapes[entry.shape].columns.count)
            entryRead = index
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
        let slot = entry.column &+ place
        let start = slot == 0 ? firstPlace : places[slot - 1]
        var source = unsafe ByteSource(page, offset: start, end: places[slot])
        if column.isInteger {
            try unsafe values.decodeNumbers(count: entry.count, from: &source, into: columns.integers(place))
        } else {
            let expected = unsafe columns.expectation(of: place, in: shapes[entry.shape])
            try unsafe values.decode(
                count: entry.count,
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
        guard try source.byte() == RollupEncoder.kind else { throw source.failure("a rollup page") }
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
                places.append(try source.count(in: 1...max(1, source.remaining)))
            }
        }
        guard setMost < seriesCount else { throw source.failure("a stamp set of this page") }
        let setCount = try source.count(in: setMost + 1...seriesCount)
        try stamps.open(setCount, from: &source)
        firstPlace = source.offset
        for index in entries.indices { entries[index].count = stamps.count(of: entries[index].set) }
        for index in places.indices { places[index] = try source.skip(places[index]) &+ places[index] }
        guard source.remaining == 0 else { throw source.failure("the end of the page") }
    }
}
