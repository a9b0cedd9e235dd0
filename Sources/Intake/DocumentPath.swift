/// Why an expression of a rule cannot be used.
struct ExpressionFailure: Error, Hashable, Sendable {
    let message: String
}

/// A way through a document: `$.a["b c"][0].*`, from its root, from an item or from an item around it.
///
/// A class: to hand it on costs one count, not one for each of its parts.
final class DocumentPath: Sendable {
    enum Start: Hashable, Sendable {
        /// `$`
        case document
        /// `@` is 0, `^` 1, `^^` 2.
        case item(Int)
    }

    enum Step: Hashable, Sendable {
        /// The name's place in ``DocumentPath/names``.
        case member(ByteRange)
        case element(Int)
        /// All members or elements.
        case every
    }

    private enum Written {
        case member([UInt8])
        case element(Int)
        case every
    }

    let text: String
    let start: Start
    let steps: [Step]
    /// The names of all member steps.
    let names: [UInt8]
    /// Where its last result is remembered, see ``Scene``.
    let slot: Int

    /// Whether a text is a path and not a template.
    static func isPath(_ text: String) -> Bool {
        text.hasPrefix("$") || text.hasPrefix("@") || text.hasPrefix("^")
    }

    var hasWildcard: Bool { steps.contains(.every) }

    /// The same path with a place for its results.
    init(_ path: DocumentPath, slot: Int) {
        text = path.text
        start = path.start
        steps = path.steps
        names = path.names
        self.slot = slot
    }

    /// Reads a path; nothing may follow it.
    init(_ text: String) throws(ExpressionFailure) {
        self.text = text
        slot = 0
        var rest = Array(text.unicodeScalars)[...]
        switch rest.popFirst() {
        case "$": start = .document
        case "@": start = .item(0)
        case "^":
            var up = 1
            while rest.first == "^" {
                up += 1
                rest.removeFirst()
            }
            start = .item(up)
        default: throw ExpressionFailure(message: "\(text): a path begins with $, @ or ^")
        }
        var steps: [Step] = []
        var names: [UInt8] = []
        while let mark = rest.popFirst() {
            let written: Written
            switch mark {
            case ".": written = try Self.name(&rest, of: text)
            case "[": written = try Self.bracket(&rest, of: text)
            default: throw ExpressionFailure(message: "\(text): expected . or [ before \(mark)")
            }
            switch written {
            case .member(let name):
                steps.append(.member(ByteRange(start: names.count, count: name.count)))
                names += name
            case .element(let place): steps.append(.element(place))
            case .every: steps.append(.every)
            }
        }
        self.steps = steps
        self.names = names
    }

    private static func name(
        _ rest: inout ArraySlice<Unicode.Scalar>,
        of text: String
    ) throws(ExpressionFailure) -> Written {
        var name = String.UnicodeScalarView()
        while let character = rest.first, character != ".", character != "[" {
            guard character != "]", character != "\"", character != " " else {
                throw ExpressionFailure(message: "\(text): a key with \(character) is written [\"…\"]")
            }
            name.append(character)
            rest.removeFirst()
        }
        guard !name.isEmpty else { throw ExpressionFailure(message: "\(text): a . without a key behind it") }
        let key = String(name)
        return key == "*" ? .every : .member(Array(key.utf8))
    }

    private static func bracket(
        _ rest: inout ArraySlice<Unicode.Scalar>,
        of text: String
    ) throws(ExpressionFailure) -> Written {
        var inside = String.UnicodeScalarView()
        if rest.first == "\"" {
            rest.removeFirst()
            while let character = rest.popFirst(), character != "\"" {
                if character == "\\", let escaped = rest.popFirst() {
                    inside.append(escaped)
                } else {
                    inside.append(character)
                }
            }
            guard rest.popFirst() == "]" else {
                throw ExpressionFailure(message: "\(text): a key in brackets is written [\"key\"]")
            }
            return .member(Array(String(inside).utf8))
        }
        while let character = rest.popFirst(), character != "]" { inside.append(character) }
        let content = String(inside)
        if content == "*" { return .every }
        guard let place = Int(content) else {
            throw ExpressionFailure(message: "\(text): in brackets stands a number, * or a key in quotes")
        }
        return .element(place)
    }
}

