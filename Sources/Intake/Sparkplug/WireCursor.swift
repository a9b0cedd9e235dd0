/// A place in protobuf's wire format, and where the message that it stands in ends.
///
/// The bytes are borrowed with each call; nothing of them is kept. A record of the format:
///
///     varint key = field << 3 │ wire      0: varint   1: 8 bytes   2: varint count, bytes   5: 4 bytes
///
/// Groups (wire types 3 and 4) are older than Sparkplug and are refused.
struct WireCursor {
    /// 0-based, from the payload's first byte.
    var position: Int
    /// One past the message's last byte.
    let end: Int

    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether a record follows.
    var isInside: Bool { position < end }

    /// Reads a number of up to ten bytes, the lowest seven bits first.
    @inline(__always)
    mutating func varint(_ bytes: Span<UInt8>) throws(DecodeFailure) -> UInt64 {
        guard position < end else { throw Self.cut(position) }
        let first = bytes[position]
        guard first >= 0x80 else {
            position &+= 1
            return UInt64(first)
        }
        return try longVarint(bytes)
    }

    private mutating func longVarint(_ bytes: Span<UInt8>) throws(DecodeFailure) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var place = position
        while place < end {
            let byte = bytes[place]
            place &+= 1
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 {
                position = place
                return value
            }
            shift &+= 7
            guard shift < 70 else { throw Self.failure(start, "a number of more than ten bytes") }
        }
        throw Self.cut(start)
    }

    /// Reads four bytes, the lowest first.
    @inline(__always)
    mutating func fixed32(_ bytes: Span<UInt8>) throws(DecodeFailure) -> UInt32 {
        guard end &- position >= 4 else { throw Self.cut(position) }
        let raw = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self)
        position &+= 4
        return UInt32(littleEndian: raw)
    }

    /// Reads eight bytes, the lowest first.
    @inline(__always)
    mutating func fixed64(_ bytes: Span<UInt8>) throws(DecodeFailure) -> UInt64 {
        guard end &- position >= 8 else { throw Self.cut(position) }
        let raw = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
        position &+= 8
        return UInt64(littleEndian: raw)
    }

    /// Steps over a run of bytes that its length precedes, and says where it lies.
    @inline(__always)
    mutating func run(_ bytes: Span<UInt8>) throws(DecodeFailure) -> Range<Int> {
        let start = position
        let count = try varint(bytes)
        guard count <= UInt64(end &- position) else {
            throw Self.failure(start, "a length of \(count) bytes, and \(end &- position) are left")
        }
        let first = position
        position &+= Int(count)
        return first..<position
    }

    /// The same for a text, which must be UTF-8.
    @inline(__always)
    mutating func text(_ bytes: Span<UInt8>) throws(DecodeFailure) -> Range<Int> {
        let range = try run(bytes)
        if let byte = bytes.extracting(range).firstByteThatIsNotUTF8 {
            throw Self.failure(range.lowerBound + byte, "not UTF-8")
        }
        return range
    }

    /// Steps over the value of a field that is not read.
    ///
    /// - Parameters:
    ///   - key: as it stood before the value.
    ///   - known: the message's own fields: one of them here has another wire type than it must have.
    mutating func skip(
        _ key: UInt64,
        of bytes: Span<UInt8>,
        known: ClosedRange<UInt64>
    ) throws(DecodeFailure) {
        let field = key >> 3
        guard field > 0, !known.contains(field) else {
            let what = field == 0 ? "a field of number 0" : "field \(field) with wire type \(key & 7)"
            throw Self.failure(position - Self.varintBytes(key), what)
        }
        switch key & 7 {
        case 0: _ = try varint(bytes)
        case 1: _ = try fixed64(bytes)
        case 2: _ = try run(bytes)
        case 5: _ = try fixed32(bytes)
        default:
            throw Self.failure(position - Self.varintBytes(key), "field \(field) with wire type \(key & 7)")
        }
    }

    /// The fewest bytes of a number.
    private static func varintBytes(_ value: UInt64) -> Int {
        max(1, (64 - value.leadingZeroBitCount + 6) / 7)
    }

    private static func cut(_ byte: Int) -> DecodeFailure {
        failure(byte, "the payload ends where more is due")
    }

    static func failure(_ byte: Int, _ message: String) -> DecodeFailure {
        DecodeFailure(format: "sparkplug", byte: byte, message: message)
    }
}
