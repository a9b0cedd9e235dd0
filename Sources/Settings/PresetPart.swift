import Intake

/// An entry of `rules:` that takes over the rules of a preset or of another file: `{preset: tasmota, site: ota}`.
enum PresetPart {
    static let keys = ["preset", "name"] + Overrides.keys

    /// - Parameter tables: those of the file in which the entry stands.
    /// - Returns: the rules, under the names `tasmota/sensor`, and where each comes from; none after a complaint.
    static func read(
        _ table: YamlTable,
        _ tables: [String: [String: String]],
        _ place: FilePlace
    ) -> (rules: [RuleOptions], sources: [PlaceMap.Source]) {
        guard let entry = table["preset"], let word = entry.name(),
            let (file, preset) = open(word, entry, place)
        else { return ([], []) }
        guard let list = RuleList.read(included: file.root) else { return ([], []) }
        let overrides = Overrides(table, tables)
        let id = table["name"]?.name() ?? Self.id(of: word)
        let rules = list.rules.map { rule in
            var rule = overrides.applied(to: Overrides.defaults(list.defaults, rule), base: list.base)
            rule.name = "\(id)/\(rule.name)"
            rule.preset = id
            return rule
        }
        let sources = list.sources.map { source in
            var source = source
            source.entry = table.entry
            source.preset = preset
            return source
        }
        return (rules, sources)
    }

    /// What the rules are called after: the preset, or the file without its folder and ending.
    static func id(of word: String) -> String {
        guard isFile(word) else { return word }
        let name = word.split(separator: "/").last.map(String.init) ?? word
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    private static func isFile(_ word: String) -> Bool {
        word.hasSuffix(".yaml") || word.hasSuffix(".yml")
    }

    /// The file, and its name when it came with the program.
    private static func open(_ word: String, _ entry: Entry, _ place: FilePlace) -> (YamlFile, String?)? {
        if isFile(word) {
            let findings = Findings(file: place.path(word))
            entry.findings.include(findings)
            return YamlFile(findings, from: place.files).map { ($0, nil) }
        }
        guard let bytes = Presets.bytes(of: word) else {
            let near = NearestWord.hint(word, among: Presets.names)
            let known = near.isEmpty ? "; known: \(Presets.names.joined(separator: ", "))" : near
            entry.refuse("\"\(Entry.short(word))\" is no preset\(known); a file of your own ends in .yaml")
            return nil
        }
        let findings = Findings(file: "preset \(word)")
        entry.findings.include(findings)
        return YamlFile(bytes, findings).map { ($0, word) }
    }
}
