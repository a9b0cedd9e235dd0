/// What a payload is built of, in a few words: `{ts: text, data: {D100: number, …}}`, `number`, `text`, `12 bytes`.
///
/// Two payloads of one shape are read by the same paths.
public struct PayloadShape: Hashable, Sendable, CustomStringConvertible {
    /// The longest description, in characters.
    public static let charactersMax = 120
    /// Members of an object that are named, and levels that are opened.
    private static let membersMax = 8
    private static let levelsMax = 3
    /// What is longer is told by its size alone.
    private static let payloadBytesMax = 1 << 20

    /// At most ``charactersMax``.
    public let description: String

    /// Looks at a payload: as JSON, else as text, else as bytes.
    public init(of payload: [UInt8]) {
        guard !payload.isEmpty else {
            description = "empty"
            return
        }
        var document = Document()
        guard payload.count <= Self.payloadBytesMax, !payload.contains(0) else {
            description = "\(payload.count) bytes"
            return
        }
        document.load(payload.span)
        do throws(DecodeFailure) {
            try JSONDecoder(nestingMax: 64).decode(&document)
            let words = Self.words(document, 0, level: 0)
            let isLong = words.count > Self.charactersMax
            description = isLong ? words.prefix(Self.charactersMax - 1) + "…" : words
        } catch {
            let isText = payload.span.firstByteThatIsNotUTF8 == nil
            description = isText ? "text" : "\(payload.count) bytes"
        }
    }

    private static func words(_ document: Document, _ index: Int, level: Int) -> String {
        let node = document.nodes[index]
        switch node.kind {
        case .null: return "null"
        case .no, .yes: return "bool"
        case .number: return "number"
        case .text: return "text"
        case .broken: return "?"
        case .list:
            guard node.children > 0 else { return "[]" }
            return level < levelsMax ? "[\(words(document, index + 1, level: level + 1))]" : "[…]"
        case .object:
            guard node.children > 0 else { return "{}" }
            return level < levelsMax ? "{\(members(document, index, level: level))}" : "{…}"
        }
    }

    private static func members(_ document: Document, _ object: Int, level: Int) -> String {
        var parts: [String] = []
        var child = object + 1
        while child < Int(document.nodes[object].next), parts.count < membersMax {
            let key = document.bytes.span.extracting(document.nodes[child].key.indices).text
            parts.append("\(key): \(words(document, child, level: level + 1))")
            child = Int(document.nodes[child].next)
        }
        if child < Int(document.nodes[object].next) { parts.append("…") }
        return parts.joined(separator: ", ")
    }
}
