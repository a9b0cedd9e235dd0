/// Bytes on their way out of an encoder: raw memory that is reserved in one go and then written unchecked.
///
/// A column knows its worst case beforehand, so the check stands once before the loop instead of in it.
struct ByteSink: ~Copyable {
    private var memory: Scratch<UInt8>
    /// Bytes written so far.
    private(set) var count = 0

    init(capacity: Int) {
        memory = Scratch(capacity: capacity)
    }

    mutating func removeAll() {
        count = 0
    }

    /// Forgets what was written behind `count`.
    mutating func truncate(to count: Int) {
        self.count = count
    }

    /// Makes room for `extra` more bytes; every `put` stays within what was reserved.
    mutating func reserve(_ extra: Int) {
        memory.reserve(count + extra, keeping: count)
    }

    var base: UnsafePointer<UInt8> { unsafe UnsafePointer(memory.base) }

    mutating func put(_ byte: UInt8) {
        unsafe memory.base[count] = byte
        count &+= 1
    }

    /// Overwrites a byte that was written earlier.
    mutating func replace(_ byte: UInt8, at offset: Int) {
        unsafe memory.base[offset] = byte
    }

    mutating func putVarint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        put(UInt8(truncatingIfNeeded: rest))
    }

    mutating func putZigZag(_ number: Int64) {
        putVarint(ZigZag.encoded(number))
    }

    /// Writes 8 bytes, of which `kept` (0 … 8) count.
    mutating func putWord(_ word: UInt64, keeping kept: Int = 8) {
        unsafe UnsafeMutableRawPointer(memory.base + count).storeBytes(of: word.littleEndian, as: UInt64.self)
        count &+= kept
    }

    mutating func append(_ bytes: UnsafePointer<UInt8>, count extra: Int) {
        reserve(extra)
        unsafe (memory.base + count).update(from: bytes, count: extra)
        count &+= extra
    }

    /// How long a number is as a varint, in bytes.
    static func varintBytes(_ number: UInt64) -> Int {
        (70 - (number | 1).leadingZeroBitCount) / 7
    }
}
