/// A column of 64-bit patterns, usually Doubles: what its bytes mean. Every pattern comes back bit for bit.
///
///     head       bits 0 … 2 form, bit 3 corrections follow, bits 4 … 7 the exponent e of form 1
///     form 0     plain: the patterns as a number column (flags, text ids, constants)
///     form 1     decimal: m as a number column; the value is m ÷ 10^e
///     form 2     binary: zigzag k, m as a number column; the value is m × 2^−k
///     form 3     xor: the first pattern (8 bytes), then a bit run: per pattern 0 = as before; 01 = the last
///                window again, its bits; 11 = a new window: leading zeros (6 bits), width − 1 (6 bits), its bits
///     form 4     shifted: s (1 byte), the patterns >> s as a number column; their low s bits are 0
///     form 5     beside: as 1, but the number column has m less the nearest whole number of expected × 10^e,
///                where the expected Doubles come from other columns
///
/// Corrections are what is to be added to the pattern that form 1 gives, wrapping around: a few units in the
/// last place for sums of decimals, anything for NaN, −0 and the like.
///
///     corrections    varint how many; 0: all patterns have one
///                    a column of the gaps before each corrected pattern, unless all have one
///                    a column of the corrections
enum ValueColumn {
    static let plain = 0
    static let decimal = 1
    static let binary = 2
    static let xor = 3
    static let shifted = 4
    static let beside = 5
    static let correctedBit = 8

    static let exponentMax = 15
    /// k of form 2: from the largest even numbers to the smallest subnormal.
    static let scales = -971...1074

    /// 10^0 … 10^15 are exact Doubles, so one division rounds once: it gives back what a decimal parser gave.
    static func power(_ exponent: Int) -> Double {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1e3
        case 4: 1e4
        case 5: 1e5
        case 6: 1e6
        case 7: 1e7
        case 8: 1e8
        case 9: 1e9
        case 10: 1e10
        case 11: 1e11
        case 12: 1e12
        case 13: 1e13
        case 14: 1e14
        default: 1e15
        }
    }

    /// 1.5 × 2^52: added to a Double below 2^51 it leaves the nearest whole number in the low bits.
    static let rounding = 6_755_399_441_055_744.0

    /// 2^−k for a k of ``scales``.
    static func scale(_ k: Int) -> Double {
        let pattern = k <= 1022 ? UInt64(1023 &- k) &<< 52 : 1 &<< UInt64(1074 &- k)
        return Double(bitPattern: pattern)
    }
}
