import Readings

/// What a rule of `format: sparkplug` has without writing it down: the topic's parts as captures, and how a metric is
/// read.
enum SparkplugCaptures {
    /// In this order they follow those that the rule's own pattern names.
    static let names = ["group", "type", "node", "device"]

    /// A rule's captures, and those of Sparkplug's that it lacks.
    static func added(to own: [String]) -> [String] {
        own + names.filter { !own.contains($0) }
    }

    /// What the host itself must hear: what others say in its name.
    static func filters(_ options: RuleSetOptions) -> [TopicCover] {
        guard options.isSparkplugHost else { return [] }
        let topic = SparkplugState.topic(host: options.sparkplug.hostID)
        return [
            TopicCover(levels: topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init))
        ]
    }
}

extension Rule {
    /// Fills in the captures that the pattern itself does not make.
    func addLevels(of topic: Span<UInt8>, to found: inout [ByteRange?]) {
        guard let levels = SparkplugTopic(topic) else { return }
        for (number, name) in captureNames.enumerated() where found[number] == nil {
            switch name {
            case "group": found[number] = levels.group
            case "type": found[number] = levels.type
            case "node": found[number] = levels.node
            case "device": found[number] = levels.device
            default: break
            }
        }
    }
}

extension RuleOptions {
    /// The rule with all that its format says where it says nothing itself.
    func completed(defaults: RuleDefaults) -> RuleOptions {
        guard format == .sparkplug, !ignore else { return self }
        var rule = self
        if rule.each.isEmpty { rule.each = ["$[*]"] }
        if rule.readings.isEmpty { rule.readings = [ReadingOptions()] }
        if rule.common.metric == nil { rule.common.metric = "{@.name}" }
        if rule.common.value == nil { rule.common.value = Expression("@.value") }
        if rule.common.unit == nil { rule.common.unit = Expression("@.properties.engUnit", fallback: "") }
        if rule.common.quality == nil {
            rule.common.quality = Expression("@.properties.Quality", fallback: "good", scale: "sparkplug")
        }
        if rule.common.time == nil { rule.common.time = TimeOptions(paths: ["@.timestamp"], format: "ms") }
        if rule.common.asset == nil { rule.common.asset = Expression("{node}/{device}") }
        if rule.common.site == nil, defaults.site == nil { rule.common.site = Expression("{group}") }
        return rule
    }
}
