/// One value of a configuration file, with what is needed to complain about it.
///
/// It reads the node's own text and style and never the value that YAML's tags resolve to, so that `on`, `off`,
/// `yes`, `no` and `0101` stay the texts they are.
struct Entry {
    let tree: YamlTree
    /// In the tree.
    let index: Int
    let findings: Findings

    var node: YamlNode { tree.nodes[index] }

    /// What people call it: `rules[3].readings[0].unit`; empty for the file's root.
    var path: String { tree.path(to: index) }

    /// Where it begins.
    var spot: Spot { node.spot }

    /// Whether it is a list.
    var isList: Bool { node.form == .list }

    /// Whether it is a list without anything in it.
    var isEmptyList: Bool { isList && node.end == index + 1 }

    /// Whether it is a table of keys and values.
    var isTable: Bool { node.form == .table }

    /// What a list holds.
    var items: some Sequence<Entry> {
        tree.children(of: index).lazy.map { Entry(tree: tree, index: $0, findings: findings) }
    }

    /// What a table holds.
    var keysAndValues: KeysAndValues {
        KeysAndValues(entry: self, children: isTable ? tree.children(of: index) : nil)
    }

    /// The keys of a table with their values, in the order of the file.
    struct KeysAndValues: Sequence, IteratorProtocol {
        let entry: Entry
        var children: YamlTree.Children?

        mutating func next() -> (key: YamlNode, value: Entry)? {
            guard let key = children?.next(), let value = children?.next() else { return nil }
            return (entry.tree.nodes[key], Entry(tree: entry.tree, index: value, findings: entry.findings))
        }
    }

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
        let node = node
        guard node.isScalar else { return nil }
        return node.form == .plain ? Entry.form(ofPlain: node.text) : .text(node.text)
    }

    /// The text of a scalar as written, `nothing` excepted.
    var writing: String? {
        let node = node
        let isWritten = node.form == .quoted || Entry.form(ofPlain: node.text) != .nothing
        return node.isScalar && isWritten ? node.text : nil
    }

    /// Whether a scalar was written without quotes.
    var isPlain: Bool { node.form == .plain }

    /// "a list", "the number 5", …
    var kind: String {
        switch form {
        case nil: isList ? "a list" : "a table"
        case .nothing: "nothing"
        case .flag(let flag): "\(flag)"
        case .whole, .decimal: "the number \(node.text)"
        case .text(let text): "the text \"\(Entry.short(text))\""
        }
    }

    /// A text cut to what fits into a line.
    static func short(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= 60 ? line : line.prefix(57) + "…"
    }

    private static func form(ofPlain text: String) -> Form {
        guard let first = text.utf8.first else { return .nothing }
        switch first {
        case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"):
            return ["~", "null", "Null", "NULL"].contains(text) ? .nothing : .text(text)
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            return ["true", "True", "TRUE"].contains(text) ? .flag(true) : .text(text)
        case UInt8(ascii: "f"), UInt8(ascii: "F"):
            return ["false", "False", "FALSE"].contains(text) ? .flag(false) : .text(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return form(ofNumber: text)
        default:
            return .text(text)
        }
    }

    /// Of a text that begins as numbers do.
    private static func form(ofNumber text: String) -> Form {
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
