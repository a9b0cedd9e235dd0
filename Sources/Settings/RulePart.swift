import Intake

/// One entry of `rules:`.
enum RulePart {
    /// The keys of a rule; those of a reading stand beside them as defaults for all its readings.
    static let ownKeys = [
        "name", "topic", "drop", "when", "ignore", "format", "options", "each", "match", "skip", "timezone",
        "readings",
        "names", "unnamed",
    ]
    static let keys = ownKeys + ReadingPart.keys
    static let formatKeys = ["encoding", "delimiter", "columns"]
    static let matchKeys = ["path", "regex"]
    static let whenKeys = ["regex"]

    /// - Parameter place: where folders are found; nil in a file that another one takes over, whose rules read none.
    /// - Returns: the rule, once for each of its topics; none, after a complaint, when it has no name or topic.
    static func read(
        _ table: YamlTable,
        _ tables: [String: [String: String]],
        _ place: FilePlace?
    ) -> [RuleOptions] {
        let name = table.need("name", "name: temperatures")?.name()
        let drop = table["drop"].flatMap { folder($0, table, place) }
        let topics =
            table["drop"] != nil
            ? [DropPlace.pattern(rule: name ?? "")]
            : table.need("topic", "topic: \"sensors/{asset}/temperature\"")?.oneOrMore { $0.name() } ?? []
        if let entry = table["topic"], entry.isEmptyList { entry.refuse("is empty: name at least one topic") }
        var rule = RuleOptions(name: name ?? "", topic: "")
        rule.when = conditions(table)
        rule.drop = drop
        rule.ignore = table["ignore"]?.flag() ?? false
        rule.format = table["format"]?.choice(PayloadFormat.self) ?? .json
        if let entry = table["options"] { read(entry, &rule.options) }
        rule.each = table["each"]?.oneOrMore { $0.name() } ?? []
        rule.match = table["match"]?.list()?.compactMap(match) ?? []
        rule.skip = table["skip"]?.oneOrMore { $0.text() } ?? []
        rule.timezone = table["timezone"]?.name()
        rule.common = ReadingPart.read(table, tables)
        rule.readings = (table["readings"]?.list() ?? []).compactMap {
            YamlTable($0, keys: ReadingPart.keys + ["when"]).map { table in
                var reading = ReadingPart.read(table, tables)
                reading.when = conditions(table)
                return reading
            }
        }
        for (key, value) in table["names"]?.pairs() ?? [] { rule.names[key] = named(value, tables) }
        rule.unnamed = table["unnamed"]?.choice(UnnamedPolicy.self) ?? .keep
        guard name != nil else { return [] }
        return topics.map { topic in
            var copy = rule
            copy.topic = topic
            return copy
        }
    }

    private static func conditions(_ table: YamlTable) -> [String: WhenCondition] {
        var conditions: [String: WhenCondition] = [:]
        for (path, value) in table["when"]?.pairs() ?? [] { conditions[path] = condition(value) }
        return conditions
    }

    /// The folder that a rule reads; its name becomes a level of its topics.
    private static func folder(_ entry: Entry, _ table: YamlTable, _ place: FilePlace?) -> String? {
        guard let place else {
            entry.refuse("is a plant's own: a file that is taken over names no folder")
            return nil
        }
        if table["topic"] != nil {
            entry.refuse("and topic: exclude each other: a rule reads files or messages")
        }
        if table["format"]?.writing == PayloadFormat.sparkplug.rawValue {
            entry.refuse("holds no Sparkplug: its messages need a broker")
        }
        if let name = table["name"], let text = name.writing, text.contains(where: { "+#/{}".contains($0) }) {
            name.refuse("\"\(Entry.short(text))\" of a rule that reads files may not hold + # / { }")
        }
        return entry.name().map { place.path($0) }
    }

    private static func condition(_ entry: Entry) -> WhenCondition? {
        if entry.isPlain, entry.writing == "exists" { return .exists }
        if entry.isPlain, entry.writing == "missing" { return .missing }
        if entry.isTable {
            return YamlTable(entry, keys: whenKeys)?.need("regex", "regex: \"^[A-Z]+$\"")?.name()
                .map { .like($0) }
        }
        if entry.isEmptyList { entry.refuse("is empty: nothing would ever match; name at least one value") }
        let words = entry.oneOrMore { $0.word() }
        return words.isEmpty ? nil : .oneOf(words)
    }

    private static func read(_ entry: Entry, _ options: inout FormatOptions) {
        guard let table = YamlTable(entry, keys: formatKeys) else { return }
        options.encoding = table["encoding"]?.choice(TextEncoding.self) ?? .utf8
        if let delimiter = table["delimiter"]?.word() { options.delimiter = delimiter }
        options.columns = table["columns"]?.list()?.compactMap { $0.word() }
    }

    private static func match(_ entry: Entry) -> MatchOptions? {
        guard let table = YamlTable(entry, keys: matchKeys) else { return nil }
        let path = table.need("path", "path: $")?.name()
        let regex = table.need("regex", "regex: \"^(?<item>[A-Z]+)$\"")?.name()
        guard let path, let regex else { return nil }
        return MatchOptions(path: path, regex: regex)
    }

    /// What a name stands for: a table of options, or its metric alone.
    static func named(_ entry: Entry, _ tables: [String: [String: String]]) -> ReadingOptions? {
        guard !entry.isTable else {
            return YamlTable(entry, keys: ReadingPart.keys).map { ReadingPart.read($0, tables) }
        }
        guard let metric = entry.name() else { return nil }
        var options = ReadingOptions()
        options.metric = metric
        return options
    }
}
