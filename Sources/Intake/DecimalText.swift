import Glibc

/// A decimal as its digits say: ±`digits` × 10^`exponent`, exact up to 19 significant digits.
///
/// Beyond that ``rest`` holds the nearest double and the exact part is not used.
struct DecimalText: Hashable, Sendable {
    // Widest first: a field across two words is slow to copy.
    var digits: UInt64 = 0
    private var nearest = 0.0
    var exponent: Int32 = 0
    var isNegative = false
    private var isNearest = false

    /// The value when it has more digits than fit; nil otherwise. May be infinite.
    var rest: Double? {
        get { isNearest ? nearest : nil }
        set {
            isNearest = newValue != nil
            nearest = newValue ?? 0
        }
    }

    static let zero = DecimalText()
}

extension DecimalText {
    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// The nearest double; infinite when there is none.
    ///
    /// - Complexity: up to 2^53 and 22 places one division or product, which IEEE rounds rightly; else the C
    ///   library.
    var double: Double {
        if let rest { return rest }
        if digits == 0 { return 0 }
        if digits < 1 << 53, exponent >= -22, exponent <= 22 {
            let whole = isNegative ? -Double(digits) : Double(digits)
            if exponent == 0 { return whole }
            return exponent < 0 ? whole / Self.powers[Int(-exponent)] : whole * Self.powers[Int(exponent)]
        }
        return Self.nearest("\(isNegative ? "-" : "")\(digits)e\(exponent)")
    }

    private static func nearest(_ text: String) -> Double {
        unsafe text.withCString { unsafe strtod($0, nil) }
    }

    /// Reads `-12`, `.5`, `+1.5e3`: a sign, digits with at most one point, an exponent; nothing around them.
    init?(_ run: Span<UInt8>) {
        var position = 0
        let count = run.count
        guard count > 0 else { return nil }
        if count <= 8, readShort(run) { return }
        if run[0] == UInt8(ascii: "-") || run[0] == UInt8(ascii: "+") {
            isNegative = run[0] == UInt8(ascii: "-")
            position = 1
        }
        let first = position
        var number: UInt64 = 0
        position = run.readDigits(from: position, behind: &number)
        var seen = position - first
        var scale = 0
        if position < count, run[position] == UInt8(ascii: ".") {
            position += 1
            scale = -position
            position = run.readDigits(from: position, behind: &number)
            scale += position
            seen += scale
        }
        digits = number
        guard seen > 0 else { return nil }
        var power = 0
        if position < count {
            guard run[position] | 0x20 == UInt8(ascii: "e"),
                let read = Self.exponent(run.extracting(position + 1..<count))
            else { return nil }
            power = read
        }
        exponent = Int32(clamping: power - scale)
        if seen > 19, run.extracting(first..<position).significantDigits > 19 {
            rest = Self.nearest(run.text)
        }
    }

    /// Reads up to 8 bytes at once, as nearly all that a sensor says: without a branch for each of its digits, whose number
    /// nobody can foretell.
    ///
    /// - Returns: false where there is more than a sign, digits and a point: then nothing is set.
    @inline(__always)
    private mutating func readShort(_ run: Span<UInt8>) -> Bool {
        var word = run.upToEight
        var count = run.count
        let sign = UInt8(truncatingIfNeeded: word)
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            word >>= 8
            count -= 1
        }
        let others = word ^ ByteLanes.every(UInt8(ascii: "."))
        let points = (others &- ByteLanes.every(1)) & ~others & ByteLanes.every(0x80)
        var places = 0
        if points != 0 {
            // The bit in the first point's byte; what is below comes before the point.
            let before = ((points & (0 &- points)) >> 7) &- 1
            places = count - 1 - points.trailingZeroBitCount / 8
            word = (word & before) | ((word >> 8) & ~before)
            count -= 1
        }
        guard count > 0 else { return false }
        // The last digit in the highest byte, zeros before the first.
        let shift = UInt64(8 - count) * 8
        let digits = (word &<< shift) &- (ByteLanes.every(UInt8(ascii: "0")) &<< shift)
        // The highest bit of each byte tells whether it is above 9.
        let beyond = (digits &+ ByteLanes.every(0x7F - 9)) | digits
        guard beyond & ByteLanes.every(0x80) == 0 else { return false }
        self.digits = ByteLanes.decimal(digits)
        exponent = Int32(truncatingIfNeeded: -places)
        isNegative = sign == UInt8(ascii: "-")
        return true
    }

    /// At most ±99 999 999, which is far outside of what a double holds.
    private static func exponent(_ run: Span<UInt8>) -> Int? {
        var position = 0
        var isNegative = false
        if run.count > 0, run[0] == UInt8(ascii: "-") || run[0] == UInt8(ascii: "+") {
            isNegative = run[0] == UInt8(ascii: "-")
            position = 1
        }
        guard position < run.count else { return nil }
        var value = 0
        while position < run.count {
            guard run[position].isDigit else { return nil }
            value = min(value * 10 + Int(run[position] - 0x30), 99_999_999)
            position += 1
        }
        return isNegative ? -value : value
    }
}

