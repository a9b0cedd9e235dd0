import Disclosure
import Testing

struct IdentifierVector: Decodable, CustomTestStringConvertible {
    let kind: String
    let value: String
    let valid: Bool

    var testDescription: String { "\(kind) \(value)" }
}

private struct IdentifierVectors: Decodable {
    let vectors: [IdentifierVector]
}

@Suite("Identifiers are checked")
struct IdentifierTests {
    private static let cases: IdentifierVectors = PolicyVectors.read("id_vectors.json")

    @Test("a check digit is right or wrong", arguments: cases.vectors)
    func vectors(_ vector: IdentifierVector) throws {
        let kind = try #require(Identifier(rawValue: vector.kind))
        #expect(kind.accepts(vector.value) == vector.valid)
    }

    @Test(
        "forms without a check digit",
        arguments: [
            (.bpn, "BPNL1234567890ZZ", true), (.bpn, "BPNX1234567890ZZ", false),
            (.bpn, "BPNL1234567890Z", false),
            (.uuid, "0e9f3b1a-52c4-4e5f-8a2b-0123456789ab", true),
            (.uuid, "0e9f3b1a52c44e5f8a2b0123456789ab", false),
            (.eclass, "0173-1#01-AKJ975#017", true), (.eclass, "0173-1#01-akj975#017", false),
            (.unspsc, "31161504", true), (.unspsc, "3116150", false), (.duns, "123456789", true),
            (.partner, "buyer-1", true), (.partner, "-buyer", false), (.partner, "b", false),
            (.partner, "買い手", false), (.gtin, "22088529", true), (.gtin, "2208852", false),
        ] as [(Identifier, String, Bool)]
    )
    func forms(kind: Identifier, text: String, isValid: Bool) {
        #expect(kind.accepts(text) == isValid)
    }

    @Test("nothing is accepted with something around it, however long", arguments: Identifier.allCases)
    func hostile(kind: Identifier) {
        for text in ["", " ", "\0", "+", "٣", String(repeating: "0", count: 100_000), "７０００012050002"] {
            #expect(!kind.accepts(text))
        }
    }
}
