/// Base 64 in the alphabet of URLs, without padding: RFC 4648, section 5. One text for one run of bytes.
enum Base64URL {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
    )

    static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: ascii(bytes), as: UTF8.self)
    }

    /// The same as bytes.
    static func ascii(_ bytes: [UInt8]) -> [UInt8] {
        let whole = bytes.count / 3 * 3
        let rest = bytes.count - whole
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        for index in stride(from: 0, to: whole, by: 3) {
            let bits = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            text.append(letters[bits >> 18])
            text.append(letters[bits >> 12 & 63])
            text.append(letters[bits >> 6 & 63])
            text.append(letters[bits & 63])
        }
        if rest == 0 { return text }
        let bits = Int(bytes[whole]) << 16 | (rest == 2 ? Int(bytes[whole + 1]) << 8 : 0)
        text.append(letters[bits >> 18])
        text.append(letters[bits >> 12 & 63])
        if rest == 2 { text.append(letters[bits >> 6 & 63]) }
        return text
    }

    /// - Returns: nil for padding, for letters of another alphabet, and where bits are left over.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        for letter in text.utf8 {
            let value: UInt8
            switch letter {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = letter - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = letter - 97 + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = letter - 48 + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            pending = pending << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
                pending &= (1 << bits) - 1
            }
        }
        return bits < 6 && pending == 0 ? bytes : nil
    }
}
