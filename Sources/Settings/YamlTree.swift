/// A YAML file: its values in the order of the file, each list and table before what it holds.
///
/// An `*alias` stands as a copy of what it names.
final class YamlTree: Sendable {
    /// The root first.
    let nodes: [YamlNode]

    init(_ nodes: [YamlNode]) {
        self.nodes = nodes
    }

    /// The values of a list, or the keys and values of a table in turn, each by its index.
    struct Children: Sequence, IteratorProtocol {
        let tree: YamlTree
        var index: Int
        let end: Int

        mutating func next() -> Int? {
            guard index < end else { return nil }
            defer { index = Int(tree.nodes[index].end) }
            return index
        }
    }

    /// - Parameter index: of a list or a table; of a scalar nothing is to be had.
    func children(of index: Int) -> Children {
        Children(tree: self, index: index + 1, end: Int(nodes[index].end))
    }

    /// The index of a key's value in the table at an index.
    func value(of key: String, in table: Int) -> Int? {
        let end = Int(nodes[table].end)
        var index = table + 1
        while index < end {
            let value = Int(nodes[index].end)
            if nodes[index].text == key { return value }
            index = Int(nodes[value].end)
        }
        return nil
    }

    /// `rules[3].readings[0].unit`; empty for the root.
    func path(to index: Int) -> String {
        let holder = Int(nodes[index].holder)
        guard holder >= 0 else { return "" }
        let place = path(to: holder)
        var last = holder
        for (offset, child) in children(of: holder).enumerated() {
            if child == index {
                if nodes[holder].form == .list { return "\(place)[\(offset)]" }
                let key = Entry.short(nodes[last].text)
                return place.isEmpty ? key : "\(place).\(key)"
            }
            last = child
        }
        return place
    }
}

/// One scalar, list or table of a file.
struct YamlNode {
    /// How it is written.
    enum Form: UInt8 {
        /// A scalar without quotes.
        case plain
        /// A scalar in quotes, or in a block of its own.
        case quoted
        case list
        case table
    }

    let form: Form
    /// How deep it stands; 1 for the root.
    var depth: UInt8
    /// The index of the list or the table that holds it; -1 for the root.
    var holder: Int32
    /// The index behind it and all that it holds.
    var end: Int32
    /// 1-based, as `column`.
    let line: Int32
    let column: Int32
    /// Of a scalar; empty otherwise.
    let text: String

    /// Where it begins.
    var spot: Spot { Spot(line: Int(line), column: Int(column)) }

    var isScalar: Bool { form == .plain || form == .quoted }
}