/// Where `each` goes: a path, or all scalars below one.
struct EachPath: Sendable {
    let path: DocumentPath
    let isLeaves: Bool

    init(_ text: String) throws(ExpressionFailure) {
        isLeaves = text.hasPrefix("leaves(")
        guard isLeaves else {
            path = try DocumentPath(text)
            return
        }
        guard text.hasSuffix(")") else { throw ExpressionFailure(message: "\(text): expected leaves(PATH)") }
        path = try DocumentPath(String(text.dropFirst(7).dropLast()))
    }
}

/// A text with places to fill in: `{asset}/{@.name}`.
struct Template: Sendable {
    enum Part: Sendable {
        case literal([UInt8])
        /// A capture of the topic, by its number.
        case topicCapture(Int)
        /// A named group of `match`, by its number.
        case matchCapture(Int)
        /// The item's name, or that of an item around it.
        case key(up: Int)
        case index
        /// The leaf's path.
        case path
        case topic
        case document(DocumentPath)
    }

    let text: String
    var parts: [Part]

    /// - Parameters:
    ///   - topicNames: the rule's captures.
    ///   - matchNames: the named groups of its `match` entries.
    init(_ text: String, topicNames: [String], matchNames: [String]) throws(ExpressionFailure) {
        self.text = text
        parts = []
        var plain: [UInt8] = []
        var rest = Array(text.unicodeScalars)[...]
        while let character = rest.popFirst() {
            guard character == "{" else {
                plain.append(contentsOf: String(character).utf8)
                continue
            }
            let inside = try Self.inside(&rest, of: text)
            if !plain.isEmpty { parts.append(.literal(plain)) }
            plain = []
            parts.append(try Self.part(inside, of: text, topicNames, matchNames))
        }
        if !plain.isEmpty || parts.isEmpty { parts.append(.literal(plain)) }
    }

    /// A text without places to fill in, whatever characters it holds.
    init(literal: String) {
        text = literal
        parts = [.literal(Array(literal.utf8))]
    }

    /// The characters up to the brace that closes; one within quotes does not.
    private static func inside(
        _ rest: inout ArraySlice<Unicode.Scalar>,
        of text: String
    ) throws(ExpressionFailure) -> String {
        var inside = String.UnicodeScalarView()
        var isQuoted = false
        while let character = rest.popFirst() {
            if character == "}", !isQuoted { return String(inside) }
            if character == "\"" { isQuoted.toggle() }
            inside.append(character)
        }
        throw ExpressionFailure(message: "\(text): a { without its }")
    }

    private static func part(
        _ inside: String,
        of text: String,
        _ topicNames: [String],
        _ matchNames: [String]
    ) throws(ExpressionFailure) -> Part {
        switch inside {
        case "key": return .key(up: 0)
        case "index": return .index
        case "path": return .path
        case "topic": return .topic
        default: break
        }
        let name = inside.drop { $0 == "^" }
        if name == "key" { return .key(up: inside.count - name.count) }
        if DocumentPath.isPath(inside) {
            let path = try DocumentPath(inside)
            guard !path.hasWildcard else {
                throw ExpressionFailure(message: "\(text): \(inside) has many values; a template needs one")
            }
            return .document(path)
        }
        if let number = matchNames.firstIndex(of: inside) { return .matchCapture(number) }
        if let number = topicNames.firstIndex(of: inside) { return .topicCapture(number) }
        let known = (topicNames + matchNames).map { "{\($0)}" }
        let choices =
            known.isEmpty ? "the topic pattern has none" : "there are \(known.joined(separator: ", "))"
        throw ExpressionFailure(message: "{\(inside)} is no capture: \(choices)")
    }

    /// Whether the message's payload and the item play no part in it.
    var isFixedByTopic: Bool {
        parts.allSatisfy { part in
            switch part {
            case .literal, .topicCapture, .topic: true
            case .matchCapture, .key, .index, .path, .document: false
            }
        }
    }

    /// The text, when nothing has to be filled in.
    var constant: String? {
        guard parts.count == 1, case .literal = parts[0] else { return nil }
        return text
    }
}
