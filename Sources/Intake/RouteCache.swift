/// What the first sight of a topic found out: which rules may take its messages, and its captures.
///
/// Flat arrays without an object per topic: about 120 bytes for a topic with one rule and one reading, 12 MB
/// for 100 000 of them. A new route stands for the message at hand, whose end tells whether to ``keep()`` it. Beyond
/// ``routesMax`` or ``topicBytesMax`` a topic is matched anew for each message and then forgotten.
struct RouteCache: Sendable {
    /// The routes that are kept.
    static let routesMax = 100_000
    /// All their topics together: 32 MiB.
    static let topicBytesMax = 32 << 20

    /// A topic.
    struct Route: Sendable {
        let hash: UInt64
        let topicStart: UInt32
        let topicCount: UInt32
        let firstPick: UInt32
        let pickCount: UInt32
        /// False when only the widening of filters lets it through: nobody asked for it.
        let isAsked: Bool
        /// A rule that may take its messages reads Sparkplug.
        let isSparkplug: Bool
    }

    /// A rule that may take the topic's messages.
    struct Pick: Sendable {
        let rule: Int32
        let firstCapture: Int32
        /// Where its fixed series stand among the bindings.
        let firstBinding: Int32
        /// The source that messages under this rule come from; −1 for one that is not tracked.
        var source: Int32 = -1
    }

    private(set) var routes: [Route] = []
    var picks: [Pick] = []
    var bindings: [Binding] = []
    private(set) var captures: [ByteRange] = []
    private var topics: [UInt8] = []
    /// Index + 1 into `routes`; 0 is free.
    private var slots = [UInt32](repeating: 0, count: 64)
    private var levels: [ByteRange] = []
    /// Where the lasting part ends while a new route stands for one message only.
    private var lasting: (routes: Int, picks: Int, bindings: Int, captures: Int, topics: Int)?

    /// The route of a topic that was seen before.
    func find(_ topic: Span<UInt8>, hash: UInt64) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot] - 1)
            let route = routes[index]
            if route.hash == hash, Int(route.topicCount) == topic.count {
                let start = Int(route.topicStart)
                if topics.span.extracting(start..<start + topic.count).holdsSame(as: topic) { return index }
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Matches the rules against a topic that was not seen before.
    ///
    /// - Returns: its route, and whether there is room to ``keep()`` it. When its message is done it must be kept or
    ///   given up by ``drop()``.
    mutating func learn(_ topic: Span<UInt8>, hash: UInt64, _ table: RuleTable) -> (
        route: Int, isLasting: Bool
    ) {
        let isLasting =
            routes.count < Self.routesMax && topics.count + topic.count <= Self.topicBytesMax
        precondition(!isNew, "the route of the message before was neither kept nor given up")
        lasting = (routes.count, picks.count, bindings.count, captures.count, topics.count)
        TopicPattern.levels(of: topic, into: &levels)
        let firstPick = picks.count
        var isSparkplug = topic.holdsSame(as: table.stateTopic.span)
        for (number, rule) in table.rules.enumerated() {
            var found = [ByteRange?](repeating: nil, count: rule.captureNames.count)
            guard rule.pattern.matches(topic, levels, captures: &found) else { continue }
            if rule.decoding.format == .sparkplug {
                isSparkplug = true
                rule.addLevels(of: topic, to: &found)
            }
            picks.append(
                Pick(
                    rule: Int32(number),
                    firstCapture: Int32(captures.count),
                    firstBinding: Int32(bindings.count)
                )
            )
            captures.append(contentsOf: found.map { $0 ?? .empty })
            bindings.append(contentsOf: repeatElement(Binding(), count: rule.reads?.fixedCount ?? 0))
            // A rule without conditions takes the message in any case; none behind it is reached.
            if rule.conditions.isEmpty { break }
        }
        let isAsked = picks.count > firstPick || table.isAsked(topic.text)
        routes.append(
            Route(
                hash: hash,
                topicStart: UInt32(topics.count),
                topicCount: UInt32(topic.count),
                firstPick: UInt32(firstPick),
                pickCount: UInt32(picks.count - firstPick),
                isAsked: isAsked,
                isSparkplug: isSparkplug
            )
        )
        topics.append(copying: topic)
        return (routes.count - 1, isLasting)
    }

    /// Whether the last route is new, and its message is not done.
    var isNew: Bool { lasting != nil }

    /// Remembers the new route.
    mutating func keep() {
        guard lasting != nil else { return }
        lasting = nil
        if routes.count * 2 > slots.count { grow() } else { place(routes.count - 1) }
    }

    /// Gives up the new route.
    mutating func drop() {
        guard let lasting else { return }
        routes.removeLast(routes.count - lasting.routes)
        picks.removeLast(picks.count - lasting.picks)
        bindings.removeLast(bindings.count - lasting.bindings)
        captures.removeLast(captures.count - lasting.captures)
        topics.removeLast(topics.count - lasting.topics)
        self.lasting = nil
    }

    /// Lets all series be found anew.
    mutating func forgetBindings() {
        for index in bindings.indices { bindings[index] = Binding() }
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: routes[index].hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index + 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for index in routes.indices { place(index) }
    }
}

extension RuleTable {
    /// Whether a rule's pattern asks for the topic, widened filters aside.
    func isAsked(_ topic: String) -> Bool {
        asked.contains { $0.passes(topic) }
    }
}
