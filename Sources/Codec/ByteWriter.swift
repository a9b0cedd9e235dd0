/// Appends numbers and texts to a growing run of bytes; what ``ByteReader`` reads back.
///
/// For warm and cold paths (keepsakes, catalogue, whole pages). Fixed numbers are little endian.
public struct ByteWriter: Sendable {
    /// Everything written so far.
    public private(set) var bytes: [UInt8]

    /// An empty run with room for `capacity` bytes.
    public init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// How many bytes were written.
    public var count: Int { bytes.count }

    /// Forgets what was written, keeping the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// One byte.
    @inlinable
    public mutating func put(_ byte: UInt8) {
        append(byte)
    }

    /// 1 … 10 bytes, seven bits each, the lowest first; the high bit says that more follow.
    @inlinable
    public mutating func putVarint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// A varint of the zigzag form, so that small negative numbers stay short.
    @inlinable
    public mutating func putZigZag(_ number: Int64) {
        putVarint(ZigZag.encoded(number))
    }

    /// 2 bytes.
    public mutating func putFixed16(_ number: UInt16) {
        append(UInt8(truncatingIfNeeded: number))
        append(UInt8(truncatingIfNeeded: number >> 8))
    }

    /// 4 bytes.
    public mutating func putFixed32(_ number: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// 8 bytes.
    public mutating func putFixed64(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// 8 bytes: the bit pattern, so that −0 and every NaN come back as they were.
    public mutating func putDouble(_ number: Double) {
        putFixed64(number.bitPattern)
    }

    /// A varint length and the UTF-8.
    public mutating func putText(_ text: String) {
        putVarint(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// A varint length and the bytes.
    public mutating func putBytes(_ run: [UInt8]) {
        putVarint(UInt64(run.count))
        bytes.append(contentsOf: run)
    }

    /// The bytes alone, without their length.
    public mutating func putRaw(_ run: some Collection<UInt8>) {
        bytes.append(contentsOf: run)
    }

    /// Overwrites 4 bytes that were written earlier, for lengths and checksums known only at the end.
    public mutating func replaceFixed32(_ number: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= bytes.count, "only bytes that were written can be replaced")
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> UInt32(8 * index)) }
    }

    @usableFromInline
    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }
}

/// Signed numbers as unsigned ones: 0, −1, 1, −2 … become 0, 1, 2, 3 …
public enum ZigZag {
    /// To the unsigned form.
    @inlinable
    public static func encoded(_ number: Int64) -> UInt64 {
        UInt64(bitPattern: (number &<< 1) ^ (number &>> 63))
    }

    /// Back again.
    @inlinable
    public static func decoded(_ number: UInt64) -> Int64 {
        Int64(bitPattern: (number &>> 1) ^ (0 &- (number & 1)))
    }
}
