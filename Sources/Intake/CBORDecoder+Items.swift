extension Document {
    /// The number whose digits end the arena.
    fileprivate func arenaNumber(from start: Int) -> DecimalText? {
        DecimalText(arena.span.extracting(start..<arena.count))
    }
}

/// Heads, strings and floats.
extension CBORReader {
    /// Reads an item's first byte and its argument, which may also be a float's bits.
    mutating func head(_ document: Document) throws(DecodeFailure) -> Head {
        let start = position
        guard position < end else { throw failure(position, "the bytes end where an item is due") }
        let byte = document.bytes[position]
        let short = byte & 0x1F
        position += 1
        if short < 24 { return Head(start: start, major: byte >> 5, short: short, argument: UInt64(short)) }
        if short < 28 {
            let count = 1 << Int(short - 24)
            guard end - position >= count else { throw failure(position, "the bytes end inside an item") }
            var argument: UInt64 = 0
            for _ in 0..<count {
                argument = argument << 8 | UInt64(document.bytes[position])
                position += 1
            }
            return Head(start: start, major: byte >> 5, short: short, argument: argument)
        }
        // Lists, maps, strings and the break itself may be of indefinite length; whole numbers and tags not.
        guard short == 31, ![0, 1, 6].contains(byte >> 5) else {
            throw failure(start, "no item begins with this byte")
        }
        return Head(start: start, major: byte >> 5, short: short, argument: 0)
    }

    /// Where the bytes of a string lie; pieces are put together in the arena.
    private mutating func run(_ head: Head, _ document: inout Document) throws(DecodeFailure) -> ByteRange {
        guard head.isIndefinite else { return try piece(head, document) }
        let start = document.arena.count
        while true {
            guard position < end else { throw failure(position, "the bytes end inside a string") }
            if document.bytes[position] == 0xFF { break }
            let next = try self.head(document)
            guard next.major == head.major, !next.isIndefinite else {
                throw failure(next.start, "a string's pieces are strings of its kind")
            }
            let range = try piece(next, document)
            if head.major == 3 { try checkText(range, document) }
            document.arena.append(contentsOf: document.bytes[range.indices])
        }
        position += 1
        return written(from: start, document)
    }

    private mutating func piece(_ head: Head, _ document: Document) throws(DecodeFailure) -> ByteRange {
        guard head.argument <= UInt64(end - position) else {
            throw failure(
                head.start,
                "a string of \(head.argument) bytes is announced, and \(end - position) follow"
            )
        }
        let range = ByteRange(start: position, count: Int(head.argument))
        position += range.count
        return range
    }

    private func checkText(_ range: ByteRange, _ document: Document) throws(DecodeFailure) {
        if let byte = document.bytes.span.extracting(range.indices).firstByteThatIsNotUTF8 {
            throw failure(range.start + byte, "not UTF-8")
        }
    }

    mutating func text(_ head: Head, _ document: inout Document) throws(DecodeFailure) -> ByteRange {
        let range = try run(head, &document)
        if !head.isIndefinite { try checkText(range, document) }
        return range
    }

