/// The rules of a configuration, compiled: which topics to ask the broker for, and what to do with each
/// message.
public struct RuleTable: Sendable {
    let rules: [Rule]
    let zones: [Zone]
    let units: UnitTable
    /// How many document paths and stamp rules remember their last result.
    let pathSlots: Int
    let stampSlots: Int
    let options: RuleSetOptions
    /// What the patterns ask for one by one; ``filters`` may let more through.
    let asked: [TopicCover]
    /// Where others may speak in our Sparkplug host's name; empty when nobody asks.
    let stateTopic: [UInt8]

    /// The fewest MQTT filters that cover all rules but those that ignore; no topic passes two of them, so
    /// that a broker that delivers a message once for each matching filter still delivers it once.
    public let filters: [String]

    /// Compiles the rules.
    ///
    /// - Throws: the first failure; ``check(_:)`` finds them all.
    public init(_ options: RuleSetOptions) throws(RuleFailure) {
        var compiler = RuleCompiler(options)
        let rules = compiler.compile()
        if let failure = compiler.failures.first { throw failure }
        self.rules = rules
        zones = compiler.zones
        units = compiler.units
        pathSlots = compiler.pathSlots.count
        stampSlots = compiler.stampSlots
        self.options = options
        asked =
            rules.filter { $0.reads != nil && !$0.pattern.text.hasPrefix(DropPlace.prefix) }.map(
                \.pattern.filter
            ) + SparkplugCaptures.filters(options)
        stateTopic =
            SparkplugCaptures.filters(options).isEmpty
            ? [] : Array(SparkplugState.topic(host: options.sparkplug.hostID).utf8)
        filters = TopicCover.fewest(asked).map(\.text)
    }

    /// Everything that is wrong with the rules, each with the place where it stands; empty when all is well.
    public static func check(_ options: RuleSetOptions) -> [RuleFailure] {
        var compiler = RuleCompiler(options)
        _ = compiler.compile()
        return compiler.failures
    }
}
