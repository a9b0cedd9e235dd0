import Readings

/// A run of bytes within a buffer that is named by its user.
struct ByteRange: Hashable, Sendable {
    private var first: UInt32
    private var length: UInt32

    /// Both are below 4 GiB: a packet of MQTT carries 256 MiB at most.
    init(start: Int, count: Int) {
        first = UInt32(start)
        length = UInt32(count)
    }

    var start: Int {
        get { Int(first) }
        set { first = UInt32(newValue) }
    }

    var count: Int {
        get { Int(length) }
        set { length = UInt32(newValue) }
    }

    /// One past the last byte.
    var end: Int { start + count }

    /// The indices it spans.
    var indices: Range<Int> { start..<start + count }

    static let empty = ByteRange(start: 0, count: 0)
}

extension [UInt8] {
    /// Appends a copy of a borrowed run.
    mutating func append(copying run: Span<UInt8>) {
        unsafe run.withUnsafeBufferPointer { buffer in
            unsafe append(contentsOf: buffer)
        }
    }

    /// Becomes a copy of a borrowed run, in the memory that it has.
    mutating func become(_ run: Span<UInt8>) {
        guard count == run.count else {
            unsafe run.withUnsafeBufferPointer { buffer in
                unsafe replaceSubrange(indices, with: buffer)
            }
            return
        }
        // Payloads are often as long as the one before.
        var own = mutableSpan
        for index in run.indices { own[index] = run[index] }
    }

    /// Appends 8 bytes, the lowest first.
    mutating func append(fixed number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// The bytes of `range` as text; what is not UTF-8 is repaired.
    func text(_ range: ByteRange) -> String {
        String(decoding: self[range.indices], as: UTF8.self)
    }
}

extension Span<UInt8> {
    /// The run as text; what is not UTF-8 is repaired.
    var text: String {
        unsafe withUnsafeBufferPointer { buffer in
            unsafe String(decoding: buffer, as: UTF8.self)
        }
    }

    /// Whether both hold the same bytes.
    func holdsSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        if count < 4 {
            for index in 0..<count where self[index] != other[index] { return false }
            return true
        }
        if count < 8 {
            return four(at: 0) == other.four(at: 0) && four(at: count - 4) == other.four(at: count - 4)
        }
        // Eight at a time; the last eight may overlap those before.
        var offset = 0
        while offset < count - 8 {
            guard eight(at: offset) == other.eight(at: offset) else { return false }
            offset += 8
        }
        return eight(at: count - 8) == other.eight(at: count - 8)
    }

    /// Whether the bytes of `other` stand at `start`.
    @inline(__always)
    func holds(_ other: Span<UInt8>, at start: Int) -> Bool {
        let count = other.count
        precondition(start >= 0 && start + count <= self.count, "only bytes of the run can be compared")
        switch count {
        case 8...: return extracting(start..<start + count).holdsSame(as: other)
        case 4...:
            let last = start + count - 4
            return four(at: start) == other.four(at: 0) && four(at: last) == other.four(at: count - 4)
        default:
            for index in 0..<count where self[start + index] != other[index] { return false }
            return true
        }
    }

    /// Eight bytes as a number, the first the lowest.
    @inline(__always)
    func eight(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Four bytes as a number, the first the lowest.
    @inline(__always)
    func four(at offset: Int) -> UInt32 {
        UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// Whether no byte is above 0x7F.
    var isASCII: Bool {
        guard count >= 8 else {
            var bits: UInt8 = 0
            for index in indices { bits |= self[index] }
            return bits < 0x80
        }
        var bits = eight(at: count - 8)
        for offset in stride(from: 0, to: count - 8, by: 8) { bits |= eight(at: offset) }
        return bits & 0x8080_8080_8080_8080 == 0
    }

    /// Where to cut the run to at most `count` bytes without splitting a character of UTF-8.
    func prefixEnd(atMost count: Int) -> Int {
        guard self.count > count else { return self.count }
        var end = count
        while end > 0, self[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }

    /// The run without ASCII blanks, line ends and NULs at its ends.
    func trimmedRange() -> Range<Int> {
        var start = 0
        var end = count
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }

    /// Where the first byte stands that does not belong to UTF-8, or nil when all do.
    var firstByteThatIsNotUTF8: Int? {
        if isASCII { return nil }
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: self)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }

    /// Whether the run is `word`, upper and lower case of ASCII letters taken as equal.
    func equalsFolded(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { letters in
            for index in 0..<count {
                let byte = self[index]
                let folded = byte >= 65 && byte <= 90 ? byte | 0x20 : byte
                if unsafe folded != letters[index] { return false }
            }
            return true
        }
    }
}

extension UInt8 {
    /// Blank, tab, line end or NUL.
    var isBlank: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) || self == 0 }
    /// `0` … `9`.
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}

/// Hashes of byte runs. Every table that uses them compares the bytes as well.
enum ByteHash {
    private static let first: UInt64 = 0xA076_1D64_78BD_642F
    private static let second: UInt64 = 0xE703_7ED1_A0B4_28DB
    private static let tableSeed = UInt64.random(in: .min ... .max)
    private static let tableSecret = UInt64.random(in: .min ... .max)

    /// 64 bits over `bytes`, continuing `seed`: the same in every process, for marks, receipts and letters' keys, which
    /// outlive one. Not a defence against a publisher who chooses his bytes to collide.
    ///
    /// - Complexity: O(bytes); 16 bytes a step, allocates nothing.
    static func hash(_ bytes: Span<UInt8>, seed: UInt64 = 0) -> UInt64 {
        hash(bytes, seed: seed, secret: second)
    }

    /// 64 bits over a series' name, the same in every process.
    static func name(of key: SeriesKey) -> UInt64 {
        var bytes: [UInt8] = []
        for part in [key.site, key.asset, key.metric] + key.tags.flatMap({ [$0.name, $0.value] }) {
            bytes += part.utf8
            // No byte of UTF-8: it parts the texts beyond doubt.
            bytes.append(0xFF)
        }
        return hash(bytes.span)
    }

    /// 64 bits over `bytes` that differ from process to process, for tables in memory: nobody can choose keys that
    /// collide in them.
    static func tableHash(_ bytes: Span<UInt8>) -> UInt64 {
        hash(bytes, seed: tableSeed, secret: tableSecret)
    }

    @inline(__always)
    private static func hash(_ bytes: Span<UInt8>, seed: UInt64, secret: UInt64) -> UInt64 {
        let count = bytes.count
        var state = seed ^ first
        var offset = 0
        while count - offset > 16 {
            state = mix(bytes.eight(at: offset) ^ secret, bytes.eight(at: offset + 8) ^ state)
            offset += 16
        }
        let left = count - offset
        var low: UInt64 = 0
        var high: UInt64 = 0
        if left >= 8 {
            low = bytes.eight(at: offset)
            high = bytes.eight(at: count - 8)
        } else if left >= 4 {
            low = UInt64(bytes.four(at: offset))
            high = UInt64(bytes.four(at: count - 4))
        } else if left > 0 {
            low =
                UInt64(bytes[offset]) << 16 | UInt64(bytes[offset + left / 2]) << 8 | UInt64(bytes[count - 1])
        }
        return mix(secret ^ UInt64(count), mix(low ^ secret, high ^ state))
    }

    /// Two numbers stirred into one.
    static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
