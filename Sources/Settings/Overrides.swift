import Intake

/// What an entry of `rules:` says otherwise than the preset that it takes over; what it leaves out stays as it is.
struct Overrides {
    static let keys = ["base", "site", "asset", "asset_table", "timezone", "tags", "names", "unnamed"]

    private var base: String?
    private var site: Expression?
    private var asset: Expression?
    private var assetMap: [String: String]?
    private var timezone: String?
    private var tags: [String: String] = [:]
    private var names: [String: ReadingOptions] = [:]
    private var unnamed: UnnamedPolicy?

    /// Nothing is said otherwise.
    init() {}

    /// - Parameter tables: those of the file in which the entry stands.
    init(_ table: YamlTable, _ tables: [String: [String: String]]) {
        base = table["base"].flatMap(Self.base)
        site = table["site"].flatMap { ReadingPart.expression($0, tables) }
        asset = table["asset"].flatMap { ReadingPart.expression($0, tables) }
        assetMap = table["asset_table"].flatMap { ReadingPart.look($0, tables) }
        timezone = table["timezone"]?.name()
        tags = table["tags"]?.lookup() ?? [:]
        for (key, value) in table["names"]?.pairs() ?? [] { names[key] = RulePart.named(value, tables) }
        unnamed = table["unnamed"]?.choice(UnnamedPolicy.self)
    }

    /// What a file says for all its rules, where they say nothing themselves.
    static func defaults(_ defaults: RuleDefaults, _ rule: RuleOptions) -> RuleOptions {
        guard !rule.ignore else { return rule }
        var rule = rule
        if rule.common.site == nil { rule.common.site = defaults.site.map { Expression($0) } }
        if rule.timezone == nil { rule.timezone = defaults.timezone }
        return rule
    }

    /// The first levels of all topics; none when it is empty.
    static func base(_ entry: Entry) -> String? {
        guard let text = entry.text() else { return nil }
        guard !text.hasPrefix("/"), !text.hasSuffix("/"), !text.contains("#") else {
            entry.refuse(
                "\"\(Entry.short(text))\" is no beginning of a topic: levels without # and without a / at the ends"
            )
            return nil
        }
        return text
    }

    /// The rule as it stands with all that is said here.
    ///
    /// - Parameter base: the file's own, which goes before the topics where none is said here.
    func applied(to rule: RuleOptions, base ownBase: String) -> RuleOptions {
        var rule = rule
        let base = base ?? ownBase
        // A folder is no topic.
        if !base.isEmpty, rule.drop == nil { rule.topic = "\(base)/\(rule.topic)" }
        guard !rule.ignore else { return rule }
        if let timezone { rule.timezone = timezone }
        if let unnamed { rule.unnamed = unnamed }
        rule.names.merge(names) { _, own in own }
        change(&rule.common)
        for index in rule.readings.indices { clear(&rule.readings[index]) }
        for (name, options) in rule.names where names[name] == nil {
            var options = options
            clear(&options)
            rule.names[name] = options
        }
        return rule
    }

    private func change(_ options: inout ReadingOptions) {
        if let site { options.site = site }
        if let asset { options.asset = asset }
        if let assetMap { options.asset?.map = assetMap }
        if !tags.isEmpty { options.tags = (options.tags ?? [:]).merging(tags) { _, own in own } }
    }

    /// What is said here counts for all readings, whatever they say themselves.
    private func clear(_ options: inout ReadingOptions) {
        if site != nil { options.site = nil }
        if asset != nil { options.asset = nil }
        if options.asset != nil, let assetMap { options.asset?.map = assetMap }
        if !tags.isEmpty, let own = options.tags { options.tags = own.merging(tags) { _, other in other } }
    }
}
