/// Form 3 of ``ValueColumn``: each pattern as what differs from the one before.
enum XORRun {
    /// Bits of a new window: 2 for the choice, 6 and 6 for where it is.
    private static let windowBits = 14

    /// The bits that ``put(_:count:into:)`` writes.
    static func bits(_ patterns: UnsafePointer<UInt64>, count: Int) -> Int {
        var bits = 64
        var window = Window()
        for index in 1..<max(1, count) {
            let difference = unsafe patterns[index] ^ patterns[index &- 1]
            if difference == 0 {
                bits &+= 1
            } else if window.holds(difference) {
                bits &+= 2 &+ window.width
            } else {
                window = Window(of: difference)
                bits &+= windowBits &+ window.width
            }
        }
        return bits
    }

    static func put(_ patterns: UnsafePointer<UInt64>, count: Int, into sink: inout ByteSink) {
        sink.reserve(count &* 10 &+ 24)
        sink.putWord(unsafe patterns[0])
        var pending = BitTail()
        var window = Window()
        for index in 1..<max(1, count) {
            let difference = unsafe patterns[index] ^ patterns[index &- 1]
            if difference == 0 {
                pending.put(0, width: 1, into: &sink)
                continue
            }
            if window.holds(difference) {
                pending.put(0b01, width: 2, into: &sink)
            } else {
                window = Window(of: difference)
                let place = UInt64(window.leading) &<< 2 | UInt64(window.width &- 1) &<< 8
                pending.put(0b11 | place, width: windowBits, into: &sink)
            }
            pending.put(difference &>> window.trailing, width: window.width, into: &sink)
        }
        pending.finish(into: &sink)
    }

    static func take(
        count: Int,
        from source: inout ByteSource,
        into patterns: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        var pattern = source.word(at: try source.skip(8))
        unsafe patterns[0] = pattern
        let start = source.offset
        var place = 0
        var window = Window()
        func bits(_ width: Int) -> UInt64 {
            let byte = start &+ place &>> 3
            let shift = UInt64(place & 7)
            place &+= width
            let low = source.word(at: byte) &>> shift
            let high = width > 56 ? source.word(at: byte &+ 8) << (64 &- shift) : 0
            return (low | high) & UInt64.max &>> UInt64(64 &- width)
        }
        for index in 1..<max(1, count) {
            guard place &>> 3 <= source.remaining else { throw source.failure("more bits") }
            if bits(1) == 1 {
                if bits(1) == 1 {
                    let leading = Int(bits(6))
                    let width = Int(bits(6)) &+ 1
                    guard leading &+ width <= 64 else { throw source.failure("a window of 64 bits") }
                    window = Window(leading: leading, width: width)
                }
                guard window.width > 0 else { throw source.failure("a window") }
                pattern ^= bits(window.width) &<< window.trailing
            }
            unsafe patterns[index] = pattern
        }
        _ = try source.skip((place &+ 7) &>> 3)
    }

    private struct Window {
        var leading = 0
        /// 0: none yet.
        var width = 0
        var trailing: UInt64 { UInt64(64 &- leading &- width) }

        init() {}

        init(leading: Int, width: Int) {
            self.leading = leading
            self.width = width
        }

        init(of difference: UInt64) {
            leading = difference.leadingZeroBitCount
            width = 64 &- leading &- difference.trailingZeroBitCount
        }

        func holds(_ difference: UInt64) -> Bool {
            width > 0 && difference.leadingZeroBitCount >= leading
                && difference.trailingZeroBitCount >= Int(trailing)
        }
    }
}

/// Bits that do not yet fill a word.
struct BitTail {
    private var pending: UInt64 = 0
    private var filled: UInt64 = 0

    /// Appends `bits`, of which there are `width` (1 … 64) and no more.
    mutating func put(_ bits: UInt64, width: Int, into sink: inout ByteSink) {
        pending |= bits &<< filled
        filled &+= UInt64(width)
        if filled >= 64 {
            sink.putWord(pending)
            filled &-= 64
            pending = bits >> (UInt64(width) &- filled)
        }
    }

    func finish(into sink: inout ByteSink) {
        sink.putWord(pending, keeping: Int((filled &+ 7) &>> 3))
    }
}
