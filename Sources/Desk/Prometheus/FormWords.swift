/// Words by name as forms and addresses carry them: `query=up&match[]=a&match[]=b`, percent-encoded, `+` for a blank.
struct FormWords {
    private var words: [(name: String, value: String)] = []

    /// More words than this are left out.
    static let countMax = 100

    init(_ text: some StringProtocol) {
        for part in text.split(separator: "&").prefix(FormWords.countMax) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? halves[1] : ""
            words.append((FormWords.decoded(halves[0]), FormWords.decoded(value)))
        }
    }

    /// The first value of a name; nil when it is not there or empty.
    subscript(name: String) -> String? {
        words.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// All values of a name.
    func all(_ name: String) -> [String] { words.filter { $0.name == name }.map(\.value) }

    /// These, then others.
    func adding(_ others: FormWords) -> FormWords {
        var sum = self
        sum.words += others.words
        return sum
    }

    /// A `%` without two digits stands for itself; broken UTF-8 is mended.
    static func decoded(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "+") {
                decoded.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), place + 1 < bytes.count, let high = digit(bytes[place]),
                let low = digit(bytes[place + 1])
            {
                decoded.append(high << 4 | low)
                place += 2
            } else {
                decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
