/// Finds the k with which Doubles are whole numbers × 2^−k, as from converters and counters of fractions.
enum BinaryFit {
    /// The least k that makes all patterns whole numbers of at most 62 bits; nil when there is none.
    static func scale(of patterns: UnsafePointer<UInt64>, count: Int) -> Int? {
        var lowest = Int.max
        var highest = Int.min
        for index in 0..<count {
            let pattern = unsafe patterns[index]
            if pattern == 0 { continue }
            let exponent = Int(pattern &>> 52 & 0x7FF)
            let fraction = pattern & 0xF_FFFF_FFFF_FFFF
            // Infinities, NaN and −0 are no whole numbers.
            if exponent == 0x7FF || pattern == 1 &<< 63 { return nil }
            let mantissa = exponent == 0 ? fraction : fraction | 1 &<< 52
            let unit = max(exponent, 1) &- 1075
            let low = unit &+ mantissa.trailingZeroBitCount
            if low < lowest { lowest = low }
            if unit &+ 53 > highest { highest = unit &+ 53 }
            if highest &- lowest > 62 { return nil }
        }
        return lowest == .max ? nil : 0 &- lowest
    }

    /// The whole numbers, for a k that ``scale(of:count:)`` found.
    static func numbers(
        _ patterns: UnsafePointer<UInt64>,
        count: Int,
        scale: Int,
        into numbers: UnsafeMutablePointer<Int64>
    ) {
        for index in 0..<count {
            let pattern = unsafe patterns[index]
            let exponent = Int(pattern &>> 52 & 0x7FF)
            let fraction = pattern & 0xF_FFFF_FFFF_FFFF
            let mantissa = Int64(bitPattern: exponent == 0 ? fraction : fraction | 1 &<< 52)
            // Smart shift: to the left for a fine unit, to the right over zeros for a coarse one.
            let number = mantissa << (max(exponent, 1) &- 1075 &+ scale)
            unsafe numbers[index] = pattern &>> 63 == 1 ? 0 &- number : number
        }
    }
}
