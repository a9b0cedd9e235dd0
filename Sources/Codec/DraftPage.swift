/// Samples of several series of one device → a draft: quickly written and read, some 4 bytes a sample, for pages
/// that are soon merged into full ones. To be used again and again.
///
///     0        1
///     kind 3   │then per series, ids ascending:
///
///     varint (id − id before − 1) << 1 | 1 if marks differ     the id before the first is −1
///     varint count
///     marks    1 byte for all, or one each
///     stamps   zigzag first; width (1 byte, 0 … 8); width 0: varint step; else per further stamp its distance
///              from the one before, in so many bytes, little endian
///     values   first, 8 bytes; width (1 byte, 0 … 8); zero bytes (1 byte, 0 … 7); per further value what it
///              differs in from the first (exclusive or) without its lowest zero bytes, in so many bytes
public struct DraftPageEncoder: ~Copyable, Sendable {
    static let kind: UInt8 = 3

    private var page = ByteSink(capacity: 4096)
    private var lastSeries: Int64 = -1

    /// How many series were added since the last page.
    public private(set) var seriesCount = 0

    /// An encoder without series.
    public init() {}

    /// Adds the samples of one series.
    ///
    /// - Parameters:
    ///   - series: above all ids added before.
    ///   - instants: 1 … ``PageLimits/samples``, ascending, equal ones allowed.
    ///   - bits: as many.
    ///   - marks: as many.
    public mutating func add(
        series: UInt32,
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
        page.reserve(64 &+ count &* 17)
        if seriesCount == 0 { page.put(Self.kind) }
        seriesCount += 1
        putMarks(UInt64(Int64(series) &- lastSeries &- 1), marks)
        lastSeries = Int64(series)
        putStamps(instants)
        putValues(bits)
    }

    /// Appends the page of the series added, at least one, and forgets them.
    public mutating func finish(into writer: inout ByteWriter) {
        precondition(seriesCount > 0, "a page must hold at least one series")
        unsafe writer.putRaw(UnsafeBufferPointer(start: page.base, count: page.count))
        removeAll()
    }

    /// Forgets the series added so far.
    public mutating func removeAll() {
        page.removeAll()
        lastSeries = -1
        seriesCount = 0
    }

    private mutating func putMarks(_ gap: UInt64, _ marks: Span<UInt8>) {
        var different: UInt8 = 0
        for index in marks.indices { different |= marks[index] ^ marks[0] }
        page.putVarint(gap &<< 1 | (different == 0 ? 0 : 1))
        page.putVarint(UInt64(marks.count))
        if different == 0 {
            page.put(marks[0])
        } else {
            for index in marks.indices { page.put(marks[index]) }
        }
    }

    private mutating func putStamps(_ instants: Span<Int64>) {
        page.putZigZag(instants[0])
        guard instants.count > 1 else {
            page.put(0)
            page.putVarint(0)
            return
        }
        let step = UInt64(bitPattern: instants[1] &- instants[0])
        var all: UInt64 = 0
        var different: UInt64 = 0
        for index in 1..<instants.count {
            let distance = UInt64(bitPattern: instants[index] &- instants[index &- 1])
            all |= distance
            different |= distance ^ step
        }
        if different == 0 {
            page.put(0)
            page.putVarint(step)
            return
        }
        let width = Self.bytes(all)
        page.put(UInt8(width))
        for index in 1..<instants.count {
            page.putWord(UInt64(bitPattern: instants[index] &- instants[index &- 1]), keeping: width)
        }
    }

    private mutating func putValues(_ bits: Span<UInt64>) {
        let first = bits[0]
        var all: UInt64 = 0
        for index in bits.indices { all |= bits[index] ^ first }
        let zeros = all == 0 ? 0 : all.trailingZeroBitCount / 8
        let width = Self.bytes(all &>> UInt64(8 &* zeros))
        page.putWord(first)
        page.put(UInt8(width))
        page.put(UInt8(zeros))
        guard width > 0 else { return }
        let shift = UInt64(8 &* zeros)
        for index in 1..<bits.count { page.putWord((bits[index] ^ first) &>> shift, keeping: width) }
    }

    /// How many bytes a number takes, 0 for 0.
    private static func bytes(_ number: UInt64) -> Int { (71 - number.leadingZeroBitCount) / 8 }
}

/// Reads what ``DraftPageEncoder`` wrote. Bytes that make no sense throw and never crash.
public enum DraftPage {
    /// Whether these bytes begin as a draft does.
    public static func isDraft(_ page: Span<UInt8>) -> Bool {
        page.count > 0 && page[0] == DraftPageEncoder.kind
    }

