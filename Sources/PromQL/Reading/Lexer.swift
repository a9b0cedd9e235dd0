/// Cuts a query into words.
///
/// Beyond Prometheus a name may have letters of any script (`温度`), and the blanks that Japanese keyboards write are
/// blanks.
struct Lexer {
    private let text: [Unicode.Scalar]
    private var place = 0

    init(_ text: [Unicode.Scalar]) {
        self.text = text
    }

    private var next: Unicode.Scalar? { place < text.count ? text[place] : nil }

    /// All words; the last one is the end.
    mutating func tokens() throws(PromFailure) -> [Token] {
        var tokens: [Token] = []
        repeat { tokens.append(try token()) } while tokens[tokens.count - 1].kind != .end
        return tokens
    }

    private mutating func token() throws(PromFailure) -> Token {
        skipBlanks()
        let start = place
        guard let next else { return Token(kind: .end, place: start) }
        if Lexer.isDigit(next) || (next == "." && place + 1 < text.count && Lexer.isDigit(text[place + 1])) {
            return Token(kind: try number(), place: start)
        }
        if Lexer.isLetter(next) {
            while let next = self.next, Lexer.isLetter(next) || Lexer.isDigit(next) { place += 1 }
            return Token(kind: .name(string(start..<place)), place: start)
        }
        if next == "\"" || next == "'" || next == "`" {
            return Token(kind: .text(try quoted(next)), place: start)
        }
        for sign in Lexer.signs where text[place...].starts(with: sign.unicodeScalars) {
            place += sign.unicodeScalars.count
            return Token(kind: .sign(sign), place: start)
        }
        throw failure(start, "“\(next)” means nothing here; \(Lexer.hint(next))")
    }

    /// Longer ones first.
    private static let signs = [
        "==", "!=", "<=", ">=", "=~", "!~", "+", "-", "*", "/", "%", "^", "<", ">", "=", "(", ")", "{", "}",
        "[", "]",
        ",", "@",
    ]

    private static func hint(_ found: Unicode.Scalar) -> String {
        // Full-width forms lie this far above ASCII.
        if (0xFF01...0xFF5E).contains(found.value), let plain = Unicode.Scalar(found.value - 0xFEE0) {
            return "write the half-width “\(plain)”"
        }
        return "a metric whose name has it is written {__name__=\"…\"}"
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// What a name may begin with.
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_", ":": true
        default: scalar.value >= 0x80 && scalar.properties.isAlphabetic && !(0xFF01...0xFF5E ~= scalar.value)
        }
    }

    private func string(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(text[range]))
    }

    func failure(_ place: Int, _ message: String) -> PromFailure {
        .unreadable(PromFailure.Place(of: place, in: text), message)
    }

    /// Blanks, and comments to the end of their line.
    private mutating func skipBlanks() {
        while let next {
            if next == "#" {
                while let next = self.next, next != "\n" { place += 1 }
            } else if next.properties.isWhitespace {
                place += 1
            } else {
                return
            }
        }
    }

    // MARK: Numbers

    /// A number, or a duration: digits with a unit behind them.
    private mutating func number() throws(PromFailure) -> Token.Kind {
        let start = place
        while let next,
            Lexer.isDigit(next) || (Lexer.isLetter(next) && next != ":") || next == "."
                || isExponentSign(start)
        {
            place += 1
        }
        let word = string(start..<place)
        if let number = Lexer.number(word) { return .number(number) }
        if let ms = DurationText.milliseconds(of: word) { return .duration(ms) }
        throw failure(start, "“\(word)” is neither a number nor a duration such as 5m or 1h30m")
    }

    /// Whether a sign belongs to the number: behind an `e` that is no digit of a hexadecimal one.
    private func isExponentSign(_ start: Int) -> Bool {
        guard next == "+" || next == "-", place > start, text[place - 1] == "e" || text[place - 1] == "E"
        else {
            return false
        }
        return !string(start..<place).lowercased().hasPrefix("0x")
    }

    private static func number(_ word: String) -> Double? {
        let small = word.lowercased()
        if small.hasPrefix("0x") { return UInt64(small.dropFirst(2), radix: 16).map { Double($0) } }
        // As Go and C read it.
        if small.hasPrefix("0"), small.count > 1, let octal = UInt64(small, radix: 8) { return Double(octal) }
        guard small.allSatisfy({ "0123456789.e+-".contains($0) }) else { return nil }
        return Double(small.hasSuffix(".") ? small + "0" : small)
    }

    // MARK: Texts

    private mutating func quoted(_ quote: Unicode.Scalar) throws(PromFailure) -> String {
        let start = place
        place += 1
        var bytes: [UInt8] = []
        while true {
            guard let character = next, character != "\n" || quote == "`" else {
                throw failure(start, "the text that begins here has no closing \(quote)")
            }
            place += 1
            if character == quote { break }
            if character == "\\", quote != "`" {
                try escape(quote, into: &bytes)
            } else {
                bytes += Array(String(character).utf8)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(start, "the text that begins here is no UTF-8")
        }
        return text
    }

    /// What stands behind a backslash, as in Go.
    private mutating func escape(_ quote: Unicode.Scalar, into bytes: inout [UInt8]) throws(PromFailure) {
        let start = place - 1
        guard let letter = next else { throw failure(start, "a text cannot end with a backslash") }
        place += 1
        switch letter {
        case "\\", quote: bytes += Array(String(letter).utf8)
        case "a": bytes.append(0x07)
        case "b": bytes.append(0x08)
        case "f": bytes.append(0x0C)
        case "n": bytes.append(0x0A)
        case "r": bytes.append(0x0D)
        case "t": bytes.append(0x09)
        case "v": bytes.append(0x0B)
        case "x": bytes.append(UInt8(truncatingIfNeeded: try code(2, radix: 16, start)))
        case "u", "U":
            guard let scalar = Unicode.Scalar(try code(letter == "u" ? 4 : 8, radix: 16, start)) else {
                throw failure(start, "no character has this number")
            }
            bytes += Array(String(scalar).utf8)
        case "0"..."7":
            place -= 1
            let code = try code(3, radix: 8, start)
            guard code < 256 else { throw failure(start, "an octal escape goes up to \\377") }
            bytes.append(UInt8(code))
        default: throw failure(start, "“\\\(letter)” is no escape; write \\\\ for a backslash")
        }
    }

    private mutating func code(_ count: Int, radix: Int, _ start: Int) throws(PromFailure) -> UInt32 {
        let end = min(place + count, text.count)
        let digits = string(place..<end)
        guard end == place + count, !digits.hasPrefix("+"), !digits.hasPrefix("-"),
            let code = UInt32(digits, radix: radix)
        else { throw failure(start, "\(count) digits are wanted behind the backslash") }
        place = end
        return code
    }
}
