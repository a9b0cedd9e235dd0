import Readings

/// How a source's own codes become ``Quality``.
enum QualityScale: String, Hashable, Sendable, CaseIterable {
    /// OPC UA status codes: the top two bits.
    case opcua
    /// OPC DA: bits 6 and 7.
    case opcda
    /// Sparkplug B: 192 good, 0 bad, 500 stale.
    case sparkplug
    /// 0 is good, all else bad.
    case error

    /// The quality of a numeric code.
    func quality(of code: DecimalText) -> Quality {
        let number = code.double
        guard number.isFinite, abs(number) < 9e18 else { return .bad }
        let bits = Int64(number)
        switch self {
        case .error: return bits == 0 ? .good : .bad
        case .opcua:
            switch (bits >> 30) & 3 {
            case 0: return .good
            case 1: return .uncertain
            default: return .bad
            }
        case .opcda: return Self.opcda(bits)
        case .sparkplug:
            if bits == 500 { return .stale }
            if bits & 0x8000_0000 != 0 { return .bad }
            return (0...255).contains(bits) ? Self.opcda(bits) : .uncertain
        }
    }

    private static func opcda(_ bits: Int64) -> Quality {
        switch (bits >> 6) & 3 {
        case 3: .good
        case 1: .uncertain
        default: .bad
        }
    }
}

extension Quality {
    /// The quality that a text names, in any case: our four words, and those that begin as OPC UA's names do
    /// (`GoodClamped`, `Bad_NoCommunication`).
    init?(spelled text: Span<UInt8>) {
        if text.begins(with: "good") {
            self = .good
        } else if text.begins(with: "uncertain") {
            self = .uncertain
        } else if text.begins(with: "bad") {
            self = .bad
        } else if text.equalsFolded("stale") {
            self = .stale
        } else {
            return nil
        }
    }
}

extension Span<UInt8> {
    /// Whether the run begins with `word` in any case.
    func begins(with word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && extracting(0..<word.utf8CodeUnitCount).equalsFolded(word)
    }
}
