/// Numbers of a fixed width of 0 … 64 bits, the lowest bit first, without gaps, ending on a full byte.
enum BitPacking {
    static func bytes(count: Int, width: Int) -> Int {
        (count &* width &+ 7) &>> 3
    }

    /// Appends the low `width` bits of each number. The caller has reserved 8 bytes more than the result.
    static func put(_ numbers: UnsafePointer<UInt64>, count: Int, width: Int, into sink: inout ByteSink) {
        if width == 0 { return }
        let bits = UInt64(width)
        let mask = UInt64.max &>> (64 &- bits)
        var pending: UInt64 = 0
        var filled: UInt64 = 0
        for index in 0..<count {
            let number = unsafe numbers[index] & mask
            pending |= number &<< filled
            filled &+= bits
            if filled >= 64 {
                sink.putWord(pending)
                filled &-= 64
                // Smart shift: what went out whole leaves nothing behind.
                pending = number >> (bits &- filled)
            }
        }
        sink.putWord(pending, keeping: Int((filled &+ 7) &>> 3))
    }

    /// Reads `count` numbers and steps over them.
    static func take(
        count: Int,
        width: Int,
        from source: inout ByteSource,
        into numbers: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        if width == 0 {
            unsafe numbers.update(repeating: 0, count: count)
            return
        }
        let start = try source.skip(bytes(count: count, width: width))
        let bits = UInt64(width)
        let mask = UInt64.max &>> (64 &- bits)
        if width > 56 {
            unsafe takeWide(count: count, width: width, at: start, from: source, into: numbers)
            return
        }
        // Words that lie wholly within the source need no check of their own.
        let safe = max(0, min(count, ((source.end &- start &- 8) &* 8) / width))
        let base = unsafe UnsafeRawPointer(source.base + start)
        var place: UInt64 = 0
        for index in 0..<safe {
            let word = unsafe base.loadUnaligned(fromByteOffset: Int(place &>> 3), as: UInt64.self)
            unsafe numbers[index] = (UInt64(littleEndian: word) &>> (place & 7)) & mask
            place &+= bits
        }
        for index in safe..<count {
            let word = source.word(at: start &+ Int(place &>> 3))
            unsafe numbers[index] = (word &>> (place & 7)) & mask
            place &+= bits
        }
    }

    private static func takeWide(
        count: Int,
        width: Int,
        at start: Int,
        from source: ByteSource,
        into numbers: UnsafeMutablePointer<UInt64>
    ) {
        let mask = UInt64.max &>> UInt64(64 &- width)
        var place = 0
        for index in 0..<count {
            let byte = start &+ place &>> 3
            let shift = UInt64(place & 7)
            let low = source.word(at: byte) &>> shift
            let high = source.word(at: byte &+ 8) << (64 &- shift)
            unsafe numbers[index] = (low | high) & mask
            place &+= width
        }
    }
}
