/// A number on its way through scale, unit and rounding: exact as long as 128 bits hold it.
enum Amount: Hashable, Sendable {
    /// Above divided by below; below is at least 1.
    case ratio(Int128, Int128)
    /// What did not fit.
    case near(Double)

    init(_ decimal: DecimalText) {
        let digits = Int128(decimal.digits)
        let signed = decimal.isNegative ? -digits : digits
        if decimal.rest == nil, decimal.exponent >= -38, decimal.exponent <= 19 {
            let power = Fraction.powersOfTen[Int(abs(decimal.exponent))]
            if decimal.exponent <= 0 {
                self = .ratio(signed, power)
                return
            }
            let (product, overflow) = signed.multipliedReportingOverflow(by: power)
            if !overflow {
                self = .ratio(product, 1)
                return
            }
        }
        self = .near(decimal.double)
    }

    /// The nearest double.
    ///
    /// - Complexity: one division while both parts stay under 2^53, which IEEE rounds rightly; else bit by
    ///   bit.
    var double: Double {
        switch self {
        case .near(let value): return value
        case .ratio(let above, let below):
            let size = above.magnitude
            if size < 1 << 53, below < 1 << 53 { return Double(Int64(above)) / Double(Int64(below)) }
            let nearest = Amount.divide(size, below.magnitude)
            return above < 0 ? -nearest : nearest
        }
    }

    /// Rounded to `places` decimals, halves away from zero.
    func rounded(to places: Int) -> Amount {
        let power = Fraction.powersOfTen[places]
        guard case .ratio(let above, let below) = self else {
            let scale = Double(power)
            let scaled = double * scale
            return .near(scaled.isFinite ? scaled.rounded(.toNearestOrAwayFromZero) / scale : double)
        }
        let (scaled, overflow) = above.multipliedReportingOverflow(by: power)
        guard !overflow else { return Amount.near(double).rounded(to: places) }
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: below)
        let isUp = rest.magnitude >= below.magnitude - rest.magnitude
        return .ratio(isUp ? whole + (scaled < 0 ? -1 : 1) : whole, power)
    }

    /// The double nearest to `above` / `below`, halves to even.
    private static func divide(_ above: UInt128, _ below: UInt128) -> Double {
        guard above != 0 else { return 0 }
        var (quotient, rest) = above.quotientAndRemainder(dividingBy: below)
        var exponent = 0
        // 64 bits of quotient leave 11 for the rounding; the remainder only says whether more would follow.
        while quotient >> 63 == 0 {
            rest <<= 1
            quotient <<= 1
            if rest >= below {
                rest -= below
                quotient |= 1
            }
            exponent -= 1
        }
        if rest != 0 { quotient |= 1 }
        return Double(sign: .plus, exponent: exponent, significand: Double(quotient))
    }
}

/// `value × scale + offset`, exact.
struct Affine: Hashable, Sendable {
    let scale: Fraction
    let offset: Fraction

    static let identity = Affine(scale: .one, offset: .zero)

    var isIdentity: Bool { self == .identity }

    /// The conversion that undoes this one; nil for a scale of 0 or beyond 128 bits.
    var inverse: Affine? {
        guard let scale = scale.inverse, let moved = offset.times(scale),
            let offset = Fraction.zero.minus(moved)
        else { return nil }
        return Affine(scale: scale, offset: offset)
    }

    /// This one, and then `next`; nil beyond 128 bits.
    func followed(by next: Affine) -> Affine? {
        guard let scale = scale.times(next.scale), let moved = offset.times(next.scale),
            let offset = moved.plus(next.offset)
        else { return nil }
        return Affine(scale: scale, offset: offset)
    }

    /// The result; exact if `amount` is and 128 bits hold it, else nearly so.
    func of(_ amount: Amount) -> Amount {
        guard case .ratio(let above, let below) = amount else { return near(amount.double) }
        if let exact = exact(above, below) { return exact }
        // Crossing out common divisors costs about a microsecond and saves most of the rest.
        if let short = Fraction(above, below), let exact = exact(short.numerator, short.denominator) {
            return exact
        }
        return near(amount.double)
    }

    private func exact(_ above: Int128, _ below: Int128) -> Amount? {
        let (product, overProduct) = above.multipliedReportingOverflow(by: scale.numerator)
        let (under, overUnder) = below.multipliedReportingOverflow(by: scale.denominator)
        if overProduct || overUnder { return nil }
        if offset.numerator == 0 { return .ratio(product, under) }
        let (left, overLeft) = product.multipliedReportingOverflow(by: offset.denominator)
        let (right, overRight) = under.multipliedReportingOverflow(by: offset.numerator)
        let (sum, overSum) = left.addingReportingOverflow(right)
        let (whole, overWhole) = under.multipliedReportingOverflow(by: offset.denominator)
        return overLeft || overRight || overSum || overWhole ? nil : .ratio(sum, whole)
    }

    private func near(_ value: Double) -> Amount {
        let scaled = value * Amount.ratio(scale.numerator, scale.denominator).double
        return .near(scaled + Amount.ratio(offset.numerator, offset.denominator).double)
    }
}
