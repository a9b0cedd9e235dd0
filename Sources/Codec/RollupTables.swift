/// The starts of the tables of a wide rollup page, see ``WideRollupEncoder``; each read when it is asked for.
struct RollupTables: ~Copyable {
    private struct Table {
        /// The column of its starts in the page, and how many it has.
        var place: Range<Int>
        var count: Int
        var isShared: Bool
    }

    private var tables: [Table] = []
    private var starts = Scratch<Int64>(capacity: 64)
    /// The table whose starts are in `starts`.
    private var read = -1

    var isEmpty: Bool { tables.isEmpty }
    var count: Int { tables.count }

    mutating func removeAll() {
        tables.removeAll(keepingCapacity: true)
        read = -1
    }

    mutating func append(_ place: Range<Int>, count: Int, isShared: Bool) {
        tables.append(Table(place: place, count: count, isShared: isShared))
    }

    /// The starts of a series, as many as it has rows; valid until the next call.
    mutating func starts(
        of entry: RollupDecoder.Entry,
        from page: UnsafePointer<UInt8>,
        with decoder: inout ValueDecoder
    ) throws(ByteReader.Failure) -> UnsafePointer<Int64> {
        let table = tables[entry.set]
        if read != entry.set {
            read = -1
            starts.reserve(table.count)
            var source = unsafe ByteSource(page, offset: table.place.lowerBound, end: table.place.upperBound)
            try unsafe decoder.decodeNumbers(count: table.count, from: &source, into: starts.base)
            guard source.remaining == 0 else { throw source.failure("the end of a column") }
            read = entry.set
        }
        return unsafe UnsafePointer(starts.base) + (table.isShared ? 0 : entry.first)
    }
}

extension RollupDecoder {
    /// Reads what the tables of a wide page hold; the kind is read already.
    mutating func readTables(from source: inout ByteSource) throws(ByteReader.Failure) {
        var rows = 0
        repeat {
            let first = entries.count
            try readSeries(&rows, from: &source)
            let shape = try readColumns(from: &source)
            let column = places.count - shape.columns.count
            for index in first..<entries.count { entries[index].column = column }
            shapes.append(shape)
        } while source.remaining > 0
        for index in entries.indices.dropFirst() where entries[index].series <= entries[index - 1].series {
            entries.sort { $0.series < $1.series }
            break
        }
        for index in entries.indices.dropFirst() where entries[index].series == entries[index - 1].series {
            throw source.failure("a series in one table")
        }
    }

    /// Ids, counts and where the starts lie; adds to the page's `rows`.
    private mutating func readSeries(_ rows: inout Int, from source: inout ByteSource) throws(ByteReader
        .Failure)
    {
        let most = PageLimits.series - entries.count
        guard most > 0 else { throw source.failure("the end of the page") }
        let count = try source.count(in: 1...most)
        let table = tables.count
        numbers.reserve(count)
        try unsafe values.decodeNumbers(count: count, from: &source, into: numbers.base)
        let first = entries.count
        var last: Int64 = -1
        for index in 0..<count {
            let id = unsafe numbers.base[index]
            guard id > last, id <= Int64(UInt32.max) else { throw source.failure("ascending ids of 32 bits") }
            last = id
            entries.append(Entry(series: UInt32(id), count: 0, set: table, shape: table, column: 0))
        }
        try unsafe values.decodeNumbers(count: count, from: &source, into: numbers.base)
        var own = 0
        var isEven = true
        for index in 0..<count {
            let rows = unsafe numbers.base[index]
            guard rows >= 1, rows <= Int64(PageLimits.samples) else {
                throw source.failure("1 … \(PageLimits.samples) rows of a series")
            }
            entries[first + index].count = Int(rows)
            entries[first + index].first = own
            own += Int(rows)
            if unsafe numbers.base[0] != rows { isEven = false }
        }
        rows += own
        guard rows <= PageLimits.rows else { throw source.failure("at most \(PageLimits.rows) rows") }
        for index in first..<entries.count { entries[index].rows = own }
        let place = source
        let word = try source.varint()
        guard word & 1 == 0 || isEven else { throw place.failure("starts of all rows") }
        guard word &>> 1 <= UInt64(source.remaining) else { throw place.failure("starts that fit the page") }
        let start = try source.skip(Int(word &>> 1))
        let starts = word & 1 == 0 ? own : own / count
        tables.append(start..<source.offset, count: starts, isShared: word & 1 == 1)
    }

    /// What columns a table has and where; steps over them.
    private mutating func readColumns(from source: inout ByteSource) throws(ByteReader.Failure) -> RollupShape
    {
        let shape = try RollupShape(tightFrom: &source)
        let first = places.count
        for _ in shape.columns {
            places.append(0..<(try source.count(in: 1...max(1, source.remaining))))
        }
        for index in first..<places.count {
            let start = try source.skip(places[index].upperBound)
            places[index] = start..<source.offset
        }
        return shape
    }
}