    /// Goes through the series of a page: appends the samples of those that `columns` wants.
    ///
    /// - Parameter body: gets each series, and how to append its samples; it is decoded only then.
    public static func decode(
        _ page: Span<UInt8>,
        _ body: (_ series: UInt32, _ run: borrowing DraftRun) throws(ByteReader.Failure) -> Void
    ) throws(ByteReader.Failure) {
        try unsafe page.withUnsafeBufferPointer { bytes throws(ByteReader.Failure) in
            guard let base = bytes.baseAddress else {
                throw ByteReader.Failure(offset: 0, expected: "a draft page")
            }
            var source = unsafe ByteSource(base, offset: 0, end: bytes.count)
            guard try source.byte() == DraftPageEncoder.kind else { throw source.failure("a draft page") }
            var last: Int64 = -1
            while source.remaining > 0 {
                let word = try source.varint()
                guard word &>> 1 <= UInt64(UInt32.max), last &+ 1 &+ Int64(word &>> 1) <= Int64(UInt32.max)
                else {
                    throw source.failure("a series id of 32 bits")
                }
                last &+= 1 &+ Int64(word &>> 1)
                let run = try DraftRun(hasMarks: word & 1 == 1, from: &source)
                try body(UInt32(last), run)
            }
        }
    }
}

/// The samples of one series in a draft, not decoded yet; good as long as the page is borrowed.
@safe
public struct DraftRun: ~Copyable {
    private let source: ByteSource
    /// How many samples.
    public let count: Int
    private let hasMarks: Bool
    private let marks: Int
    private let firstInstant: Int64
    private let stampWidth: Int
    private let step: UInt64
    private let stamps: Int
    private let firstBits: UInt64
    private let width: Int
    private let shift: UInt64
    private let values: Int

    /// Reads where everything lies and steps over it.
    init(hasMarks: Bool, from source: inout ByteSource) throws(ByteReader.Failure) {
        let count = try source.count(in: 1...PageLimits.samples)
        let marks = try source.skip(hasMarks ? count : 1)
        let firstInstant = try source.zigZag()
        let stampWidth = Int(try source.byte())
        guard stampWidth <= 8 else { throw source.failure("a width of 0 … 8") }
        let step = stampWidth == 0 ? try source.varint() : 0
        let stamps = try source.skip((count - 1) * stampWidth)
        let firstBits = source.word(at: try source.skip(8))
        let width = Int(try source.byte())
        let zeros = try source.byte()
        guard width <= 8, zeros <= 7 else { throw source.failure("a width of 0 … 8") }
        let values = try source.skip((count - 1) * width)
        (self.hasMarks, self.count, self.marks) = (hasMarks, count, marks)
        (self.firstInstant, self.stampWidth, self.step, self.stamps) = (
            firstInstant, stampWidth, step, stamps
        )
        (self.firstBits, self.width, self.shift, self.values) = (firstBits, width, UInt64(8 * zeros), values)
        self.source = source
    }

    /// Copies the samples to `place` and behind it.
    public func copy(
        to instants: inout MutableSpan<Int64>,
        _ bits: inout MutableSpan<UInt64>,
        _ marks: inout MutableSpan<UInt8>,
        at place: Int
    ) {
        let first = UInt8(truncatingIfNeeded: source.word(at: self.marks))
        for index in 0..<count {
            marks[place + index] =
                hasMarks ? UInt8(truncatingIfNeeded: source.word(at: self.marks + index)) : first
        }
        var instant = firstInstant
        instants[place] = instant
        let stampMask = Self.mask(stampWidth)
        for index in 1..<max(1, count) {
            let distance =
                stampWidth == 0
                ? step : source.word(at: stamps &+ (index &- 1) &* stampWidth) & stampMask
            instant = instant &+ Int64(bitPattern: distance)
            instants[place + index] = instant
        }
        bits[place] = firstBits
        let mask = Self.mask(width)
        for index in 1..<max(1, count) {
            let difference = source.word(at: values &+ (index &- 1) &* width) & mask
            bits[place + index] = difference &<< shift ^ firstBits
        }
    }

    /// The low bytes of a word, 0 … 8 of them.
    private static func mask(_ width: Int) -> UInt64 {
        width == 8 ? UInt64.max : (1 &<< UInt64(8 &* width)) &- 1
    }

    /// Appends the samples.
    public func append(to columns: inout SampleColumns) {
        if hasMarks {
            for index in 0..<count {
                columns.marks.append(UInt8(truncatingIfNeeded: source.word(at: marks + index)))
            }
        } else {
            let mark = UInt8(truncatingIfNeeded: source.word(at: marks))
            columns.marks.append(contentsOf: repeatElement(mark, count: count))
        }
        var instant = firstInstant
        columns.instants.append(instant)
        if stampWidth == 0 {
            for _ in 1..<max(1, count) {
                instant = instant &+ Int64(bitPattern: step)
                columns.instants.append(instant)
            }
        } else {
            let mask = Self.mask(stampWidth)
            var place = stamps
            for _ in 1..<max(1, count) {
                instant = instant &+ Int64(bitPattern: source.word(at: place) & mask)
                columns.instants.append(instant)
                place &+= stampWidth
            }
        }
        columns.bits.append(firstBits)
        let mask = Self.mask(width)
        var place = values
        for _ in 1..<max(1, count) {
            columns.bits.append((source.word(at: place) & mask) &<< shift ^ firstBits)
            place &+= width
        }
    }
}
