/// A mapping of a configuration file whose keys are texts; that each stands once, ``YamlComposer`` has seen to.
struct YamlTable {
    let entry: Entry

    /// A table with keys of the operator's own; nil, after a complaint, when it is no table.
    init?(_ entry: Entry) {
        guard entry.isTable else {
            entry.refuse(expected: "a table of keys and values")
            return nil
        }
        self.entry = entry
    }

    /// A table with known keys; complains about every other one, and names the nearest.
    init?(_ entry: Entry, keys: [String]) {
        self.init(entry)
        for (key, _) in entry.keysAndValues where !keys.contains(key.text) {
            let near = NearestWord.hint(key.text, among: keys)
            let place = entry.path.isEmpty ? "" : " in \(entry.path)"
            let known = near.isEmpty ? "; known: \(keys.joined(separator: ", "))" : near
            entry.findings.add(key.spot, "key \"\(Entry.short(key.text))\" unknown\(place)\(known)")
        }
    }

    /// A table that has been complained about already, or need not be.
    init?(quietly entry: Entry) {
        guard entry.isTable else { return nil }
        self.entry = entry
    }

    /// In the order of the file.
    var pairs: [(key: String, value: Entry)] {
        entry.keysAndValues.map { ($0.key.text, $0.value) }
    }

    /// The value of a key, or nil when it is absent.
    subscript(key: String) -> Entry? {
        let value = entry.tree.value(of: key, in: entry.index)
        return value.map { Entry(tree: entry.tree, index: $0, findings: entry.findings) }
    }

    /// The value of a key that must be there; complains at the table's beginning when it is not.
    func need(_ key: String, _ example: String) -> Entry? {
        if let value = self[key] { return value }
        let place = entry.path.isEmpty ? "" : " in \(entry.path)"
        entry.findings.add(entry.spot, "key \"\(key)\" is missing\(place), e.g. \(example)")
        return nil
    }
}
