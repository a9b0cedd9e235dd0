/// Writes JSON as text, members in the order given: a partner's diff and a signature see the same bytes each time.
///
/// Numbers are written with the shortest digits that read back to the same double; whole ones without a fraction.
struct JSONText {
    /// UTF-8.
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func object(_ members: (inout JSONText) -> Void) {
        nest("{", "}", members)
    }

    mutating func array(_ elements: (inout JSONText) -> Void) {
        nest("[", "]", elements)
    }

    mutating func key(_ name: String) {
        separate()
        quote(name)
        write(":")
        needsComma = false
    }

    /// A key and its text.
    mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// A value that is JSON already.
    mutating func document(_ json: String) {
        separate()
        write(json)
        needsComma = true
    }

    mutating func string(_ value: String) {
        separate()
        quote(value)
        needsComma = true
    }

    mutating func number(_ value: Double) {
        precondition(value.isFinite, "JSON has no number that is not finite")
        separate()
        if value == value.rounded(), value.magnitude < 9_007_199_254_740_992 {
            write(String(Int64(value)))
        } else {
            write("\(value)")
        }
        needsComma = true
    }

    mutating func number(_ value: Int64) {
        separate()
        write(String(value))
        needsComma = true
    }

    mutating func bool(_ value: Bool) {
        separate()
        write(value ? "true" : "false")
        needsComma = true
    }

    mutating func null() {
        separate()
        write("null")
        needsComma = true
    }

    private mutating func nest(_ open: String, _ close: String, _ inside: (inout JSONText) -> Void) {
        separate()
        write(open)
        needsComma = false
        inside(&self)
        write(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func write(_ words: String) {
        bytes.append(contentsOf: words.utf8)
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        let start = bytes.count
        write(value)
        if bytes[start...].allSatisfy(JSONText.isPlain) { return }
        bytes.removeSubrange(start...)
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": write("\\\"")
            case "\\": write("\\\\")
            case "\n": write("\\n")
            case "\r": write("\\r")
            case "\t": write("\\t")
            case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                write("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: write(String(Character(scalar)))
            }
        }
    }

    /// Whether a byte stands for itself, and is in no scalar that has to be written otherwise.
    private static func isPlain(_ byte: UInt8) -> Bool {
        // U+2028 and U+2029 begin with E2.
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != 0x7F
            && byte != 0xE2
    }
}
