/// Digits of a radix that is no power of two, as many in a word as fit: 39 values take 5.33 bits and not 6.
///
///     words     8 bytes each, for as many full groups of digits as there are
///     tail      the digits that are left, packed in the bits of the greatest digit
///
/// A word is the fraction 0.d₁d₂… of the radix, times 2^64, rounded up: multiplying by the radix pushes out one
/// digit after the other. That is exact as long as radix^digits is at most 2^64.
enum RadixPacking {
    static let radixes = 3...63

    /// Digits in one word.
    static func digits(_ radix: Int) -> Int {
        var power: UInt64 = 1
        var count = 0
        while true {
            let (next, overflow) = power.multipliedReportingOverflow(by: UInt64(radix))
            if overflow { return count }
            power = next
            count &+= 1
        }
    }

    static func tailWidth(_ radix: Int) -> Int { 64 &- UInt64(radix &- 1).leadingZeroBitCount }

    /// Exactly the bits of `count` digits.
    static func bits(_ radix: Int, digits: Int, count: Int) -> Int {
        let groups = count / digits
        return groups &* 64 &+ (count &- groups &* digits) &* tailWidth(radix)
    }

    /// Appends `numbers >> low`, each below `radix`. The caller has reserved 8 bytes more than the result.
    static func put(
        _ numbers: UnsafePointer<UInt64>,
        count: Int,
        low: Int,
        radix: Int,
        scratch: UnsafeMutablePointer<UInt64>,
        into sink: inout ByteSink
    ) {
        let digits = digits(radix)
        let base = UInt64(radix)
        let shift = UInt64(low)
        var whole: UInt64 = 1
        for _ in 0..<digits { whole &*= base }
        var start = 0
        while start &+ digits <= count {
            var value: UInt64 = 0
            for index in start..<start &+ digits {
                let digit = unsafe numbers[index] &>> shift
                value = value &* base &+ digit
            }
            let (quotient, remainder) = whole.dividingFullWidth((value, 0))
            sink.putWord(remainder == 0 ? quotient : quotient &+ 1)
            start &+= digits
        }
        let left = count &- start
        for index in 0..<left { unsafe scratch[index] = numbers[start &+ index] &>> shift }
        unsafe BitPacking.put(scratch, count: left, width: tailWidth(radix), into: &sink)
    }

    /// Reads `count` digits of a radix in ``radixes``.
    static func take(
        count: Int,
        radix: Int,
        from source: inout ByteSource,
        into numbers: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        let digits = digits(radix)
        let base = UInt64(radix)
        let groups = count / digits
        let place = try source.skip(groups &* 8)
        var start = 0
        for group in 0..<groups {
            var fraction = source.word(at: place &+ group &* 8)
            for index in start..<start &+ digits {
                let product = fraction.multipliedFullWidth(by: base)
                unsafe numbers[index] = product.high
                fraction = product.low
            }
            start &+= digits
        }
        try unsafe BitPacking.take(
            count: count &- start,
            width: tailWidth(radix),
            from: &source,
            into: numbers + start
        )
    }
}
