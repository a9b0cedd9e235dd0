import Yams

/// A mapping of a configuration file whose keys are texts; that each stands once, ``YamlFile`` has seen to.
struct YamlTable {
    let entry: Entry
    /// In the order of the file.
    let pairs: [(key: String, value: Entry)]

    /// A table with keys of the operator's own; nil, after a complaint, when it is no table.
    init?(_ entry: Entry) {
        guard let mapping = entry.node.mapping else {
            entry.refuse(expected: "a table of keys and values")
            return nil
        }
        for (key, _) in mapping where key.scalar == nil {
            entry.findings.add(key.mark, "a key must be a text, not a list or a table")
        }
        self.init(entry, mapping)
    }

    /// A table with known keys; complains about every other one, and names the nearest.
    init?(_ entry: Entry, keys: [String]) {
        self.init(entry)
        guard let mapping = entry.node.mapping else { return }
        for (key, _) in mapping {
            guard case .scalar(let scalar) = key, !keys.contains(scalar.string) else { continue }
            let near = NearestWord.hint(scalar.string, among: keys)
            let place = entry.path.isEmpty ? "" : " in \(entry.path)"
            let known = near.isEmpty ? "; known: \(keys.joined(separator: ", "))" : near
            entry.findings.add(key.mark, "key \"\(Entry.short(scalar.string))\" unknown\(place)\(known)")
        }
    }

    /// A table that has been complained about already, or need not be.
    init?(quietly entry: Entry) {
        guard let mapping = entry.node.mapping else { return nil }
        self.init(entry, mapping)
    }

    private init(_ entry: Entry, _ mapping: Node.Mapping) {
        self.entry = entry
        pairs = mapping.compactMap { key, value in
            guard case .scalar(let scalar) = key else { return nil }
            let trail = Trail.key(scalar.string, in: entry.trail)
            return (scalar.string, Entry(node: value, trail: trail, findings: entry.findings))
        }
    }

    /// The value of a key, or nil when it is absent.
    subscript(key: String) -> Entry? {
        pairs.first { $0.key == key }?.value
    }

    /// The value of a key that must be there; complains at the table's beginning when it is not.
    func need(_ key: String, _ example: String) -> Entry? {
        if let value = self[key] { return value }
        let place = entry.path.isEmpty ? "" : " in \(entry.path)"
        entry.findings.add(entry.spot, "key \"\(key)\" is missing\(place), e.g. \(example)")
        return nil
    }
}
