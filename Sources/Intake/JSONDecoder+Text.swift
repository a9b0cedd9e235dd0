/// The lexical part: blanks, words, digits, and texts with their escapes.
extension JSONDecoder {
    /// Where the text goes on from `start`.
    @inline(__always)
    static func skipBlanks(_ text: Span<UInt8>, _ start: Int) -> Int {
        // Most machines write none.
        if start < text.count, text[start] > 0x20 { return start }
        return blanksEnd(text, start)
    }

    private static func blanksEnd(_ text: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        while position < text.count {
            let byte = text[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            position += 1
        }
        return position
    }

    static func expect(
        _ word: StaticString,
        _ text: Span<UInt8>,
        _ position: inout Int
    ) throws(DecodeFailure) {
        let count = word.utf8CodeUnitCount
        let end = position + count
        if end <= text.count {
            let isSame = word.withUTF8Buffer { letters in
                for index in 0..<count {
                    if unsafe text[position + index] != letters[index] { return false }
                }
                return true
            }
            if isSame {
                position = end
                return
            }
        }
        throw failure(position, "expected \(word)")
    }

    /// Passes over a number; its digits are read when it is wanted.
    static func skipNumber(_ text: Span<UInt8>, _ position: inout Int) throws(DecodeFailure) {
        let start = position
        if text[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        skipDigits(text, &position)
        guard position > first else {
            throw failure(start, position > start ? "a minus without digits" : "expected a value")
        }
        guard text[first] != UInt8(ascii: "0") || position == first + 1 else {
            throw failure(first, "a number may not begin with 0")
        }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            let fraction = position
            skipDigits(text, &position)
            guard position > fraction else { throw failure(position, "expected digits after the point") }
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < text.count,
                text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            let exponent = position
            skipDigits(text, &position)
            guard position > exponent else { throw failure(position, "expected digits of an exponent") }
        }
    }

    private static func skipDigits(_ text: Span<UInt8>, _ position: inout Int) {
        while position < text.count, text[position].isDigit { position += 1 }
    }

    /// Reads a text in quotes; one with escapes goes into `arena`, whose first byte will stand behind the
    /// payload.
    static func readText(
        _ text: Span<UInt8>,
        _ position: inout Int,
        _ arena: inout [UInt8]
    ) throws(DecodeFailure) -> ByteRange {
        let start = position + 1
        position = plainEnd(text, start)
        guard position < text.count else { throw failure(start - 1, "a text without its closing quote") }
        if text[position] == UInt8(ascii: "\"") {
            position += 1
            return ByteRange(start: start, count: position - 1 - start)
        }
        return try readEscaped(text, from: start, &position, &arena)
    }

    /// Where the first quote, backslash or control character stands from `start` on, else the end.
    private static func plainEnd(_ text: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        // Eight at a time. A borrow may mark bytes above one that is rightly marked, and the lowest is asked for.
        let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        while text.count - position >= 8 {
            let run = text.eight(at: position)
            let (quotes, slashes) = (run ^ (ones &* 0x22), run ^ (ones &* 0x5C))
            let controls = (run &- (ones &* 0x20)) & ~run
            let found = ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes | controls) & tops
            if found != 0 { return position + found.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < text.count, text[position] >= 0x20, text[position] != UInt8(ascii: "\""),
            text[position] != UInt8(ascii: "\\")
        {
            position += 1
        }
        return position
    }

    private static func readEscaped(
        _ text: Span<UInt8>,
        from start: Int,
        _ position: inout Int,
        _ arena: inout [UInt8]
    ) throws(DecodeFailure) -> ByteRange {
        let arenaStart = arena.count
        arena.append(copying: text.extracting(start..<position))
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return ByteRange(start: text.count + arenaStart, count: arena.count - arenaStart)
            }
            if byte == UInt8(ascii: "\\") {
                try readEscape(text, &position, &arena)
            } else {
                guard byte >= 0x20 else { throw failure(position, "a control character inside a text") }
                arena.append(byte)
                position += 1
            }
        }
        throw failure(start - 1, "a text without its closing quote")
    }

    private static func readEscape(
        _ text: Span<UInt8>,
        _ position: inout Int,
        _ arena: inout [UInt8]
    ) throws(DecodeFailure) {
        guard position + 1 < text.count else { throw failure(position, "the text ends inside an escape") }
        let code = text[position + 1]
        switch code {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): arena.append(code)
        case UInt8(ascii: "b"): arena.append(0x08)
        case UInt8(ascii: "f"): arena.append(0x0C)
        case UInt8(ascii: "n"): arena.append(0x0A)
        case UInt8(ascii: "r"): arena.append(0x0D)
        case UInt8(ascii: "t"): arena.append(0x09)
        case UInt8(ascii: "u"):
            try readUnicode(text, &position, &arena)
            return
        default: throw failure(position, "an escape that JSON does not know")
        }
        position += 2
    }

    private static func readUnicode(
        _ text: Span<UInt8>,
        _ position: inout Int,
        _ arena: inout [UInt8]
    ) throws(DecodeFailure) {
        let start = position
        var code = try readHex(text, &position)
        if code >= 0xDC00 && code <= 0xDFFF { throw failure(start, "a lone surrogate") }
        if code >= 0xD800 && code <= 0xDBFF {
            guard position + 1 < text.count, text[position] == UInt8(ascii: "\\"),
                text[position + 1] == UInt8(ascii: "u")
            else { throw failure(start, "a lone surrogate") }
            let low = try readHex(text, &position)
            guard low >= 0xDC00 && low <= 0xDFFF else { throw failure(start, "a lone surrogate") }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure(start, "no character of Unicode") }
        arena.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// Reads the four digits of `\uXXXX`.
    private static func readHex(_ text: Span<UInt8>, _ position: inout Int) throws(DecodeFailure) -> UInt32 {
        guard position + 6 <= text.count else { throw failure(position, "an escape needs four hex digits") }
        var code: UInt32 = 0
        for index in position + 2..<position + 6 {
            let byte = text[index]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: throw failure(index, "an escape needs four hex digits")
            }
            code = code << 4 | UInt32(digit)
        }
        position += 6
        return code
    }
}