    /// Reads a byte string and writes it as text.
    mutating func byteText(
        _ head: Head,
        _ form: ByteText,
        _ document: inout Document
    ) throws(DecodeFailure) -> ByteRange {
        let range = try run(head, &document)
        let start = document.arena.count
        guard form != .hex else {
            for index in range.indices {
                let byte = byte(index, document)
                document.arena.append(hexDigit: byte >> 4)
                document.arena.append(hexDigit: byte & 0xF)
            }
            return written(from: start, document)
        }
        var index = range.start
        while index < range.end {
            let count = min(3, range.end - index)
            var bits = UInt32(0)
            for offset in 0..<3 {
                bits = bits << 8 | (offset < count ? UInt32(byte(index + offset, document)) : 0)
            }
            for digit in 0...count {
                let value = UInt8(truncatingIfNeeded: bits >> UInt32(18 - 6 * digit)) & 0x3F
                document.arena.append(Self.base64Digit(value, form))
            }
            if form == .base64 {
                document.arena.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - count))
            }
            index += 3
        }
        return written(from: start, document)
    }

    private static func base64Digit(_ value: UInt8, _ form: ByteText) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: form == .base64 ? UInt8(ascii: "+") : UInt8(ascii: "-")
        default: form == .base64 ? UInt8(ascii: "/") : UInt8(ascii: "_")
        }
    }

    /// A byte of the payload, or of the arena behind it.
    private func byte(_ index: Int, _ document: Document) -> UInt8 {
        index < end ? document.bytes[index] : document.arena[index - end]
    }

    // MARK: Numbers

    /// Writes a whole number: of major type 1 it is −1 − argument.
    func digits(_ head: Head, _ document: inout Document) -> ByteRange {
        let start = document.arena.count
        if head.major == 0 {
            document.arena.append(decimal: head.argument)
        } else {
            document.arena.append(UInt8(ascii: "-"))
            let (size, overflow) = head.argument.addingReportingOverflow(1)
            if overflow {
                document.arena.append(contentsOf: "18446744073709551616".utf8)
            } else {
                document.arena.append(decimal: size)
            }
        }
        return written(from: start, document)
    }

    /// The value of a half, a single or a double.
    static func float(_ head: Head) -> Double {
        switch head.short {
        case 25:
            let bits = head.argument
            let sign = bits >> 15 == 0 ? 1.0 : -1.0
            let exponent = Int(bits >> 10 & 0x1F)
            let fraction = Double(bits & 0x3FF)
            if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
            if exponent == 0 { return sign * fraction * 0x1p-24 }
            return sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
        case 26: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument)))
        default: return Double(bitPattern: head.argument)
        }
    }

    /// Bytes of a bignum that are read; more are beyond what a double holds, and become an infinity.
    private static let bignumBytesMax = 128

    /// Reads the byte string behind tag 2 or 3.
    mutating func bignum(_ isNegative: Bool, _ document: inout Document) throws(DecodeFailure) -> ByteRange {
        let head = try head(document)
        guard head.major == 2 else { throw failure(head.start, "a bignum (tags 2 and 3) is a byte string") }
        var range = try run(head, &document)
        while range.count > 0, byte(range.start, document) == 0 {
            range = ByteRange(start: range.start + 1, count: range.count - 1)
        }
        let start = document.arena.count
        if isNegative { document.arena.append(UInt8(ascii: "-")) }
        guard range.count <= Self.bignumBytesMax else {
            document.arena.append(contentsOf: "Infinity".utf8)
            return written(from: start, document)
        }
        var size: [UInt8] = range.indices.map { byte($0, document) }
        // Of tag 3 it is −1 − n.
        if isNegative {
            var index = size.count - 1
            while index >= 0, size[index] == 0xFF {
                size[index] = 0
                index -= 1
            }
            if index >= 0 { size[index] += 1 } else { size.insert(1, at: 0) }
        }
        let first = document.arena.count
        while size.contains(where: { $0 != 0 }) {
            var rest = 0
            for index in size.indices {
                rest = rest << 8 | Int(size[index])
                size[index] = UInt8(rest / 10)
                rest %= 10
            }
            document.arena.append(0x30 + UInt8(rest))
        }
        if document.arena.count == first { document.arena.append(0x30) }
        document.arena.reverseTail(from: first)
        return written(from: start, document)
    }

    /// Reads the list behind tag 4 (mantissa × 10^exponent) or 5 (mantissa × 2^exponent).
    mutating func fraction(
        isBinary: Bool,
        _ document: inout Document
    ) throws(DecodeFailure) -> ByteRange {
        let list = try head(document)
        let power = try head(document)
        guard list.major == 4, list.isIndefinite || list.argument == 2, power.major < 2 else {
            throw failure(list.start, "a fraction (tags 4 and 5) is a list of an exponent and a mantissa")
        }
        // Far outside of what a double holds, either way.
        let size = Int(min(power.argument, isBinary ? 10_000 : 99_999_999))
        let exponent = power.major == 0 ? size : -1 - size
        let head = try head(document)
        var digits: ByteRange
        switch (head.major, head.argument) {
        case (0, _), (1, _): digits = self.digits(head, &document)
        case (6, 2), (6, 3): digits = try bignum(head.argument == 3, &document)
        default: throw failure(head.start, "a fraction's mantissa is a whole number")
        }
        if list.isIndefinite {
            guard position < end, document.bytes[position] == 0xFF else {
                throw failure(position, "a fraction has two parts")
            }
            position += 1
        }
        let start = digits.start - end
        guard let mantissa = document.arenaNumber(from: start) else { return digits }
        if isBinary {
            let value = Double(sign: .plus, exponent: exponent, significand: mantissa.double)
            document.arena.removeLast(document.arena.count - start)
            document.arena.append(shortest: value)
        } else {
            let isNegative = document.arena[start] == UInt8(ascii: "-")
            document.arena.placePoint(from: isNegative ? start + 1 : start, exponent: exponent)
        }
        digits = written(from: start, document)
        return digits
    }
}
