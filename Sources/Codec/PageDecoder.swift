/// What a page says about one of its series, without decoding it.
public struct PageEntry: Hashable, Sendable {
    /// The series.
    public let series: UInt32
    /// Its samples, 1 … ``PageLimits/samples``.
    public let count: Int
    /// Its part of the page in bytes, the clock not included.
    public let bytes: Int
    let set: Int
    let flags: Int
    let offset: Int
}

/// Reads pages that ``PageEncoder`` wrote; to be used again and again.
///
/// Bytes that make no sense throw and never crash, and never take more memory than ``PageLimits`` allow.
/// Whether they are the bytes that were written is for the caller's checksum to say.
public struct PageDecoder: ~Copyable, Sendable {
    private var values = ValueDecoder()
    private var stamps = StampReader()
    private var pageBytes = 0
    private var mark: UInt8 = 0
    private var patterns = Scratch<UInt64>(capacity: 1024)
    private var wide = Scratch<Int64>(capacity: 1)

    /// The series of the page opened last, ids ascending; empty when it could not be opened.
    public private(set) var entries: [PageEntry] = []

    /// A decoder without a page.
    public init() {}

    /// Reads the directory of a page; nothing else is decoded.
    ///
    /// Must be called for every new page, also when it lies in the same memory as the last one.
    public mutating func open(_ page: Span<UInt8>) throws(ByteReader.Failure) {
        entries.removeAll(keepingCapacity: true)
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

    /// Appends the samples of one series of the page opened last.
    ///
    /// Only its own columns are decoded, and the clock once for all series of the page that stand on it.
    ///
    /// - Parameter page: the same bytes as opened.
    /// - Returns: false when the series is not in the page; then nothing is appended, as when it throws.
    public mutating func decode(
        series: UInt32,
        from page: Span<UInt8>,
        into columns: inout SampleColumns
    ) throws(ByteReader.Failure) -> Bool {
        guard let index = index(of: series) else { return false }
        try decode(at: index, from: page, into: &columns)
        return true
    }

    /// Appends the samples of the series at `index` of ``entries``.
    public mutating func decode(
        at index: Int,
        from page: Span<UInt8>,
        into columns: inout SampleColumns
    ) throws(ByteReader.Failure) {
        precondition(page.count == pageBytes, "a page must be opened before its series are decoded")
        let entry = entries[index]
        try unsafe page.withUnsafeBufferPointer { bytes throws(ByteReader.Failure) in
            guard let base = bytes.baseAddress else { return }
            try unsafe decode(entry, from: base, into: &columns)
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

    private mutating func readDirectory(from source: inout ByteSource) throws(ByteReader.Failure) {
        guard try source.byte() == PageEncoder.kind else { throw source.failure("a page of samples") }
        let seriesCount = try source.count(in: 1...PageLimits.series)
        mark = try source.byte()
        var last: Int64 = -1
        var set = 0
        var setMost = 0
        for _ in 0..<seriesCount {
            let word = try source.varint()
            let gap = word &>> 3
            guard gap <= UInt64(UInt32.max), last &+ 1 &+ Int64(gap) <= Int64(UInt32.max) else {
                throw source.failure("a series id of 32 bits")
            }
            last &+= 1 &+ Int64(gap)
            if word & 1 == 1 { set = try source.count(in: 0...PageLimits.series - 1) }
            if set > setMost { setMost = set }
            let bytes = try source.count(in: 1...max(1, source.remaining))
            entries.append(
                PageEntry(
                    series: UInt32(last),
                    count: 0,
                    bytes: bytes,
                    set: set,
                    flags: Int(word & 6),
                    offset: 0
                )
            )
        }
        guard setMost < seriesCount else { throw source.failure("a stamp set of this page") }
        let setCount = try source.count(in: setMost + 1...seriesCount)
        try stamps.open(setCount, from: &source)
        for index in entries.indices {
            let entry = entries[index]
            entries[index] = PageEntry(
                series: entry.series,
                count: stamps.count(of: entry.set),
                bytes: entry.bytes,
                set: entry.set,
                flags: entry.flags,
                offset: try source.skip(entry.bytes)
            )
        }
        guard source.remaining == 0 else { throw source.failure("the end of the page") }
    }

    private mutating func decode(
        _ entry: PageEntry,
        from page: UnsafePointer<UInt8>,
        into columns: inout SampleColumns
    ) throws(ByteReader.Failure) {
        let count = entry.count
        var source = unsafe ByteSource(page, offset: entry.offset, end: entry.offset &+ entry.bytes)
        let hasMarks = entry.flags & 2 != 0
        if hasMarks {
            wide.reserve(count)
            try unsafe values.decodeNumbers(count: count, from: &source, into: wide.base)
        }
        patterns.reserve(count)
        try unsafe values.decode(count: count, from: &source, into: patterns.base)
        guard source.remaining == 0 else { throw source.failure("the end of a series") }
        let instants = try unsafe stamps.read(entry.set, from: page, with: &values)
        if hasMarks {
            for index in 0..<count {
                let mark = UInt8(truncatingIfNeeded: unsafe wide.base[index])
                columns.marks.append(mark)
                if entry.flags & 4 != 0 && mark & 3 == PackedSample.absent {
                    unsafe patterns.base[index] = 0
                }
            }
        } else {
            columns.marks.append(contentsOf: repeatElement(mark, count: count))
        }
        unsafe columns.instants.append(contentsOf: UnsafeBufferPointer(start: instants, count: count))
        unsafe columns.bits.append(contentsOf: UnsafeBufferPointer(start: patterns.base, count: count))
    }
}
