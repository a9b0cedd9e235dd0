/// Finds the exponent with which patterns are whole numbers ÷ 10^e.
enum DecimalFit {
    /// Whether `pattern` is exactly some m ÷ 10^e with |m| below 2^51.
    static func fits(_ pattern: UInt64, exponent: Int) -> Bool {
        let power = ValueColumn.power(exponent)
        let rounded = Double(bitPattern: pattern) * power + ValueColumn.rounding
        if (rounded.bitPattern ^ ValueColumn.rounding.bitPattern) &>> 52 != 0 { return false }
        return ((rounded - ValueColumn.rounding) / power).bitPattern == pattern
    }

    /// The least exponent from `start` on that fits `pattern`.
    static func exponent(of pattern: UInt64, from start: Int = 0) -> Int? {
        var exponent = start
        while exponent <= ValueColumn.exponentMax {
            if fits(pattern, exponent: exponent) { return exponent }
            exponent &+= 1
        }
        return nil
    }

    /// Writes the nearest m of every pattern. Returns whether all of them are exact.
    static func scale(
        _ patterns: UnsafePointer<UInt64>,
        count: Int,
        exponent: Int,
        into numbers: UnsafeMutablePointer<Int64>
    ) -> Bool {
        let power = ValueColumn.power(exponent)
        let rounding = ValueColumn.rounding
        let base = rounding.bitPattern
        var missed: UInt64 = 0
        for index in 0..<count {
            let pattern = unsafe patterns[index]
            let rounded = Double(bitPattern: pattern) * power + rounding
            let back = (rounded - rounding) / power
            missed |= (rounded.bitPattern ^ base) &>> 52 | (back.bitPattern ^ pattern)
            unsafe numbers[index] = Int64(bitPattern: rounded.bitPattern &- base)
        }
        return missed == 0
    }

    /// How many patterns do not fit, and the first of them.
    static func misses(
        _ patterns: UnsafePointer<UInt64>,
        count: Int,
        exponent: Int
    ) -> (count: Int, first: Int) {
        var missed = 0
        var first = count
        for index in 0..<count where !fits(unsafe patterns[index], exponent: exponent) {
            if missed == 0 { first = index }
            missed &+= 1
        }
        return (missed, first)
    }

    /// Looks at up to 16 patterns: the exponent that fits all that fit any, and one that fits a quarter.
    static func guess(_ patterns: UnsafePointer<UInt64>, count: Int) -> (highest: Int, common: Int)? {
        let taken = min(count, count < 128 ? 8 : 16)
        let stride = count / taken
        var highest = -1
        var found = (0, 0, 0, 0)
        var common = Int.max
        for pick in 0..<taken {
            let pattern = unsafe patterns[pick &* stride]
            // Above 6 digits one odd pattern must not hide what the others need.
            let start = highest <= 6 && highest >= 0 ? highest : 0
            guard let exponent = exponent(of: pattern, from: start) else { continue }
            if exponent > highest { highest = exponent }
            // The four smallest exponents seen, in order; a quarter of the picks may need no more.
            insert(exponent, into: &found, count: pick)
        }
        if highest < 0 { return nil }
        common = taken >= 16 ? found.3 : found.1
        return (highest, min(common, highest))
    }

    private static func insert(_ exponent: Int, into found: inout (Int, Int, Int, Int), count: Int) {
        if count == 0 { found = (.max, .max, .max, .max) }
        if exponent < found.0 {
            found = (exponent, found.0, found.1, found.2)
        } else if exponent < found.1 {
            found = (found.0, exponent, found.1, found.2)
        } else if exponent < found.2 {
            found = (found.0, found.1, exponent, found.2)
        } else if exponent < found.3 {
            found.3 = exponent
        }
    }

    /// The m of patterns of which some do not fit, and what each is off by. Returns how many are off.
    static func correct(
        _ patterns: UnsafePointer<UInt64>,
        count: Int,
        exponent: Int,
        into numbers: UnsafeMutablePointer<Int64>,
        off: UnsafeMutablePointer<Int64>
    ) -> Int {
        let power = ValueColumn.power(exponent)
        let rounding = ValueColumn.rounding
        var last: Int64 = 0
        var corrected = 0
        for index in 0..<count {
            let pattern = unsafe patterns[index]
            let rounded = Double(bitPattern: pattern) * power + rounding
            // What is too large or no number at all stands on the m before it.
            if (rounded.bitPattern ^ rounding.bitPattern) &>> 52 == 0 {
                last = Int64(bitPattern: rounded.bitPattern &- rounding.bitPattern)
            }
            let back = restored(last, power: power)
            let difference = Int64(bitPattern: pattern &- back)
            if difference != 0 { corrected &+= 1 }
            unsafe numbers[index] = last
            unsafe off[index] = difference
        }
        return corrected
    }

    /// m ÷ 10^e as a pattern; for |m| below 2^51, and harmless for any other.
    @inline(__always)
    static func restored(_ number: Int64, power: Double) -> UInt64 {
        let base = ValueColumn.rounding.bitPattern
        let whole = Double(bitPattern: UInt64(bitPattern: number) &+ base) - ValueColumn.rounding
        return (whole / power).bitPattern
    }

    /// Takes what is expected off the numbers, or with `sign` 1 adds it again. Any Double is harmless.
    static func shift(
        _ numbers: UnsafeMutablePointer<Int64>,
        count: Int,
        by expected: UnsafePointer<Double>,
        exponent: Int,
        sign: Int64
    ) {
        let power = ValueColumn.power(exponent)
        let rounding = ValueColumn.rounding
        let base = rounding.bitPattern
        for index in 0..<count {
            let rounded = unsafe expected[index] * power + rounding
            unsafe numbers[index] &+= sign &* Int64(bitPattern: rounded.bitPattern &- base)
        }
    }
}
