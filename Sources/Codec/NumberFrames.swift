/// Small unsigned numbers in frames, each frame in the width that suits it.
///
///     frame   head (1 byte), then
///     head 0 … 64      every number in `head` bits
///     head 65 … 122    Rice with k = head − 65: the low k bits of every number; then of every number the rest
///                      as so many 0 bits and a 1, at most ``restMax`` zeros; ends on a full byte; then for each
///                      rest of ``restMax`` a varint of what is above it
///     head 123         low bits k (1 byte, 0 … 56), radix (1 byte): the low k bits of every number, then the
///                      rest of every number as a digit (``RadixPacking``)
enum NumberFrames {
    /// A rest this long is continued elsewhere, so that one spike costs bytes and not kilobytes.
    static let restMax: UInt64 = 32
    static let riceHead = 65
    static let riceMax = 57
    static let radixHead = 123
    static let radixLowMax = 56
    /// Frame lengths by their code in a column's head; 0 is one frame for all.
    static func length(code: Int, count: Int) -> Int { code == 0 ? count : 32 &<< code }

    /// Room that `count` numbers never exceed in any frame length.
    static func bytesMax(count: Int) -> Int { count &* 22 &+ (count / 64 &+ 1) &* 24 &+ 32 }

    /// Reads `count` numbers in frames of `length`; `digits` is room for as many.
    static func take(
        count: Int,
        length: Int,
        from source: inout ByteSource,
        into numbers: UnsafeMutablePointer<UInt64>,
        digits: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        var start = 0
        while start < count {
            let own = min(length, count &- start)
            let head = Int(try source.byte())
            if head <= 64 {
                try unsafe BitPacking.take(count: own, width: head, from: &source, into: numbers + start)
            } else if head <= riceHead + riceMax {
                try unsafe takeRice(count: own, low: head &- riceHead, from: &source, into: numbers + start)
            } else {
                guard head == radixHead else { throw source.failure("a frame head of 0 … \(radixHead)") }
                try unsafe takeRadix(
                    count: own,
                    from: &source,
                    into: numbers + start,
                    digits: digits
                )
            }
            start &+= own
        }
    }

    private static func takeRadix(
        count: Int,
        from source: inout ByteSource,
        into numbers: UnsafeMutablePointer<UInt64>,
        digits: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        let low = Int(try source.byte())
        let radix = Int(try source.byte())
        guard low <= radixLowMax, RadixPacking.radixes.contains(radix) else {
            throw source.failure("a radix of \(RadixPacking.radixes)")
        }
        try unsafe BitPacking.take(count: count, width: low, from: &source, into: numbers)
        try unsafe RadixPacking.take(count: count, radix: radix, from: &source, into: digits)
        let shift = UInt64(low)
        for index in 0..<count { unsafe numbers[index] |= digits[index] &<< shift }
    }

    private static func takeRice(
        count: Int,
        low: Int,
        from source: inout ByteSource,
        into numbers: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        try unsafe BitPacking.take(count: count, width: low, from: &source, into: numbers)
        let shift = UInt64(low)
        let first = source.offset
        var place = first
        var word = source.word(at: place)
        // Where the number before ended, in bits from the start of `word`; −1: just before it.
        var ended = -1
        // All rests or'ed: above 63 one of them is too long, below 32 none is continued.
        var seen: UInt64 = 0
        for index in 0..<count {
            while word == 0 {
                place &+= 8
                guard place < source.end else { throw source.failure("the rest of a number") }
                ended &-= 64
                word = source.word(at: place)
            }
            let bit = word.trailingZeroBitCount
            word &= word &- 1
            let rest = UInt64(bitPattern: Int64(bit &- ended &- 1))
            ended = bit
            seen |= rest
            unsafe numbers[index] |= rest &<< shift
        }
        guard seen < restMax &* 2 else { throw source.failure("a rest of at most \(restMax)") }
        _ = try source.skip(place &- first &+ (ended &+ 8) &>> 3)
        if seen < restMax { return }
        for index in 0..<count where unsafe numbers[index] &>> shift >= restMax {
            let isWhole = unsafe numbers[index] &>> shift == restMax
            guard isWhole else { throw source.failure("a rest of at most \(restMax)") }
            unsafe numbers[index] &+= try source.varint() &<< shift
        }
    }

    /// Appends one frame.
    static func put(
        _ numbers: UnsafePointer<UInt64>,
        count: Int,
        head: Int,
        into sink: inout ByteSink
    ) {
        sink.put(UInt8(head))
        if head <= 64 {
            unsafe BitPacking.put(numbers, count: count, width: head, into: &sink)
            return
        }
        let low = UInt64(head &- riceHead)
        unsafe BitPacking.put(numbers, count: count, width: Int(low), into: &sink)
        var pending: UInt64 = 0
        var filled: UInt64 = 0
        var longest: UInt64 = 0
        for index in 0..<count {
            let whole = unsafe numbers[index] &>> low
            let rest = whole < restMax ? whole : restMax
            if rest > longest { longest = rest }
            filled &+= rest
            if filled >= 64 {
                sink.putWord(pending)
                pending = 0
                filled &-= 64
            }
            pending |= 1 &<< filled
            filled &+= 1
            if filled == 64 {
                sink.putWord(pending)
                pending = 0
                filled = 0
            }
        }
        sink.putWord(pending, keeping: Int((filled &+ 7) &>> 3))
        if longest < restMax { return }
        for index in 0..<count {
            let whole = unsafe numbers[index] &>> low
            if whole >= restMax { sink.putVarint(whole &- restMax) }
        }
    }
}
