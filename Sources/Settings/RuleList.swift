import Intake

/// The rules of one file as they stand there, with what the file says for all of them.
struct RuleList {
    /// The sections of a file that holds rules and nothing of a plant's.
    static let keys = ["base", "defaults", "tables", "rules", "tests"]

    var rules: [RuleOptions] = []
    /// Where each of ``rules`` stands.
    var sources: [PlaceMap.Source] = []
    /// Goes before all topics.
    var base = ""
    var defaults = RuleDefaults()
    var tables: [String: [String: String]] = [:]

    /// Reads a file that another one takes over: of its defaults site and zone count, for its rules alone.
    ///
    /// - Returns: nil, after a complaint, when anything is wrong with it.
    static func read(included root: Entry) -> RuleList? {
        let before = root.findings.count
        guard let table = YamlTable(root, keys: keys) else { return nil }
        var list = RuleList()
        list.base = table["base"].flatMap(Overrides.base) ?? ""
        if let entry = table["defaults"], let defaults = YamlTable(entry, keys: ["site", "timezone"]) {
            list.defaults.site = defaults["site"]?.name()
            list.defaults.timezone = defaults["timezone"]?.zone()
        }
        list.readTables(table)
        list.readRules(table, root, takesOver: nil)
        return root.findings.count == before ? list : nil
    }

    /// The rules as the file itself means them, with what `overrides` says otherwise; those of a preset that it takes
    /// over have been through that already.
    func rules(with overrides: Overrides) -> [RuleOptions] {
        rules.map { $0.preset == nil ? overrides.applied(to: $0, base: base) : $0 }
    }

    /// Reads `tables:`.
    mutating func readTables(_ table: YamlTable) {
        for (name, value) in table["tables"]?.pairs() ?? [] { tables[name] = value.lookup() }
    }

    /// Reads `rules:`.
    ///
    /// - Parameter place: where files that entries take over are found; nil in a file that is taken over itself.
    mutating func readRules(_ table: YamlTable, _ root: Entry, takesOver place: FilePlace?) {
        let example = "rules: [{name: temperatures, topic: \"sensors/{asset}\", …}]"
        guard let entry = table.need("rules", example), let items = entry.list() else { return }
        if items.isEmpty { entry.refuse("is empty: without a rule nothing is taken in") }
        var lines: [String: Int] = [:]
        var folders: [String: Int] = [:]
        for (index, item) in items.enumerated() {
            if let preset = YamlTable(quietly: item)?["preset"] {
                readPreset(item, preset, place, &lines)
            } else if let table = YamlTable(item, keys: RulePart.keys + ["preset"]) {
                if let name = table["name"], let text = name.writing { note(text, name, &lines) }
                let read = RulePart.read(table, tables, place)
                if let drop = table["drop"], let folder = read.first?.drop {
                    if let line = folders[folder] {
                        drop.refuse("is already the folder of the rule in line \(line): each needs its own")
                    }
                    folders[folder] = drop.spot.line
                }
                for (topic, rule) in read.enumerated() {
                    rules.append(rule)
                    sources.append(PlaceMap.Source(root: root, rule: index, topic: topic))
                }
            }
        }
    }

    private mutating func readPreset(
        _ item: Entry,
        _ preset: Entry,
        _ place: FilePlace?,
        _ lines: inout [String: Int]
    ) {
        guard let table = YamlTable(item, keys: PresetPart.keys) else { return }
        guard let place else {
            preset.refuse(
                "takes over another file, and this one is taken over itself; name both in the plant's"
            )
            return
        }
        if let text = table["name"]?.writing ?? preset.writing.map(PresetPart.id) {
            note(text, table["name"] ?? preset, &lines)
        }
        let taken = PresetPart.read(table, tables, place)
        rules += taken.rules
        sources += taken.sources
    }

    /// Sees to it that names are told apart.
    private func note(_ text: String, _ name: Entry, _ lines: inout [String: Int]) {
        if let line = lines[text] {
            name.refuse("\"\(Entry.short(text))\" is already that of the rule in line \(line)")
        }
        lines[text] = name.spot.line
    }
}
