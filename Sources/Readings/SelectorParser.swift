/// Reads the form with labels.
///
///     selector = metric? "{" (condition ("," condition)* ","?)? "}"
///     condition = label ("=" | "!=" | "=~" | "!~") text
///     label = letters, digits and _ - . / or a text
///     text = "…" or '…' with escapes, or `…` as it stands
struct SelectorParser {
    private let characters: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) {
        characters = Array(text.unicodeScalars)
    }

    private var next: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

    private func expected(_ what: SelectorFailure.Expected, at place: Int? = nil) -> SelectorFailure {
        let place = place ?? position
        let found = place < characters.count ? String(characters[place]) : ""
        return .expected(what, column: place + 1, found: found)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == character else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while let next, next.properties.isWhitespace { position += 1 }
    }

    mutating func parse() throws(SelectorFailure) -> [LabelMatcher] {
        var matchers: [LabelMatcher] = []
        if let metric = try metric() { matchers.append(try matcher(.metric, .equal, metric, at: 0)) }
        guard take("{") else { throw expected(.brace) }
        skipBlanks()
        while !take("}") {
            guard matchers.count < Selector.matchersMax else {
                throw .tooManyMatchers(column: position + 1)
            }
            matchers.append(try condition())
            skipBlanks()
            guard next == "," || next == "}" else { throw expected(.comma) }
            if take(",") { skipBlanks() }
        }
        skipBlanks()
        guard next == nil else { throw expected(.end) }
        return matchers
    }

    /// What stands before the brace, without the blanks around it; nil when nothing does.
    private mutating func metric() throws(SelectorFailure) -> String? {
        skipBlanks()
        var name = String.UnicodeScalarView()
        while let next, next != "{" {
            guard next != "*", next != "?" else { throw expected(.metric) }
            name.append(next)
            position += 1
        }
        while let last = name.last, last.properties.isWhitespace { name.removeLast() }
        return name.isEmpty ? nil : String(name)
    }

    private mutating func condition() throws(SelectorFailure) -> LabelMatcher {
        let label = Label(name: try name())
        skipBlanks()
        let operation = try operation()
        skipBlanks()
        let start = position
        guard let text = try text() else { throw expected(.text) }
        return try matcher(label, operation, text, at: start)
    }

    private func matcher(
        _ label: Label,
        _ operation: LabelMatcher.Operation,
        _ text: String,
        at start: Int
    ) throws(SelectorFailure) -> LabelMatcher {
        do throws(RegexFailure) {
            return try LabelMatcher(label, operation, text)
        } catch {
            throw .regex(error, column: start + 1)
        }
    }

    private mutating func name() throws(SelectorFailure) -> String {
        let start = position
        if let text = try text() {
            guard !text.isEmpty else { throw expected(.label, at: start) }
            return text
        }
        var name = String.UnicodeScalarView()
        while let next, SelectorParser.isNamePart(next) {
            name.append(next)
            position += 1
        }
        guard !name.isEmpty else { throw expected(.label) }
        return String(name)
    }

    private static func isNamePart(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "_", "-", ".", "/": true
        default:
            switch character.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                .nonspacingMark, .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
                true
            default: false
            }
        }
    }

    private mutating func operation() throws(SelectorFailure) -> LabelMatcher.Operation {
        let start = position
        if take("=") { return take("~") ? .matches : .equal }
        if take("!") {
            if take("=") { return .notEqual }
            if take("~") { return .matchesNot }
        }
        throw expected(.operation, at: start)
    }

    /// A text in one of the three kinds of quotes; nil when none begins here.
    private mutating func text() throws(SelectorFailure) -> String? {
        guard let quote = next, quote == "\"" || quote == "'" || quote == "`" else { return nil }
        let start = position
        position += 1
        var bytes: [UInt8] = []
        while true {
            guard let character = next else { throw expected(.closingQuote) }
            if character == "\n", quote != "`" { throw expected(.closingQuote) }
            position += 1
            if character == quote { break }
            if character == "\\", quote != "`" {
                try escape(quote, into: &bytes)
            } else {
                bytes += Array(String(character).utf8)
            }
        }
        // \xE6\x9D\xBC is a way to write 杼; half of it is not.
        guard let text = String(validating: bytes, as: UTF8.self) else { throw expected(.unicode, at: start) }
        return text
    }

    /// What stands behind a backslash, as in Go and PromQL.
    private mutating func escape(_ quote: Unicode.Scalar, into bytes: inout [UInt8]) throws(SelectorFailure) {
        let start = position - 1
        guard let character = next else { throw expected(.closingQuote) }
        position += 1
        switch character {
        case "a": bytes.append(0x07)
        case "b": bytes.append(0x08)
        case "f": bytes.append(0x0C)
        case "n": bytes.append(0x0A)
        case "r": bytes.append(0x0D)
        case "t": bytes.append(0x09)
        case "v": bytes.append(0x0B)
        case "\\", quote: bytes.append(UInt8(truncatingIfNeeded: character.value))
        case "0"..."7":
            position -= 1
            guard let code = digits(3, radix: 8), code < 256 else { throw expected(.escape, at: start) }
            bytes.append(UInt8(code))
        case "x":
            guard let code = digits(2, radix: 16) else { throw expected(.escape, at: start) }
            bytes.append(UInt8(code))
        case "u", "U":
            guard let code = digits(character == "u" ? 4 : 8, radix: 16), let scalar = Unicode.Scalar(code)
            else {
                throw expected(.escape, at: start)
            }
            bytes += Array(String(scalar).utf8)
        default: throw expected(.escape, at: start)
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32) -> UInt32? {
        var code: UInt32 = 0
        for _ in 0..<count {
            guard let next, next.isASCII, let digit = Character(next).hexDigitValue, digit < Int(radix) else {
                return nil
            }
            code = code &* radix &+ UInt32(digit)
            position += 1
        }
        return code
    }
}
