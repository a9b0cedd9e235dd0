/// HTML that is safe by its type: what stands in the code is taken as it is, what is put into it is escaped.
///
///     let row: Markup = "<td>\(name)"        name may hold anything
///
/// Only another ``Markup`` goes in unescaped. There is no other way from a text to a page.
struct Markup: Hashable, Sendable, ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral text: String) {
        self.text = text
    }

    init(stringInterpolation pieces: StringInterpolation) {
        text = pieces.text
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
        mutating func appendInterpolation(_ parts: [Markup]) { for part in parts { text += part.text } }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        mutating func appendInterpolation(_ number: Int64) { text += String(number) }
        mutating func appendInterpolation(_ value: some StringProtocol) { text += Markup.escaped(value) }
        /// A value behind the `=` of a query.
        mutating func appendInterpolation(query value: String) { text += WebWords.escaped(value) }
    }

    static func += (left: inout Markup, right: Markup) { left.text += right.text }

    /// A text of this program's own files.
    static func trusted(_ text: String) -> Markup { Markup(stringLiteral: text) }

    private static func escaped(_ value: some StringProtocol) -> String {
        let isPlain = value.utf8.allSatisfy {
            $0 >= 0x20 && $0 != 0x26 && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 && $0 != 0x27
        }
        if isPlain { return String(value) }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\n", "\t": text.unicodeScalars.append(scalar)
            default: text.unicodeScalars.append(scalar.value < 0x20 ? "\u{FFFD}" : scalar)
            }
        }
        return text
    }
}

/// Words of an address or a form: `name=value&…`, percent-encoded.
enum WebWords {
    /// More words than this are not read.
    private static let wordsMax = 64

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    static func escaped(_ value: String) -> String {
        var text = ""
        for byte in value.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || byte == 45 || byte == 46 || byte == 95 || byte == 126
            if isPlain {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }

    /// The words by their names; of several of one name the last. Nil when it is no form: too many words, bad escapes,
    /// bytes that are no UTF-8.
    static func words(_ text: String) -> [String: String]? {
        var words: [String: String] = [:]
        for (count, pair) in text.utf8.split(separator: UInt8(ascii: "&")).enumerated() {
            let parts = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard count < wordsMax, let name = plain(parts[0]),
                let value = plain(parts.count > 1 ? parts[1] : "".utf8[...])
            else { return nil }
            words[name] = value
        }
        return words
    }

    private static func plain(_ bytes: some Collection<UInt8>) -> String? {
        var plain: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): plain.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let digits = String(validating: rest.prefix(2), as: UTF8.self),
                    digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16)
                else { return nil }
                plain.append(value)
                rest = rest.dropFirst(2)
            default: plain.append(byte)
            }
        }
        return String(validating: plain, as: UTF8.self)
    }
}
