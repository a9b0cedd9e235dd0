/// A JSON text that was read: signatures' headers, key sets, lines of the audit log. For small and cold texts.
///
/// Strict: RFC 8259, no member twice, nothing behind it.
indirect enum JSONValue: Hashable, Sendable {
    case null
    case flag(Bool)
    /// As written.
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// Deeper texts are refused.
    private static let depthMax = 16

    /// - Returns: nil for what is no JSON.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
        self = value
    }

    var string: String? { if case .text(let text) = self { text } else { nil } }
    var list: [JSONValue]? { if case .list(let values) = self { values } else { nil } }
    var members: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }

    /// A whole number of 64 bits.
    var whole: UInt64? { if case .number(let digits) = self { UInt64(digits) } else { nil } }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        var isAtEnd: Bool {
            mutating get {
                skipBlanks()
                return place == bytes.count
            }
        }

        mutating func value(depth: Int) -> JSONValue? {
            guard depth < JSONValue.depthMax else { return nil }
            skipBlanks()
            guard place < bytes.count else { return nil }
            switch bytes[place] {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return list(depth)
            case UInt8(ascii: "\""): return text().map { .text($0) }
            case UInt8(ascii: "t"): return takes("true") ? .flag(true) : nil
            case UInt8(ascii: "f"): return takes("false") ? .flag(false) : nil
            case UInt8(ascii: "n"): return takes("null") ? .null : nil
            default: return number()
            }
        }

        private mutating func object(_ depth: Int) -> JSONValue? {
            var members: [String: JSONValue] = [:]
            place += 1
            if takes("}") { return .object(members) }
            repeat {
                skipBlanks()
                guard let name = text(), takes(":"), let value = value(depth: depth + 1),
                    members.updateValue(value, forKey: name) == nil
                else { return nil }
            } while takes(",")
            return takes("}") ? .object(members) : nil
        }

        private mutating func list(_ depth: Int) -> JSONValue? {
            var values: [JSONValue] = []
            place += 1
            if takes("]") { return .list(values) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
            } while takes(",")
            return takes("]") ? .list(values) : nil
        }

        /// As the grammar has it: no +, no leading 0, no bare point.
        private mutating func number() -> JSONValue? {
            let start = place
            skip(UInt8(ascii: "-"))
            let hasLeadingZero = place < bytes.count && bytes[place] == UInt8(ascii: "0")
            guard let whole = skipDigits(), whole == 1 || !hasLeadingZero else { return nil }
            if skip(UInt8(ascii: ".")), skipDigits() == nil { return nil }
            if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
                if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
                guard skipDigits() != nil else { return nil }
            }
            return .number(String(decoding: bytes[start..<place], as: UTF8.self))
        }

        /// How many digits were stepped over; nil when there is none.
        private mutating func skipDigits() -> Int? {
            let start = place
            while place < bytes.count, (48...57).contains(bytes[place]) { place += 1 }
            return place > start ? place - start : nil
        }

        @discardableResult
        private mutating func skip(_ byte: UInt8) -> Bool {
            guard place < bytes.count, bytes[place] == byte else { return false }
            place += 1
            return true
        }

        private mutating func text() -> String? {
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
            place += 1
            var units: [UInt8] = []
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                if byte == UInt8(ascii: "\"") { return String(validating: units, as: UTF8.self) }
                guard byte >= 0x20 else { return nil }
                guard byte == UInt8(ascii: "\\") else {
                    units.append(byte)
                    continue
                }
                guard let scalar = escape() else { return nil }
                units += Array(String(Character(scalar)).utf8)
            }
            return nil
        }

        private mutating func escape() -> Unicode.Scalar? {
            guard place < bytes.count else { return nil }
            place += 1
            switch bytes[place - 1] {
            case UInt8(ascii: "\""): return "\""
            case UInt8(ascii: "\\"): return "\\"
            case UInt8(ascii: "/"): return "/"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"):
                guard let high = hex() else { return nil }
                guard 0xD800..<0xDC00 ~= high else { return Unicode.Scalar(high) }
                guard takes("\\u"), let low = hex(), 0xDC00..<0xE000 ~= low else { return nil }
                return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
            default: return nil
            }
        }

        private mutating func hex() -> UInt32? {
            guard place + 4 <= bytes.count else { return nil }
            defer { place += 4 }
            let digits = String(decoding: bytes[place..<place + 4], as: UTF8.self)
            return digits.contains(where: { !$0.isHexDigit }) ? nil : UInt32(digits, radix: 16)
        }

        /// Steps over a word, blanks before it too.
        private mutating func takes(_ word: StaticString) -> Bool {
            skipBlanks()
            let count = word.utf8CodeUnitCount
            guard place + count <= bytes.count else { return false }
            let isSame = word.withUTF8Buffer { letters in
                unsafe bytes[place..<place + count].elementsEqual(letters)
            }
            if isSame { place += count }
            return isSame
        }

        private mutating func skipBlanks() {
            while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
        }
    }
}
