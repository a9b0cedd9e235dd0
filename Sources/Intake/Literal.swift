/// A value that stands in the rule itself: a default, or what a map makes of a text.
struct Literal: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case absent
        case flag(Bool)
        case number(DecimalText)
        case text
    }

    let value: Value
    let text: [UInt8]
    /// The number exactly, for a scale; nil when the text is none.
    let fraction: Fraction?

    /// Reads a text of the configuration: a number if it is one, `true`, `false` or `null`, else a text.
    /// Digits that begin with a 0 are a text, as they are in the configuration's own language.
    init(_ written: String) {
        let bytes = Array(written.utf8)
        text = bytes
        fraction = Fraction(bytes.span)
        let isPadded = bytes.count > 1 && bytes[0] == UInt8(ascii: "0") && bytes[1].isDigit
        switch written {
        case "null": value = .absent
        case "true": value = .flag(true)
        case "false": value = .flag(false)
        default:
            let number = isPadded ? nil : DecimalText(bytes.span)
            value = number.map { .number($0) } ?? .text
        }
    }
}

/// A table from texts to literals, as `map` writes it.
struct LiteralMap: Sendable {
    private var places: ByteTable
    private var literals: [Literal] = []

    init(_ written: [String: String]) {
        places = ByteTable(entriesMax: written.count, arenaBytesMax: Int(UInt32.max))
        for (key, value) in written.sorted(by: { $0.key < $1.key }) {
            let bytes = Array(key.utf8)
            let isNew = places.insert(
                bytes,
                hash: ByteHash.tableHash(bytes.span),
                value: UInt32(literals.count)
            )
            precondition(isNew, "a map has room for its keys")
            literals.append(Literal(value))
        }
    }

    /// What stands for a text.
    func literal(of text: Span<UInt8>) -> Literal? {
        places.value(of: text, hash: ByteHash.tableHash(text)).map { literals[Int($0)] }
    }

    /// All that it may yield.
    var values: [Literal] { literals }
}

/// A compiled ``Expression``: a path or a template, and what to do with what it yields.
///
/// A class, as all that a rule holds: to hand it on costs one count, not one for each of its parts.
final class Source: Sendable {
    enum Form: Sendable {
        case path(DocumentPath)
        /// The first that leads somewhere.
        case firstOf([DocumentPath])
        case template(Template)
    }

    let form: Form
    let fallback: Literal?
    /// By the value's text.
    let map: LiteralMap?

    init(form: Form, fallback: Literal? = nil, map: LiteralMap? = nil) {
        self.form = form
        self.fallback = fallback
        self.map = map
    }

    /// As written, for dead letters.
    var text: String {
        switch form {
        case .path(let path): path.text
        case .firstOf(let paths): paths.map(\.text).joined(separator: ", ")
        case .template(let template): template.text
        }
    }

    /// Whether it yields the same for all messages of a topic.
    var isFixedByTopic: Bool {
        if case .template(let template) = form { template.isFixedByTopic } else { false }
    }

    /// The text it always yields, if it does.
    var constant: String? {
        guard map == nil, case .template(let template) = form else { return nil }
        return template.constant
    }
}
