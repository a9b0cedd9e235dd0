import Intake

/// `defaults:`, `limits:`, `tables:` and `rules:`: the mapping model's part of the configuration.
enum RulesPart {
    static let defaultsKeys = ["site", "timezone", "max_ahead_s", "max_behind_s"]
    static let limitsKeys = ["payload", "nesting", "readings_per_message"]
    /// The longest time that stamps may be off, a hundred years in seconds.
    static let secondsMax = 3_153_600_000

    /// - Returns: the rules ready for their room, and as they stand in the file; nil, after complaints, when anything in
    ///   these sections is wrong.
    static func read(
        _ table: YamlTable,
        root: Entry,
        gateway: GatewayIdentity?,
        _ place: FilePlace
    ) -> (options: RuleSetOptions, list: RuleList)? {
        let findings = root.findings
        let before = findings.count
        var options = RuleSetOptions()
        options.defaults.site = gateway?.site
        options.defaults.timezone = gateway?.timezone
        if let entry = table["defaults"] { readDefaults(entry, &options.defaults) }
        if let entry = table["limits"] { readLimits(entry, &options) }
        if let entry = table["sparkplug"] { SparkplugPart.read(entry, &options.sparkplug) }
        var list = RuleList()
        list.base = table["base"].flatMap(Overrides.base) ?? ""
        list.readTables(table)
        list.readRules(table, root, takesOver: place)
        options.tables = list.tables
        options.rules = list.rules(with: Overrides())
        guard findings.count == before else { return nil }
        let places = PlaceMap(root: root, sources: list.sources)
        for failure in RuleTable.check(options) { places.tell(failure) }
        return findings.count == before ? (options, list) : nil
    }

    private static func readDefaults(_ entry: Entry, _ defaults: inout RuleDefaults) {
        guard let table = YamlTable(entry, keys: defaultsKeys) else { return }
        if let site = table["site"]?.name() { defaults.site = site }
        if let timezone = table["timezone"]?.zone() { defaults.timezone = timezone }
        if let seconds = table["max_ahead_s"]?.whole(0...secondsMax) { defaults.maxAheadSeconds = seconds }
        if let seconds = table["max_behind_s"]?.whole(0...secondsMax) { defaults.maxBehindSeconds = seconds }
    }

    private static func readLimits(_ entry: Entry, _ options: inout RuleSetOptions) {
        guard let table = YamlTable(entry, keys: limitsKeys) else { return }
        if let payload = table["payload"], let bytes = payload.size() {
            // 256 MiB is the most that MQTT carries in one packet.
            if (1...(256 << 20)).contains(bytes) {
                options.payloadBytesMax = bytes
            } else {
                payload.refuse("must lie within 1 B … 256 MiB")
            }
        }
        if let depth = table["nesting"]?.whole(1...512) { options.nestingMax = depth }
        if let count = table["readings_per_message"]?.whole(1...1_000_000) {
            options.readingsPerMessageMax = count
        }
    }
}
