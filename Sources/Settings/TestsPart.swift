import FoundationEssentials
import Intake
import Readings

/// `tests:`, messages and what the rules beside them must make of them.
enum TestsPart {
    static let keys = [
        "name", "with", "topic", "payload", "payload_base64", "received", "qos", "retain", "rule", "expect",
        "dead",
    ]
    static let expectKeys = [
        "site", "asset", "metric", "tags", "kind", "value", "unit", "time", "stamp", "quality",
    ]
    static let deadKeys = ["reason", "rule", "detail"]

    /// - Parameters:
    ///   - options: what the tests are tried on; each with what its `with:` says otherwise.
    ///   - list: the same rules as they stand in the file.
    static func read(_ entry: Entry?, _ options: RuleSetOptions, _ list: RuleList) -> [MappingTest] {
        (entry?.list() ?? []).compactMap { item in
            YamlTable(item, keys: keys).flatMap { read($0, options, list) }
        }
    }

    private static func read(
        _ table: YamlTable,
        _ options: RuleSetOptions,
        _ list: RuleList
    ) -> MappingTest? {
        let topic = table.need("topic", "topic: tele/line2/SENSOR")?.name()
        let received = table.need("received", "received: 2025-06-17T10:15:30+09:00").flatMap(instant)
        let payload = payload(table)
        let expect = table["expect"]?.list()?.compactMap(line)
        let dead = table["dead"]?.list()?.compactMap(letter)
        let rules = rules(table["with"], options, list)
        guard let topic, let received, let payload, let rules else { return nil }
        let spot = table.entry.spot
        var test = MappingTest(
            line: spot.line,
            column: spot.column,
            name: table["name"]?.name() ?? topic,
            rules: rules,
            topic: topic,
            payload: payload,
            received: received
        )
        test.qos = UInt8(table["qos"]?.whole(0...2) ?? 0)
        test.retain = table["retain"]?.flag() ?? false
        test.rule = table["rule"]?.name()
        test.expect = expect ?? []
        test.dead = dead ?? []
        if table["expect"] == nil, table["dead"] == nil, test.rule == nil {
            table.entry.refuse("expects nothing; write expect: [] when no reading may come of it")
        }
        return test
    }

    /// The rules with what `with:` says otherwise, as an entry that takes the file over would.
    private static func rules(_ entry: Entry?, _ options: RuleSetOptions, _ list: RuleList) -> RuleSetOptions?
    {
        guard let entry else { return options }
        guard let table = YamlTable(entry, keys: Overrides.keys) else { return nil }
        var changed = options
        changed.rules = list.rules(with: Overrides(table, list.tables))
        let failures = RuleTable.check(changed)
        for failure in failures { entry.refuse("does not fit these rules: \(failure)") }
        return failures.isEmpty ? changed : nil
    }

    private static func payload(_ table: YamlTable) -> [UInt8]? {
        if let encoded = table["payload_base64"] {
            if table["payload"] != nil { encoded.refuse("and payload: are the same thing twice; keep one") }
            guard let text = encoded.text() else { return nil }
            guard let data = Data(base64Encoded: text) else {
                encoded.refuse("is no base64")
                return nil
            }
            return Array(data)
        }
        return table.need("payload", "payload: '{\"temp\": 41.5}'")?.word().map { Array($0.utf8) }
    }

    private static func instant(_ entry: Entry) -> Instant? {
        guard let text = entry.text() else { return nil }
        guard let instant = Instant(iso8601: text) else {
            entry.refuse("\"\(Entry.short(text))\" is no moment, e.g. 2025-06-17T10:15:30+09:00")
            return nil
        }
        return instant
    }

    private static func line(_ entry: Entry) -> MappingTest.Line? {
        guard let table = YamlTable(entry, keys: expectKeys) else { return nil }
        var line = MappingTest.Line()
        line.site = table["site"]?.word()
        line.asset = table["asset"]?.word()
        line.metric = table["metric"]?.word()
        line.tags = table["tags"]?.lookup()
        line.kind = table["kind"]?.choice(KindWord.self)?.kind
        line.value = table["value"].flatMap(value)
        line.unit = table["unit"]?.word()
        line.time = table["time"].flatMap(instant)
        line.stamp = table["stamp"]?.choice(StampWord.self)?.source
        line.quality = table["quality"]?.choice(QualityWord.self)?.quality
        return line
    }

    private static func value(_ entry: Entry) -> MappingTest.Line.Value? {
        switch entry.form {
        case .whole(let number): return .number(Double(number))
        case .decimal(let number): return .number(number)
        case .flag(let flag): return .flag(flag)
        case .text(let text): return .text(text)
        case .nothing: return .nothing
        case nil:
            entry.refuse(expected: "a value")
            return nil
        }
    }

    private static func letter(_ entry: Entry) -> MappingTest.Letter? {
        guard let table = YamlTable(entry, keys: deadKeys),
            let reason = table.need("reason", "reason: path_missing")?.choice(DeadReason.self)
        else { return nil }
        return MappingTest.Letter(
            reason: reason,
            rule: table["rule"]?.name(),
            detail: table["detail"]?.word()
        )
    }
}

/// Who stamped a reading, as tests write it.
private enum StampWord: String, CaseIterable {
    case source, arrival

    var source: TimeSource { self == .source ? .source : .arrival }
}

/// How far a reading may be trusted, as tests write it.
private enum QualityWord: String, CaseIterable {
    case good, uncertain, bad, stale

    var quality: Quality {
        switch self {
        case .good: .good
        case .uncertain: .uncertain
        case .bad: .bad
        case .stale: .stale
        }
    }
}
