/// A growing run of raw memory that a record is written into; kept from commit to commit.
///
/// Not `Sendable`: it belongs to the committing thread. One bounds check per ``reserve(_:)``, not per byte.
@safe final class RecordBuffer {
    private(set) var count = 0
    private var capacity: Int
    private var memory: UnsafeMutableRawPointer

    init(capacity: Int) {
        self.capacity = max(64, capacity)
        unsafe memory = .allocate(byteCount: self.capacity, alignment: 8)
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// What was written.
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: memory, count: count) }

    /// Forgets everything, leaving `header` zero bytes at the start.
    func begin(header: Int) {
        count = 0
        reserve(header)
        for index in 0..<header { unsafe memory.storeBytes(of: 0, toByteOffset: index, as: UInt8.self) }
        count = header
    }

    /// Makes room for `extra` more bytes; the puts that follow rely on it.
    func reserve(_ extra: Int) {
        guard count + extra > capacity else { return }
        let larger = max(capacity * 2, count + extra)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        unsafe moved.copyMemory(from: memory, byteCount: count)
        unsafe memory.deallocate()
        unsafe memory = moved
        capacity = larger
    }

    /// One byte; room must be reserved.
    func put(_ byte: UInt8) {
        precondition(count < capacity, "room must be reserved before a byte is put")
        unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// A varint of at most 10 bytes; room must be reserved.
    func putVarint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        put(UInt8(truncatingIfNeeded: rest))
    }

    /// The low `width` bytes (0 … 8) of `number`, little endian; room for 8 must be reserved.
    func putLow(_ number: UInt64, width: Int) {
        precondition(count + 8 <= capacity, "room must be reserved before bytes are put")
        unsafe memory.storeBytes(of: number.littleEndian, toByteOffset: count, as: UInt64.self)
        count += width
    }

    /// Reserves and appends a whole run.
    func append(_ run: [UInt8]) {
        reserve(run.count)
        unsafe run.withUnsafeBytes { source in
            if let base = source.baseAddress {
                unsafe (memory + count).copyMemory(from: base, byteCount: source.count)
            }
        }
        count += run.count
    }

    /// Appends zeros up to a multiple of `alignment`.
    func align(to alignment: Int) {
        reserve(alignment)
        while count % alignment != 0 { put(0) }
    }

    /// Overwrites 4 bytes at `offset`.
    func replace32(_ number: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= count, "only bytes that were written can be replaced")
        unsafe memory.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// Overwrites 8 bytes at `offset`.
    func replace64(_ number: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset + 8 <= count, "only bytes that were written can be replaced")
        unsafe memory.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
}
