/// Reads what ``ByteWriter`` wrote. Bytes that end early or make no sense throw; they never crash.
public struct ByteReader: Sendable {
    /// Where the bytes ran out or stopped making sense.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// 0-based, from the start of the bytes.
        public var offset: Int
        /// What should have stood there.
        public var expected: String

        /// `expected` should have stood at `offset`.
        public init(offset: Int, expected: String) {
            self.offset = offset
            self.expected = expected
        }

        /// One sentence.
        public var description: String { "expected \(expected) at byte \(offset)" }
    }

    /// Where the next read begins.
    public private(set) var offset: Int
    /// One past the last byte that may be read.
    public let end: Int
    private let all: [UInt8]

    /// Reads from `offset` to the end of `bytes`.
    public init(_ bytes: [UInt8], offset: Int = 0) {
        self.init(bytes, offset: offset, end: bytes.count)
    }

    /// Reads `bytes[offset ..< end]`.
    public init(_ bytes: [UInt8], offset: Int, end: Int) {
        precondition(
            offset >= 0 && offset <= end && end <= bytes.count,
            "a reader must stay within its bytes"
        )
        all = bytes
        self.offset = offset
        self.end = end
    }

    /// Whether everything was read.
    public var isAtEnd: Bool { offset >= end }

    /// How many bytes are left.
    public var remaining: Int { end - offset }

    /// One byte.
    public mutating func byte() throws(Failure) -> UInt8 {
        guard offset < end else { throw Failure(offset: offset, expected: "a byte") }
        offset += 1
        return all[offset - 1]
    }

    /// A number of 1 … 10 bytes.
    public mutating func varint() throws(Failure) -> UInt64 {
        let start = offset
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end {
            let next = all[offset]
            offset += 1
            if shift == 63 && next > 1 { break }
            number |= UInt64(next & 0x7F) &<< shift
            if next < 0x80 { return number }
            shift += 7
            if shift > 63 { break }
        }
        offset = start
        throw Failure(offset: start, expected: "a varint of at most 64 bits")
    }

    /// Lends the bytes that are left, to be read faster than one call for each; `body` says how many it took.
    public mutating func lend<Result>(
        _ body: (Span<UInt8>) throws(Failure) -> (taken: Int, result: Result)
    ) throws(Failure) -> Result {
        let (taken, result) = try body(all.span.extracting(offset..<end))
        precondition(taken >= 0 && taken <= end - offset, "only what was lent can be taken")
        offset += taken
        return result
    }

    /// A signed number.
    public mutating func zigZag() throws(Failure) -> Int64 {
        ZigZag.decoded(try varint())
    }

    /// A varint that is a count of things, at most `limit`.
    public mutating func count(limit: Int) throws(Failure) -> Int {
        let start = offset
        let number = try varint()
        guard number <= UInt64(limit) else {
            offset = start
            throw Failure(offset: start, expected: "a count of at most \(limit)")
        }
        return Int(number)
    }

    /// 2 bytes.
    public mutating func fixed16() throws(Failure) -> UInt16 {
        UInt16(truncatingIfNeeded: try fixed(2))
    }

    /// 4 bytes.
    public mutating func fixed32() throws(Failure) -> UInt32 {
        UInt32(truncatingIfNeeded: try fixed(4))
    }

    /// 8 bytes.
    public mutating func fixed64() throws(Failure) -> UInt64 {
        try fixed(8)
    }

    /// 8 bytes, any bit pattern.
    public mutating func double() throws(Failure) -> Double {
        Double(bitPattern: try fixed(8))
    }

    /// A length and as many bytes of UTF-8.
    public mutating func text() throws(Failure) -> String {
        let start = offset
        let run = try slice()
        guard let checked = try? UTF8Span(validating: run.span) else {
            offset = start
            throw Failure(offset: start, expected: "UTF-8")
        }
        return String(copying: checked)
    }

    /// A length and as many bytes.
    public mutating func bytes() throws(Failure) -> [UInt8] {
        Array(try slice())
    }

    /// The next `count` bytes, without a length before them.
    public mutating func raw(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        guard count >= 0, count <= end - offset else {
            throw Failure(offset: offset, expected: "\(count) bytes, only \(end - offset) are left")
        }
        offset += count
        return all[offset - count..<offset]
    }

    private mutating func slice() throws(Failure) -> ArraySlice<UInt8> {
        let start = offset
        let length = try varint()
        guard length <= UInt64(end - offset) else {
            offset = start
            throw Failure(offset: start, expected: "\(length) bytes, only \(end - offset) are left")
        }
        return try raw(Int(length))
    }

    private mutating func fixed(_ count: Int) throws(Failure) -> UInt64 {
        guard end - offset >= count else {
            throw Failure(offset: offset, expected: "\(count) bytes, only \(end - offset) are left")
        }
        defer { offset += count }
        if offset + 8 <= all.count {
            let word = unsafe all.withUnsafeBytes {
                unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            }
            let number = UInt64(littleEndian: word)
            return count == 8 ? number : number & (1 &<< UInt64(8 * count) &- 1)
        }
        var number: UInt64 = 0
        for index in 0..<count { number |= UInt64(all[offset + index]) &<< UInt64(8 * index) }
        return number
    }
}
