/// Reads the little JSON that our lines form needs, strictly; anything else throws what was expected.
struct JSONScanner {
    /// What should have stood at a 0-based byte of the line.
    struct Failure: Error {
        var offset: Int
        var expected: String
    }

    /// What stands in `v`.
    enum Value: Hashable {
        case number(Double)
        case flag(Bool)
        case text(String)
        case absent
    }

    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Goes through `{"name":…,…}`; `body` reads each value.
    mutating func object(
        _ body: (_ name: String, _ scanner: inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("{")
        if take("}") { return }
        repeat {
            let name = try text()
            try expect(":")
            try body(name, &self)
        } while take(",")
        try expect("}")
    }

    /// Goes through `[…,…]`; `body` reads each value.
    mutating func array(_ body: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        try expect("[")
        if take("]") { return }
        repeat { try body(&self) } while take(",")
        try expect("]")
    }

    /// Nothing but blanks may follow.
    mutating func end() throws(Failure) {
        skipBlanks()
        if offset < bytes.count { throw fail("the end of the line") }
    }

    /// A whole number of 64 bits.
    mutating func integer() throws(Failure) -> Int64 {
        let start = offset
        let token = number()
        guard let integer = Int64(token) else {
            offset = start
            throw fail("a whole number")
        }
        return integer
    }

    /// `true` or `false`.
    mutating func flag() throws(Failure) -> Bool {
        guard case .flag(let flag) = try value() else { throw fail("true or false") }
        return flag
    }

    /// Number, `{"bits":"…"}`, text, `true`, `false` or `null`.
    mutating func value() throws(Failure) -> Value {
        skipBlanks()
        guard offset < bytes.count else { throw fail("a value") }
        switch bytes[offset] {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "{"): return .number(try bits())
        case UInt8(ascii: "t"):
            try word("true")
            return .flag(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .flag(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .absent
        default:
            let start = offset
            let token = number()
            guard let number = Double(token), number.isFinite else {
                offset = start
                throw fail("a value")
            }
            return .number(number)
        }
    }

    private mutating func bits() throws(Failure) -> Double {
        var found: UInt64?
        try object { (name, scanner) throws(Failure) in
            let digits = try scanner.text()
            if name == "bits" && digits.utf8.count == 16 { found = UInt64(digits, radix: 16) }
        }
        guard let found else { throw fail("16 hexadecimal digits under “bits”") }
        return Double(bitPattern: found)
    }

    /// The characters of a number, whatever they say.
    private mutating func number() -> String {
        skipBlanks()
        let start = offset
        while offset < bytes.count, JSONScanner.isNumeric(bytes[offset]) { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    // MARK: Texts

    /// A text in quotes.
    mutating func text() throws(Failure) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let checked = String(validating: text, as: UTF8.self) else { throw fail("UTF-8") }
                return checked
            case UInt8(ascii: "\\"): try escape(into: &text)
            default: text.append(byte)
            }
        }
        throw fail("a closing quote")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard offset < bytes.count else { throw fail("a closing quote") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard offset + 4 <= bytes.count,
                let code = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw fail("four hexadecimal digits of one character") }
            offset += 4
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw fail("an escape of JSON")
        }
    }

    // MARK: Small steps

    private mutating func skipBlanks() {
        while offset < bytes.count, [0x20, 0x09, 0x0D].contains(bytes[offset]) { offset += 1 }
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: sign) else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ sign: Unicode.Scalar) throws(Failure) {
        if !take(sign) { throw fail("“\(sign)”") }
    }

    private mutating func word(_ word: String) throws(Failure) {
        for byte in word.utf8 {
            guard offset < bytes.count, bytes[offset] == byte else { throw fail("“\(word)”") }
            offset += 1
        }
    }

    private func fail(_ expected: String) -> Failure {
        Failure(offset: offset, expected: expected)
    }
}