/// Eight bytes in a word, the first the lowest, dealt with at once.
private enum ByteLanes {
    /// The same byte in each.
    static func every(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The number that eight bytes of 0 … 9 write: neighbours are joined to pairs, pairs to fours, fours to the whole.
    static func decimal(_ digits: UInt64) -> UInt64 {
        let pairs = ((digits &* 0x0A01) >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = ((pairs &* 0x64_0001) >> 16) & 0x0000_FFFF_0000_FFFF
        return (fours &* 0x2710_0000_0001) >> 32
    }
}

extension Span<UInt8> {
    /// 1 … 8 bytes as a number, the first the lowest.
    @inline(__always)
    fileprivate var upToEight: UInt64 {
        guard count >= 4 else {
            // Of three the three, of two the second twice, of one the same.
            let (middle, last) = (count / 2, count - 1)
            return UInt64(self[0]) | UInt64(self[middle]) << (middle * 8) | UInt64(self[last]) << (last * 8)
        }
        return UInt64(four(at: 0)) | UInt64(four(at: count - 4)) << ((count - 4) * 8)
    }

    /// Puts the digits from `start` on behind those of `number`, without a look at its size.
    ///
    /// - Returns: where the first byte stands that is no digit.
    @inline(__always)
    fileprivate func readDigits(from start: Int, behind number: inout UInt64) -> Int {
        var position = start
        while position < count {
            let digit = self[position] &- 0x30
            guard digit < 10 else { break }
            number = number &* 10 &+ UInt64(digit)
            position += 1
        }
        return position
    }

    /// How many digits there are from the first on that is no 0.
    fileprivate var significantDigits: Int {
        var significant = 0
        for index in indices where self[index].isDigit {
            if significant > 0 || self[index] != UInt8(ascii: "0") { significant += 1 }
        }
        return significant
    }
}

extension DecimalText {
    /// The longest text that is tried as a number.
    static let textBytesMax = 128

    /// Reads a number as people and scales write it: full-width digits, thousands commas in groups of three,
    /// a sign apart from its digits, blanks around.
    ///
    /// - Parameter fold: a buffer of the caller's; what it held is lost.
    static func lenient(_ run: Span<UInt8>, fold: inout [UInt8]) -> DecimalText? {
        guard run.count <= textBytesMax else { return nil }
        let inner = run.trimmedRange()
        guard !inner.isEmpty else { return nil }
        let first = run[inner.lowerBound]
        guard first < 0x3A || first >= 0x80 else { return nil }
        if let plain = DecimalText(run.extracting(inner)) { return plain }
        fold.removeAll(keepingCapacity: true)
        guard foldWidth(run.extracting(inner), into: &fold) else { return nil }
        let folded = fold.span.trimmedRange()
        var isStarted = false
        var kept = 0
        var commaAt: Int?
        for index in folded {
            let byte = fold[index]
            if byte == 0x20 {
                // Blanks may part a sign from its digits, and nothing else.
                guard !isStarted else { return nil }
                continue
            }
            if byte == UInt8(ascii: ",") {
                guard isStarted, commaAt.map({ kept - $0 == 3 }) ?? (digitCount(fold, kept) <= 3) else {
                    return nil
                }
                commaAt = kept
                continue
            }
            if byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
                guard commaAt.map({ kept - $0 == 3 }) ?? true else { return nil }
                commaAt = nil
            }
            isStarted = isStarted || byte.isDigit || byte == UInt8(ascii: ".")
            fold[kept] = byte
            kept += 1
        }
        guard commaAt.map({ kept - $0 == 3 }) ?? true else { return nil }
        return DecimalText(fold.span.extracting(0..<kept))
    }

    /// How many of the first bytes are digits, a sign not counted.
    private static func digitCount(_ bytes: [UInt8], _ kept: Int) -> Int {
        bytes[0..<kept].count { $0.isDigit }
    }

    /// Writes full-width forms, the ideographic blank and the minus sign as ASCII.
    ///
    /// - Returns: false when another character than these or ASCII comes.
    static func foldWidth(_ run: Span<UInt8>, into fold: inout [UInt8]) -> Bool {
        var position = 0
        while position < run.count {
            let byte = run[position]
            if byte < 0x80 {
                fold.append(byte)
                position += 1
                continue
            }
            guard position + 2 < run.count else { return false }
            let code =
                UInt32(byte & 0x0F) << 12 | UInt32(run[position + 1] & 0x3F) << 6
                | UInt32(run[position + 2] & 0x3F)
            guard byte & 0xF0 == 0xE0 else { return false }
            switch code {
            case 0xFF01...0xFF5E: fold.append(UInt8(truncatingIfNeeded: code - 0xFEE0))
            case 0x3000: fold.append(0x20)
            case 0x2212: fold.append(UInt8(ascii: "-"))
            default: return false
            }
            position += 3
        }
        return true
    }
}
