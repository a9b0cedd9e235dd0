import Testing

@testable import Intake

/// Short texts are read eight bytes at once: as slowly as can be said, the same comes out.
@Suite struct DecimalTextTests {
    /// A sign, digits with at most one point and at least one digit; an exponent is not looked for.
    private func slowly(_ text: [UInt8]) -> DecimalText? {
        var (number, rest) = (DecimalText(), text[...])
        if let sign = rest.first, "+-".utf8.contains(sign) {
            number.isNegative = rest.removeFirst() == UInt8(ascii: "-")
        }
        let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts.joined().isEmpty else { return nil }
        for byte in parts.joined() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number.digits = number.digits * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        number.exponent = parts.count == 2 ? -Int32(parts[1].count) : 0
        return number
    }

    @Test("all texts of up to six of some bytes")
    func alphabet() {
        let bytes = Array("059+-./:".utf8)
        for count in 1...6 {
            for number in 0..<1 << (3 * count) {
                let text = (0..<count).map { bytes[number >> (3 * $0) & 7] }
                guard DecimalText(text.span) != slowly(text) else { continue }
                Issue.record("\(String(decoding: text, as: UTF8.self)) is read otherwise")
            }
        }
    }

    @Test("any byte at any place of any length", arguments: 1...8)
    func anyByte(count: Int) {
        for place in 0..<count {
            for byte in UInt8.min ... .max where byte | 0x20 != UInt8(ascii: "e") {
                var text = Array("98765432".utf8.prefix(count))
                text[place] = byte
                #expect(DecimalText(text.span) == slowly(text), "\(byte) at \(place) of \(count)")
            }
        }
    }

    @Test(
        "an exponent is read as well in a short text",
        arguments: [
            ("1e3", 1, 3), ("-1.5E-3", 15, -4), ("1e", nil, 0), ("e3", nil, 0), ("1e+0", 1, 0),
            (".5e1", 5, 0),
        ] as [(String, UInt64?, Int32)]
    )
    func exponent(text: String, digits: UInt64?, exponent: Int32) {
        let number = DecimalText(Array(text.utf8).span)
        #expect(number?.digits == digits)
        if let number { #expect(number.exponent == exponent) }
    }
}
