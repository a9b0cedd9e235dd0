/// Samples of several series of one device → a page. Bit exact for every Double; pure; to be used again and
/// again: from the second page on it allocates nothing.
///
///     0        1                1 + …
///     kind 1   │series, varint  │mark      │directory  │sets, varint │stamps (``StampSets``) │bodies
///
///     directory, per series, ids ascending
///     varint ((id − id before − 1) << 3 | flags)   the id before the first is −1
///         bit 0    varint: number of its stamp set; else that of the series before, of the first 0
///         bit 1    its marks differ from the page's mark: the body begins with a number column of them
///         bit 2    absent samples have the bits 0, whatever the value column says
///     varint bytes of its body
///
///     body     [marks]   │value column (``ValueColumn``)
public struct PageEncoder: ~Copyable, Sendable {
    static let kind: UInt8 = 1

    private var values = ValueEncoder()
    private var stamps = StampSets()
    private var directory = ByteSink(capacity: 1024)
    private var bodies = ByteSink(capacity: 16_384)
    private var page = ByteSink(capacity: 16_384)
    private var wide = Scratch<Int64>(capacity: 1)
    private var filled = Scratch<UInt64>(capacity: 1)
    private var lastSeries: Int64 = -1
    private var lastSet = 0
    private var mark: UInt8 = 0

    /// How many series were added since the last page.
    public private(set) var seriesCount = 0

    /// An encoder without series.
    public init() {}

    /// Forgets the series added so far.
    public mutating func removeAll() {
        stamps.removeAll()
        directory.removeAll()
        bodies.removeAll()
        lastSeries = -1
        lastSet = 0
        seriesCount = 0
    }

    /// Adds the samples of one series; nothing of them is kept but what will be written.
    ///
    /// - Parameters:
    ///   - series: above all ids added before.
    ///   - isNumeric: whether most bits are Doubles; else ids of texts or flags. Either way bits are exact.
    ///   - instants: 1 … ``PageLimits/samples``, strictly ascending.
    ///   - bits: as many.
    ///   - marks: as many.
    public mutating func add(
        series: UInt32,
        isNumeric: Bool,
        instants: Span<Int64>,
        bits: Span<UInt64>,
        marks: Span<UInt8>
    ) {
        let count = instants.count
        precondition(
            count >= 1 && count <= PageLimits.samples,
            "a series must have 1 … \(PageLimits.samples) samples in a page"
        )
        precondition(bits.count == count && marks.count == count, "columns must be of equal length")
        precondition(Int64(series) > lastSeries, "series ids must ascend")
        precondition(seriesCount < PageLimits.series, "a page must hold at most \(PageLimits.series) series")
        let set = unsafe instants.withUnsafeBufferPointer { instants in
            guard let base = instants.baseAddress else { return 0 }
            return unsafe stamps.add(base, count: count)
        }
        unsafe bits.withUnsafeBufferPointer { bits in
            unsafe marks.withUnsafeBufferPointer { marks in
                guard let bits = bits.baseAddress, let marks = marks.baseAddress else { return }
                unsafe put(series, isNumeric, set, bits, marks, count: count)
            }
        }
        seriesCount += 1
    }

    /// Appends the page of the series added, at least one, and forgets them.
    public mutating func finish(into writer: inout ByteWriter) {
        precondition(seriesCount > 0, "a page must hold at least one series")
        page.removeAll()
        page.reserve(32 &+ directory.count)
        page.put(Self.kind)
        page.putVarint(UInt64(seriesCount))
        page.put(mark)
        unsafe page.append(directory.base, count: directory.count)
        page.reserve(16)
        page.putVarint(UInt64(stamps.entries.count))
        stamps.put(with: &values, into: &page)
        unsafe page.append(bodies.base, count: bodies.count)
        unsafe writer.putRaw(UnsafeBufferPointer(start: page.base, count: page.count))
        removeAll()
    }

    private mutating func put(
        _ series: UInt32,
        _ isNumeric: Bool,
        _ set: Int,
        _ bits: UnsafePointer<UInt64>,
        _ marks: UnsafePointer<UInt8>,
        count: Int
    ) {
        if seriesCount == 0 { mark = unsafe marks[0] }
        let start = bodies.count
        var flags = set == lastSet ? 0 : 1
        var values = unsafe bits
        if unsafe !Self.areAll(marks, mark, count: count) {
            flags |= 2
            unsafe putMarks(marks, count: count)
            if unsafe Self.areAbsentZero(bits, marks, count: count) {
                flags |= 4
                unsafe values = fill(bits, marks, count: count)
            }
        }
        unsafe self.values.encode(values, count: count, isNumeric: isNumeric, into: &bodies)
        directory.reserve(40)
        directory.putVarint(UInt64(Int64(series) &- lastSeries &- 1) &<< 3 | UInt64(flags))
        if set != lastSet { directory.putVarint(UInt64(set)) }
        directory.putVarint(UInt64(bodies.count &- start))
        lastSeries = Int64(series)
        lastSet = set
    }

    private static func areAll(_ marks: UnsafePointer<UInt8>, _ mark: UInt8, count: Int) -> Bool {
        var different: UInt8 = 0
        for index in 0..<count { different |= unsafe marks[index] ^ mark }
        return different == 0
    }

    private mutating func putMarks(_ marks: UnsafePointer<UInt8>, count: Int) {
        wide.reserve(count)
        for index in 0..<count { unsafe wide.base[index] = Int64(marks[index]) }
        unsafe values.encodeNumbers(wide.base, count: count, into: &bodies)
    }

    /// Whether there are absent samples and all of them have the bits 0, as they should.
    private static func areAbsentZero(
        _ bits: UnsafePointer<UInt64>,
        _ marks: UnsafePointer<UInt8>,
        count: Int
    ) -> Bool {
        var absent = 0
        var all: UInt64 = 0
        for index in 0..<count where unsafe marks[index] & 3 == PackedSample.absent {
            absent &+= 1
            all |= unsafe bits[index]
        }
        return absent > 0 && all == 0
    }

    /// The bits with each absent sample given the value before it, which costs least.
    private mutating func fill(
        _ bits: UnsafePointer<UInt64>,
        _ marks: UnsafePointer<UInt8>,
        count: Int
    ) -> UnsafePointer<UInt64> {
        filled.reserve(count)
        var last: UInt64 = 0
        for index in 0..<count where unsafe marks[index] & 3 != PackedSample.absent {
            last = unsafe bits[index]
            break
        }
        for index in 0..<count {
            if unsafe marks[index] & 3 != PackedSample.absent { last = unsafe bits[index] }
            unsafe filled.base[index] = last
        }
        return unsafe UnsafePointer(filled.base)
    }
}
