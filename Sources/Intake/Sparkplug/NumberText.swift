/// Writes numbers as the shortest decimals that give them back.
///
/// Scales and units are computed exactly from decimals, so a Float of 12.3 must become `12.3`, not the
/// 12.300000190734863 that its bits come to as a Double. Nothing is allocated for up to 15 digits.
enum NumberText {
    /// Powers of ten that a Double holds exactly and a fraction is tried with.
    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
    /// Below it every whole number is a Double.
    private static let wholeMax: Double = 9_007_199_254_740_992

    static func append(_ value: UInt64, to text: inout [UInt8]) {
        if value < 10 { return text.append(0x30 + UInt8(truncatingIfNeeded: value)) }
        let start = text.count
        var rest = value
        while rest > 0 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            text.append(0x30 + UInt8(truncatingIfNeeded: digit))
            rest = quotient
        }
        var (left, right) = (start, text.count - 1)
        while left < right {
            text.swapAt(left, right)
            left += 1
            right -= 1
        }
    }

    static func append(_ value: Int64, to text: inout [UInt8]) {
        if value < 0 { text.append(UInt8(ascii: "-")) }
        append(value.magnitude, to: &text)
    }

    /// `NaN`, `Infinity` and `-Infinity` are written as such.
    static func append(_ value: Double, to text: inout [UInt8]) {
        guard value.isFinite else { return append(notFinite: value, to: &text) }
        let size = value.magnitude
        if value.sign == .minus { text.append(UInt8(ascii: "-")) }
        for (places, power) in powers.enumerated() {
            let scaled = size * power
            guard scaled < wholeMax else { break }
            let whole = scaled.rounded()
            // The division is rounded rightly, so that equality proves the decimal.
            if whole / power == size { return append(UInt64(whole), places: places, to: &text) }
        }
        // Very small, very large and very long ones: the standard library knows the shortest text.
        text.append(contentsOf: size.description.utf8)
    }

    static func append(_ value: Float, to text: inout [UInt8]) {
        guard value.isFinite else { return append(notFinite: Double(value), to: &text) }
        let size = Double(value.magnitude)
        if value.sign == .minus { text.append(UInt8(ascii: "-")) }
        for (places, power) in powers.enumerated() {
            let scaled = size * power
            guard scaled < wholeMax else { break }
            let whole = scaled.rounded()
            if Float(whole / power) == value.magnitude {
                return append(UInt64(whole), places: places, to: &text)
            }
        }
        text.append(contentsOf: value.magnitude.description.utf8)
    }

    private static func append(notFinite value: Double, to text: inout [UInt8]) {
        let word: StaticString = value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
        word.withUTF8Buffer { unsafe text.append(contentsOf: $0) }
    }

    /// Digits with a point before the last `places` of them.
    private static func append(_ digits: UInt64, places: Int, to text: inout [UInt8]) {
        let start = text.count
        append(digits, to: &text)
        guard places > 0 else { return }
        while text.count - start <= places { text.insert(0x30, at: start) }
        text.insert(UInt8(ascii: "."), at: text.count - places)
    }
}
