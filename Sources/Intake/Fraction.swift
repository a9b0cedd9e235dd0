/// A rational number, exact: `numerator` / `denominator`.
struct Fraction: Hashable, Sendable {
    let numerator: Int128
    /// At least 1, and without a divisor in common with the numerator.
    let denominator: Int128

    static let zero = Fraction(whole: 0)
    static let one = Fraction(whole: 1)

    /// - Returns: nil when the parts do not fit; `denominator` must not be 0.
    init?(_ numerator: Int128, _ denominator: Int128) {
        precondition(denominator != 0, "a fraction needs a denominator")
        guard numerator != .min, denominator != .min else { return nil }
        let divisor = Fraction.divisor(numerator.magnitude, denominator.magnitude)
        let sign: Int128 = denominator < 0 ? -1 : 1
        self.numerator = sign * numerator / Int128(divisor)
        self.denominator = sign * denominator / Int128(divisor)
    }

    /// A whole number.
    init(whole: Int) {
        numerator = Int128(whole)
        denominator = 1
    }

    /// Reads a decimal (`0.1`, `1e-3`) or `n/d` of two decimals.
    ///
    /// - Returns: nil when it is neither, when `d` is 0, or when it needs more than 128 bits.
    init?(_ text: Span<UInt8>) {
        var slash: Int?
        for index in 0..<text.count where text[index] == UInt8(ascii: "/") {
            guard slash == nil else { return nil }
            slash = index
        }
        guard let slash else {
            guard let decimal = DecimalText(text.extracting(text.trimmedRange())) else { return nil }
            self.init(decimal, of: text)
            return
        }
        let above = text.extracting(0..<slash)
        let below = text.extracting(slash + 1..<text.count)
        guard let upper = Fraction(above), let lower = Fraction(below), lower.numerator != 0,
            let ratio = upper.times(Fraction(lower.denominator, lower.numerator))
        else { return nil }
        self = ratio
    }

    /// Reads a literal of a rule.
    init?(text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span)
    }

    private init?(_ decimal: DecimalText, of text: Span<UInt8>) {
        var digits = Int128(decimal.digits)
        if decimal.rest != nil {
            guard let long = Fraction.longDigits(text) else { return nil }
            digits = long
        }
        let signed = decimal.isNegative ? -digits : digits
        guard decimal.exponent >= -38, decimal.exponent <= 38 else { return nil }
        let power = Fraction.powersOfTen[Int(abs(decimal.exponent))]
        if decimal.exponent <= 0 {
            self.init(signed, power)
        } else {
            let (product, overflow) = signed.multipliedReportingOverflow(by: power)
            guard !overflow else { return nil }
            self.init(product, 1)
        }
    }

    /// All digits of a decimal without an exponent, as one number; nil beyond 127 bits.
    private static func longDigits(_ text: Span<UInt8>) -> Int128? {
        var value: Int128 = 0
        for index in 0..<text.count where text[index].isDigit {
            let (tens, overTen) = value.multipliedReportingOverflow(by: 10)
            let (sum, overSum) = tens.addingReportingOverflow(Int128(text[index] - 0x30))
            guard !overTen, !overSum else { return nil }
            value = sum
        }
        for index in 0..<text.count where text[index] | 0x20 == UInt8(ascii: "e") { return nil }
        return value
    }

    /// 10^0 … 10^38.
    static let powersOfTen: [Int128] = (0...38).reduce(into: []) { powers, _ in
        powers.append((powers.last.map { $0 * 10 }) ?? 1)
    }

    /// The product, or nil beyond 128 bits (and for nil).
    func times(_ other: Fraction?) -> Fraction? {
        guard let other else { return nil }
        // Crossing out first keeps the parts small.
        guard let left = Fraction(numerator, other.denominator),
            let right = Fraction(other.numerator, denominator)
        else { return nil }
        let (above, overAbove) = left.numerator.multipliedReportingOverflow(by: right.numerator)
        let (below, overBelow) = left.denominator.multipliedReportingOverflow(by: right.denominator)
        return overAbove || overBelow ? nil : Fraction(above, below)
    }

    /// The sum, or nil beyond 128 bits.
    func plus(_ other: Fraction) -> Fraction? {
        let (left, overLeft) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, overRight) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (above, overAbove) = left.addingReportingOverflow(right)
        let (below, overBelow) = denominator.multipliedReportingOverflow(by: other.denominator)
        return overLeft || overRight || overAbove || overBelow ? nil : Fraction(above, below)
    }

    /// The difference, or nil beyond 128 bits.
    func minus(_ other: Fraction) -> Fraction? {
        guard let negative = Fraction(-other.numerator, other.denominator) else { return nil }
        return plus(negative)
    }

    /// One divided by it; nil for 0.
    var inverse: Fraction? {
        numerator == 0 ? nil : Fraction(denominator, numerator)
    }

    private static func divisor(_ left: UInt128, _ right: UInt128) -> UInt128 {
        var left = left
        var right = right
        while right != 0 { (left, right) = (right, left % right) }
        return max(left, 1)
    }
}
