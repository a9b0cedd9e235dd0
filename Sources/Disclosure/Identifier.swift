/// Numbers that firms, places and articles are known by, each with its check.
///
/// Only ASCII is accepted, and nothing around it: whoever reads what people typed folds and trims before.
public enum Identifier: String, Hashable, Sendable, CaseIterable {
    /// Japanese corporate number: 13 digits, the first the check digit.
    case houjin
    /// Japanese invoice number: `T` and 13 digits, checked as a corporate number.
    case invoice = "invoice_t"
    case gtin8, gtin12, gtin13, gtin14
    /// A GTIN of any length.
    case gtin
    /// Global location number.
    case gln
    /// Serial shipping container code.
    case sscc
    /// Legal entity identifier, ISO 17442.
    case lei
    /// Business partner number by its form: `BPN`, `L`, `S` or `A`, and 12 letters or digits.
    case bpn
    /// The same by its check characters, which many numbers in use fail.
    case bpnChecksum = "bpn_checksum"
    /// Japanese municipality code with its check digit.
    case municipality = "jp_municipality"
    /// Lower or upper case, with hyphens.
    case uuid
    /// `0173-1#01-AAA000#001`.
    case eclass = "eclass_irdi"
    case unspsc, duns
    /// A partner's id in topics.
    case partner = "partner_slug"

    /// Whether a text is one of these, its check included.
    ///
    /// - Complexity: O(length); texts that are too long are refused at once.
    public func accepts(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= 64 else { return false }
        switch self {
        case .houjin: return Self.isHoujin(bytes[...])
        case .invoice: return bytes.first == UInt8(ascii: "T") && Self.isHoujin(bytes.dropFirst())
        case .gtin8: return Self.isGS1(bytes, [8])
        case .gtin12: return Self.isGS1(bytes, [12])
        case .gtin13, .gln: return Self.isGS1(bytes, [13])
        case .gtin14: return Self.isGS1(bytes, [14])
        case .gtin: return Self.isGS1(bytes, [8, 12, 13, 14])
        case .sscc: return Self.isGS1(bytes, [18])
        case .lei: return Self.isLEI(bytes)
        case .bpn: return Self.isBPN(bytes)
        case .bpnChecksum: return Self.isBPN(bytes) && Self.hasBPNChecksum(bytes)
        case .municipality: return Self.isMunicipality(bytes)
        case .uuid: return Self.fits(bytes, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
        case .eclass: return Self.fits(bytes, "0173-1#99-AAA999#999")
        case .unspsc: return Self.fits(bytes, "99999999")
        case .duns: return Self.fits(bytes, "999999999")
        case .partner: return Self.isPartner(bytes)
        }
    }

    /// The other twelve digits weigh 1 and 2 in turn from the right; the first is 9 less their sum modulo 9.
    private static func isHoujin(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == 13, bytes.allSatisfy(\.isASCIIDigit), let first = bytes.first else {
            return false
        }
        var sum = 0
        for (place, byte) in bytes.dropFirst().reversed().enumerated() {
            sum += Int(byte - 48) * (place % 2 == 0 ? 1 : 2)
        }
        return Int(first - 48) == 9 - sum % 9
    }

    /// Weights 3 and 1 in turn, from the digit left of the check digit.
    private static func isGS1(_ bytes: [UInt8], _ counts: Set<Int>) -> Bool {
        guard counts.contains(bytes.count), bytes.allSatisfy(\.isASCIIDigit) else { return false }
        var sum = 0
        for (place, byte) in bytes.dropLast().reversed().enumerated() {
            sum += Int(byte - 48) * (place % 2 == 0 ? 3 : 1)
        }
        return Int(bytes[bytes.count - 1] - 48) == (10 - sum % 10) % 10
    }

    /// ISO 7064 MOD 97-10: letters count from 10, the remainder is 1.
    private static func isLEI(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 20 else { return false }
        var rest = 0
        for byte in bytes {
            guard let value = byte.base36, !byte.isASCIILower else { return false }
            rest = (value < 10 ? rest * 10 + value : rest * 100 + value) % 97
        }
        return rest == 1
    }

    private static func isBPN(_ bytes: [UInt8]) -> Bool {
        bytes.count == 16 && bytes.starts(with: Array("BPN".utf8)) && "LSA".utf8.contains(bytes[3])
            && bytes.allSatisfy { $0.base36 != nil }
    }

    /// ISO 7064 MOD 1271-36 with two check characters.
    private static func hasBPNChecksum(_ bytes: [UInt8]) -> Bool {
        var sum = 0
        for byte in bytes.dropLast(2) {
            guard let value = byte.base36, !byte.isASCIILower else { return false }
            sum = (sum + value) * 36 % 1271
        }
        let check = (1271 + 1 - sum * 36 % 1271) % 1271
        guard let high = bytes[14].base36, let low = bytes[15].base36 else { return false }
        return check == high * 36 + low
    }

    private static func isMunicipality(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 6, bytes.allSatisfy(\.isASCIIDigit) else { return false }
        let sum = zip(bytes, [6, 5, 4, 3, 2]).reduce(0) { $0 + Int($1.0 - 48) * $1.1 }
        return Int(bytes[5] - 48) == (11 - sum % 11) % 10
    }

    private static func isPartner(_ bytes: [UInt8]) -> Bool {
        (2...31).contains(bytes.count) && bytes[0] != UInt8(ascii: "-")
            && bytes.allSatisfy { $0.isASCIIDigit || $0.isASCIILower || $0 == UInt8(ascii: "-") }
    }

    /// `9` stands for a digit, `A` for an upper-case letter, `x` for a digit of base 16; the rest for itself.
    private static func fits(_ bytes: [UInt8], _ form: String) -> Bool {
        guard bytes.count == form.utf8.count else { return false }
        return zip(bytes, form.utf8).allSatisfy { byte, mark in
            switch mark {
            case UInt8(ascii: "9"): byte.isASCIIDigit
            case UInt8(ascii: "A"): (65...90).contains(byte)
            case UInt8(ascii: "x"): byte.isASCIIDigit || (97...102).contains(byte | 0x20)
            default: byte == mark
            }
        }
    }
}

extension UInt8 {
    fileprivate var isASCIIDigit: Bool { (48...57).contains(self) }
    fileprivate var isASCIILower: Bool { (97...122).contains(self) }

    /// 0 … 35 for digits and letters of either case.
    fileprivate var base36: Int? {
        switch self {
        case 48...57: Int(self) - 48
        case 65...90: Int(self) - 55
        case 97...122: Int(self) - 87
        default: nil
        }
    }
}
