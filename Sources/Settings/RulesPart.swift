import Intake
import Yams

/// `defaults:`, `limits:`, `tables:` and `rules:`: the mapping model's part of the configuration.
enum RulesPart {
    static let defaultsKeys = ["site", "timezone", "max_ahead_s", "max_behind_s"]
    static let limitsKeys = ["payload", "nesting", "readings_per_message"]
    /// The longest time that stamps may be off, a hundred years in seconds.
    static let secondsMax = 3_153_600_000

    /// - Returns: nil, after complaints, when anything in these sections is wrong.
    static func read(
        _ table: YamlTable,
        root: Entry,
        _ place: FilePlace,
        gateway: GatewayIdentity?
    ) -> RuleSetOptions? {
        let findings = root.findings
        let before = findings.list.count
        var options = RuleSetOptions()
        options.defaults.site = gateway?.site
        options.defaults.timezone = gateway?.timezone
        if let entry = table["defaults"] { readDefaults(entry, &options.defaults) }
        if let entry = table["limits"] { readLimits(entry, &options) }
        if let entry = table["sparkplug"] { SparkplugPart.read(entry, &options.sparkplug) }
        for (name, value) in table["tables"]?.pairs() ?? [] {
            options.tables[name] = value.lookup()
        }
        var sources: [PlaceMap.Source] = []
        if let entry = table.need("rules", "rules: [{name: temperatures, topic: \"sensors/{asset}\", …}]") {
            readRules(entry, place, &options, &sources)
        }
        guard findings.list.count == before else { return nil }
        let places = PlaceMap(root: root.node, sources: sources)
        for failure in RuleTable.check(options) {
            findings.add(places.spot(of: failure.place), failure.message)
        }
        return findings.list.count == before ? options : nil
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

    private static func readRules(
        _ entry: Entry,
        _ place: FilePlace,
        _ options: inout RuleSetOptions,
        _ sources: inout [PlaceMap.Source]
    ) {
        guard let list = entry.list() else { return }
        if list.isEmpty { entry.refuse("is empty: without a rule nothing is taken in") }
        var lines: [String: Int] = [:]
        var folders: [String: Int] = [:]
        for (index, item) in list.enumerated() {
            guard let table = YamlTable(item, keys: RulePart.keys) else { continue }
            if let name = table["name"], let text = name.writing {
                if let line = lines[text] {
                    name.refuse("\"\(Entry.short(text))\" is already that of the rule in line \(line)")
                }
                lines[text] = name.spot?.line ?? 0
            }
            if let drop = table["drop"], let folder = drop.writing {
                if let line = folders[place.path(folder)] {
                    drop.refuse("is already the folder of the rule in line \(line): each needs its own")
                }
                folders[place.path(folder)] = drop.spot?.line ?? 0
            }
            for (topic, rule) in RulePart.read(table, options.tables, place).enumerated() {
                options.rules.append(rule)
                sources.append(PlaceMap.Source(rule: index, topic: topic))
            }
        }
    }
}

/// Leads from a place in the rules' options back to the line of the file.
struct PlaceMap {
    /// Which rule of the file a compiled rule comes from; a rule with several topics becomes several.
    struct Source {
        var rule: Int
        var topic: Int
    }

    let root: Node
    /// By the index of the compiled rule.
    let sources: [Source]

    /// Where a place stands, or as near above it as the file says anything.
    func spot(of place: [PlaceStep]) -> Spot? {
        let translated = translate(place)
        var node = root
        var spot = root.mark.map(Spot.init)
        for (depth, step) in translated.enumerated() {
            guard let next = child(of: node, step) else {
                // What the gateway's own site and zone say is taken over as the rules' defaults.
                if depth == 1, translated.count == 2, case .key("defaults") = translated[0] {
                    return self.spot(of: [.key("gateway"), translated[1]])
                }
                if depth == 0, translated.count == 2, case .key("defaults") = step {
                    return self.spot(of: [.key("gateway"), translated[1]])
                }
                break
            }
            node = next
            spot = node.mark.map(Spot.init) ?? spot
        }
        return spot
    }

    private func translate(_ place: [PlaceStep]) -> [PlaceStep] {
        guard place.count > 1, place[0] == .key("rules"), case .index(let index) = place[1],
            index < sources.count
        else { return place }
        var translated = place
        translated[1] = .index(sources[index].rule)
        if place.count == 3, place[2] == .key("topic") { translated.append(.index(sources[index].topic)) }
        return translated
    }

    private func child(of node: Node, _ step: PlaceStep) -> Node? {
        switch (node, step) {
        case (.mapping(let mapping), .key(let key)):
            return mapping.first { $0.key.scalar?.string == key }?.value
        case (.sequence(let sequence), .index(let index)):
            return sequence.indices.contains(index) ? sequence[index] : nil
        case (.scalar, .index(0)):
            // One value where a list may stand.
            return node
        default:
            return nil
        }
    }
}
