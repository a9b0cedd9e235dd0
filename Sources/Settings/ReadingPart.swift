import Intake
import Readings

/// The options of a reading; they may stand in a rule, in one of its readings, and under a name.
enum ReadingPart {
    static let keys = [
        "metric", "value", "null_if", "map", "type", "scale", "offset", "unit", "to", "round", "range",
        "kind", "id",
        "quality", "site", "asset", "asset_table", "time", "optional", "tags",
    ]
    static let expressionKeys = ["path", "default", "map", "table", "scale"]
    static let timeKeys = ["path", "format", "zone"]

    /// - Parameter tables: the configuration's `tables:`, which `table:` and `asset_table:` name.
    static func read(_ table: YamlTable, _ tables: [String: [String: String]]) -> ReadingOptions {
        var options = ReadingOptions()
        func expression(_ key: String) -> Expression? {
            table[key].flatMap { ReadingPart.expression($0, tables) }
        }
        options.metric = table["metric"]?.word()
        options.value = expression("value")
        options.nullIf = table["null_if"]?.oneOrMore { $0.word() }
        options.map = table["map"]?.lookup()
        options.type = table["type"]?.choice(DeclaredType.self)
        options.scale = expression("scale")
        options.offset = table["offset"]?.word()
        options.unit = expression("unit")
        options.to = table["to"]?.word()
        options.round = table["round"]?.whole(0...15)
        options.range = table["range"].flatMap(range)
        options.kind = table["kind"]?.choice(KindWord.self)?.kind
        options.id = expression("id")
        options.quality = expression("quality")
        options.site = expression("site")
        options.asset = expression("asset")
        if let entry = table["asset_table"], let found = look(entry, tables) {
            if options.asset == nil {
                entry.refuse("needs an asset: in the same table, whose text it looks up")
            }
            options.asset?.map = found
        }
        options.time = table["time"].flatMap(time)
        options.optional = table["optional"]?.flag()
        options.tags = table["tags"]?.lookup()
        return options
    }

    /// A text, or `{path, default, map, table, scale}`.
    static func expression(_ entry: Entry, _ tables: [String: [String: String]]) -> Expression? {
        guard entry.isTable else { return entry.word().map { Expression($0) } }
        guard let table = YamlTable(entry, keys: expressionKeys),
            let paths = table.need("path", "path: $.value")?.oneOrMore({ $0.name() }), !paths.isEmpty
        else {
            if let path = YamlTable(quietly: entry)?["path"], path.isEmptyList {
                path.refuse("is empty: write a path")
            }
            return nil
        }
        var expression = Expression(paths[0])
        expression.others = Array(paths.dropFirst())
        if let entry = table["default"] {
            // A default of null is written and not missing: it stands for "no value".
            expression.fallback = entry.form == .nothing ? "null" : entry.word()
        }
        expression.map = table["map"]?.lookup()
        if let entry = table["table"] {
            if table["map"] != nil { entry.refuse("and map: are the same thing twice; keep one") }
            expression.map = look(entry, tables)
        }
        expression.scale = table["scale"]?.name()
        return expression
    }

    /// The look-up table that an entry names.
    static func look(_ entry: Entry, _ tables: [String: [String: String]]) -> [String: String]? {
        guard let name = entry.name() else { return nil }
        guard let found = tables[name] else {
            let near = NearestWord.hint(name, among: tables.keys.sorted())
            entry.refuse("\"\(Entry.short(name))\" is no table under tables:\(near)")
            return nil
        }
        return found
    }

    private static func range(_ entry: Entry) -> ClosedRange<Double>? {
        guard let items = entry.list() else { return nil }
        guard items.count == 2 else {
            entry.refuse("has \(items.count) items: expected the lowest and the highest value, e.g. [0, 50]")
            return nil
        }
        guard let low = items[0].number(), let high = items[1].number() else { return nil }
        guard low <= high else {
            entry.refuse("goes down: the lowest value stands first")
            return nil
        }
        return low...high
    }

    private static func time(_ entry: Entry) -> TimeOptions? {
        guard entry.isTable else {
            let paths = entry.oneOrMore { $0.name() }
            if paths.isEmpty, entry.isList { entry.refuse("is empty: write a path") }
            return paths.isEmpty ? nil : TimeOptions(paths: paths)
        }
        guard let table = YamlTable(entry, keys: timeKeys), let path = table.need("path", "path: $.time")
        else {
            return nil
        }
        let paths = path.oneOrMore { $0.name() }
        if paths.isEmpty, path.isList { path.refuse("is empty: write a path") }
        return TimeOptions(paths: paths, format: table["format"]?.name(), zone: table["zone"]?.name())
    }
}

/// The words of ``Kind``, as a closed list.
enum KindWord: String, CaseIterable {
    case gauge, counter, delta, state

    var kind: Kind {
        switch self {
        case .gauge: .gauge
        case .counter: .counter
        case .delta: .delta
        case .state: .state
        }
    }
}
