import Yams

/// One value of a configuration file, with what is needed to complain about it.
///
/// It reads the node's own text and style and never the value that YAML's tags resolve to, so that `on`, `off`,
/// `yes`, `no` and `0101` stay the texts they are.
struct Entry {
    let node: Node
    let trail: Trail
    let findings: Findings

    /// What people call it: `rules[3].readings[0].unit`.
    var path: String { trail.path }

    /// Where it begins.
    var spot: Spot? { node.mark.map(Spot.init) }

    /// Whether it is a list.
    var isList: Bool { node.sequence != nil }

    /// Whether it is a list without anything in it.
    var isEmptyList: Bool { node.sequence?.isEmpty == true }

    /// Whether it is a table of keys and values.
    var isTable: Bool { node.mapping != nil }

    /// Says what is wrong with this value.
    func refuse(_ message: String) {
        findings.add(spot, path.isEmpty ? message : "\(path) \(message)")
    }

    /// Says that something else was expected.
    func refuse(expected: String) {
        refuse("must be \(expected), not \(kind)")
    }

    /// What a scalar stands for by the core schema of YAML 1.2.
    enum Form: Equatable {
        case nothing
        case flag(Bool)
        case whole(Int)
        case decimal(Double)
        case text(String)
    }

    /// nil for lists and tables.
    var form: Form? {
        guard case .scalar(let scalar) = node else { return nil }
        guard scalar.style == .plain else { return .text(scalar.string) }
        return Entry.form(ofPlain: scalar.string)
    }

    /// The text of a scalar as written, `nothing` excepted.
    var writing: String? {
        guard case .scalar(let scalar) = node, form != .nothing else { return nil }
        return scalar.string
    }

    /// Whether a scalar was written without quotes.
    var isPlain: Bool { node.scalar?.style == .plain }

    /// "a list", "the number 5", …
    var kind: String {
        switch (node, form) {
        case (.sequence, _): "a list"
        case (.mapping, _): "a table"
        case (_, .nothing): "nothing"
        case (_, .flag(let flag)): "\(flag)"
        case (_, .whole), (_, .decimal): "the number \(writing ?? "")"
        case (_, .text(let text)): "the text \"\(Entry.short(text))\""
        case (_, nil): "an alias"
        }
    }

    /// A text cut to what fits into a line.
    static func short(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= 60 ? line : line.prefix(57) + "…"
    }

    private static func form(ofPlain text: String) -> Form {
        switch text {
        case "", "~", "null", "Null", "NULL": return .nothing
        case "true", "True", "TRUE": return .flag(true)
        case "false", "False", "FALSE": return .flag(false)
        default: break
        }
        let unsigned = text.drop { $0 == "-" || $0 == "+" }
        guard text.utf8.count - unsigned.utf8.count <= 1, unsigned.utf8.count <= 400 else {
            return .text(text)
        }
        let mantissa = unsigned.prefix { $0 != "e" && $0 != "E" }
        let exponent = unsigned.dropFirst(mantissa.count)
        let parts = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let lead = parts[0]
        let hasDigits = parts.contains { !$0.isEmpty }
        let exponentDigits = exponent.dropFirst().drop { $0 == "-" || $0 == "+" }
        guard hasDigits, parts.allSatisfy(isDigits), lead.count < 2 || lead.first != "0",
            exponent.isEmpty || (!exponentDigits.isEmpty && isDigits(exponentDigits)),
            exponent.dropFirst().count - exponentDigits.count <= 1
        else { return .text(text) }
        if parts.count == 1, exponent.isEmpty, let whole = Int(text) { return .whole(whole) }
        guard let number = Double(text), number.isFinite else { return .text(text) }
        return .decimal(number)
    }

    private static func isDigits(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) }
    }
}

/// The way from a file's root to a value. Put into words only when there is something to complain about.
indirect enum Trail {
    case root
    case key(String, in: Trail)
    case index(Int, in: Trail)

    /// `rules[3].readings[0].unit`; empty for the root.
    var path: String {
        switch self {
        case .root: return ""
        case .index(let index, let list): return "\(list.path)[\(index)]"
        case .key(let key, let table):
            let place = table.path
            return place.isEmpty ? Entry.short(key) : "\(place).\(Entry.short(key))"
        }
    }
}
