internal import Readings

/// A column of 64-bit values that are usually Doubles, bit for bit, in the smallest of three forms.
///
///     form             bytes after the form's byte
///     0 decimal        exponent e (1 byte), then m as whole numbers; the value is m ÷ 10^e
///     1 whole          the bit patterns as whole numbers (flags, text ids, constants)
///     2 xor            the first value (8 bytes), then a bit run: per value 0 = as before;
///                      10 = the last window again, its bits; 11 = a new window: leading zeros (6 bits),
///                      width − 1 (6 bits), its bits
///
/// Form 0 is only taken when every value comes back bit for bit, so −0 and NaN fall to the others by
/// themselves.
enum BitsColumn {
    /// Appends `values`, at least one; `areNumbers` says that decimals are worth a try.
    static func encode(_ values: [UInt64], areNumbers: Bool, into writer: inout ByteWriter) {
        let whole = values.map { Int64(bitPattern: $0) }
        if areNumbers, let (exponent, scaled) = decimals(values) {
            writer.put(0)
            writer.put(exponent)
            IntegerColumn.encode(scaled, into: &writer)
            return
        }
        var best = ByteWriter(capacity: values.count * 9)
        best.put(1)
        IntegerColumn.encode(whole, into: &best)
        if areNumbers && best.count > 12 {
            var xor = ByteWriter(capacity: values.count * 9)
            xor.put(2)
            putXOR(values, into: &xor)
            if xor.count < best.count { best = xor }
        }
        writer.putRaw(best.bytes)
    }

    /// Reads `count` values, at least one.
    static func decode(count: Int, from reader: inout ByteReader) throws(ByteReader.Failure) -> [UInt64] {
        switch try reader.byte() {
        case 0:
            let exponent = Int(try reader.byte())
            guard exponent < powers.count else {
                throw ByteReader.Failure(
                    offset: reader.offset - 1,
                    expected: "an exponent below \(powers.count)"
                )
            }
            let power = powers[exponent]
            return try IntegerColumn.decode(count: count, from: &reader).map {
                (Double($0) / power).bitPattern
            }
        case 1:
            return try IntegerColumn.decode(count: count, from: &reader).map { UInt64(bitPattern: $0) }
        case 2:
            return try takeXOR(count: count, from: &reader)
        default:
            throw ByteReader.Failure(offset: reader.offset - 1, expected: "a value form of 0 … 2")
        }
    }

    // MARK: Decimals

    /// 10^0 … 10^15 are exact Doubles, so one division rounds once: it gives back what a decimal parser gave.
    private static let powers: [Double] = (0..<16).reduce(into: []) { powers, _ in
        powers.append((powers.last ?? 0.1) * 10)
    }

    /// Whole numbers above this are not all exact as a Double.
    private static let exactMax = 9_007_199_254_740_992.0  // 2^53

    /// The values as m ÷ 10^e with one e for all, or nil when one of them is no such decimal.
    private static func decimals(_ values: [UInt64]) -> (UInt8, [Int64])? {
        var exponent = 0
        for bits in values {
            while scaled(bits, exponent) == nil {
                exponent += 1
                if exponent == powers.count { return nil }
            }
        }
        var whole: [Int64] = []
        whole.reserveCapacity(values.count)
        for bits in values {
            guard let number = scaled(bits, exponent) else { return nil }
            whole.append(number)
        }
        return (UInt8(exponent), whole)
    }

    private static func scaled(_ bits: UInt64, _ exponent: Int) -> Int64? {
        let power = powers[exponent]
        let whole = (Double(bitPattern: bits) * power).rounded()
        // Also false for NaN and infinities.
        guard whole.magnitude <= exactMax, (whole / power).bitPattern == bits else { return nil }
        // −0 ÷ 10^e is −0, but its whole number is 0 and would come back as +0.
        if whole == 0 && bits != 0 { return nil }
        return Int64(whole)
    }

    // MARK: XOR

    private static func putXOR(_ values: [UInt64], into writer: inout ByteWriter) {
        writer.putFixed64(values[0])
        var bits = BitWriter()
        var leading = 0
        var width = 0
        for index in 1..<values.count {
            let difference = values[index] ^ values[index - 1]
            if difference == 0 {
                bits.put(0, width: 1, into: &writer)
                continue
            }
            let ownLeading = difference.leadingZeroBitCount
            let trailing = difference.trailingZeroBitCount
            if width > 0 && ownLeading >= leading && trailing >= 64 - leading - width {
                bits.put(0b01, width: 2, into: &writer)
            } else {
                leading = ownLeading
                width = 64 - leading - trailing
                bits.put(0b11, width: 2, into: &writer)
                bits.put(UInt64(leading), width: 6, into: &writer)
                bits.put(UInt64(width - 1), width: 6, into: &writer)
            }
            bits.put(difference &>> UInt64(64 - leading - width), width: width, into: &writer)
        }
        bits.finish(into: &writer)
    }

    private static func takeXOR(
        count: Int,
        from reader: inout ByteReader
    ) throws(ByteReader.Failure) -> [UInt64] {
        var value = try reader.fixed64()
        var values = [value]
        values.reserveCapacity(count)
        var bits = BitReader()
        var leading = 0
        var width = 0
        while values.count < count {
            if try bits.take(width: 1, from: &reader) == 1 {
                if try bits.take(width: 1, from: &reader) == 1 {
                    leading = Int(try bits.take(width: 6, from: &reader))
                    width = Int(try bits.take(width: 6, from: &reader)) + 1
                }
                guard width > 0, leading + width <= 64 else {
                    throw ByteReader.Failure(offset: reader.offset, expected: "a window of at most 64 bits")
                }
                value ^= try bits.take(width: width, from: &reader) &<< UInt64(64 - leading - width)
            }
            values.append(value)
        }
        return values
    }
}
