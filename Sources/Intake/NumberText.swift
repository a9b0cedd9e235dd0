/// Numbers as texts, written without the standard library's strings.
extension [UInt8] {
    /// Appends the digits of a whole number.
    mutating func append(decimal number: UInt64) {
        var rest = number
        let start = count
        repeat {
            append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        reverseTail(from: start)
    }

    /// Appends a whole number with its sign.
    mutating func append(signed number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: number.magnitude)
    }

    /// Turns the bytes from `start` on around.
    mutating func reverseTail(from start: Int) {
        var low = start
        var high = count - 1
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    mutating func append(hexDigit digit: UInt8) {
        append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }

    /// Appends a decimal that reads back as the same double, of those with up to 15 places the shortest; `NaN`,
    /// `Infinity` and `-Infinity` where there is none.
    ///
    /// - Complexity: a division for each place. Allocates nothing, but for numbers with more digits than a
    ///   sensor has.
    mutating func append(shortest value: Double) {
        // A quotient of two numbers below 2^53 and 10^22 is rounded rightly, so this is how it reads back.
        if append(decimalOf: value, { $0 == value.magnitude }) { return }
        append(contentsOf: value.magnitude.description.utf8)
    }

    /// The same for a Float: 12.3 is written so, not as the 12.300000190734863 that its bits come to as a double.
    mutating func append(shortest value: Float) {
        if append(decimalOf: Double(value), { Float($0) == value.magnitude }) { return }
        append(contentsOf: value.magnitude.description.utf8)
    }

    /// Appends the sign, and the shortest decimal that `isSame` accepts. False when only the sign was written.
    private mutating func append(decimalOf value: Double, _ isSame: (Double) -> Bool) -> Bool {
        guard value.isFinite else {
            append(contentsOf: value.isNaN ? "NaN".utf8 : value < 0 ? "-Infinity".utf8 : "Infinity".utf8)
            return true
        }
        if value.sign == .minus { append(UInt8(ascii: "-")) }
        var power = 1.0
        for places in 0...15 {
            let scaled = (value.magnitude * power).rounded()
            guard scaled < 0x1p53 else { break }
            if isSame(scaled / power) {
                let start = count
                append(decimal: UInt64(scaled))
                placePoint(from: start, exponent: -places)
                return true
            }
            power *= 10
        }
        return false
    }

    /// Multiplies the digits from `start` on by 10^`exponent`: a point among them or zeros beside them, and far
    /// off an exponent behind them. 0 stays 0.
    mutating func placePoint(from start: Int, exponent: Int) {
        let digits = count - start
        if digits == 1, self[start] == 0x30 { return }
        if exponent < -30 || exponent > 20 {
            append(UInt8(ascii: "e"))
            append(signed: Int64(exponent))
        } else if exponent > 0 {
            append(contentsOf: repeatElement(0x30, count: exponent))
        } else if exponent < 0 {
            let zeros = Swift.max(0, 1 - exponent - digits)
            insert(contentsOf: repeatElement(0x30, count: zeros), at: start)
            insert(UInt8(ascii: "."), at: count + exponent)
        }
    }
}

extension DecimalText {
    /// The sum: exact as far as 64 bits hold its digits, else that of the nearest doubles.
    func plus(_ other: DecimalText) -> DecimalText {
        if rest == nil, digits == 0 { return other }
        if other.rest == nil, other.digits == 0 { return self }
        var sum = DecimalText()
        let low = min(exponent, other.exponent)
        let mine = Int(exponent) - Int(low)
        let theirs = Int(other.exponent) - Int(low)
        // 2^64 × 10^18 stays far below 2^127.
        guard rest == nil, other.rest == nil, mine <= 18, theirs <= 18 else {
            sum.rest = double + other.double
            return sum
        }
        let left = Int128(digits) * Fraction.powersOfTen[mine] * (isNegative ? -1 : 1)
        let right = Int128(other.digits) * Fraction.powersOfTen[theirs] * (other.isNegative ? -1 : 1)
        sum.isNegative = left + right < 0
        sum.exponent = low
        var size = (left + right).magnitude
        while size > UInt64.max, size % 10 == 0, sum.exponent < .max {
            size /= 10
            sum.exponent += 1
        }
        guard let whole = UInt64(exactly: size) else {
            sum.rest = double + other.double
            return sum
        }
        sum.digits = whole
        return sum
    }

    /// Appends it as a text that reads back as the same number.
    func write(to text: inout [UInt8]) {
        if let rest {
            text.append(shortest: rest)
            return
        }
        if isNegative { text.append(UInt8(ascii: "-")) }
        let start = text.count
        text.append(decimal: digits)
        text.placePoint(from: start, exponent: Int(exponent))
    }
}
