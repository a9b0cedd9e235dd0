import Bus
import Disclosure
import Readings
import Sharing
import Synchronization

/// All feeds that leave as Sparkplug: an edge node for each recipient, and an ear for what their hosts ask for.
final class SparkplugEdges: Sendable {
    private struct State {
        var edges: [SparkplugFeed: SparkplugEdge] = [:]
        /// By agreement, who tells of it.
        var tellers: [String: SparkplugEdge] = [:]
        /// Hears requests for births; made with the first node.
        var ear: BusLink?
        /// What our own topics begin with: nothing of ours is a reading.
        var prefixes: [[UInt8]] = []
    }

    private let options: BusOptions
    private let state = Mutex(State())

    /// - Parameter options: of the link that releases leave by.
    init(over options: BusOptions) {
        var options = options
        options.will = nil
        self.options = options
    }

    /// Goes by these agreements: nodes come and go with what they grant.
    func adopt(_ agreements: [Agreement]) {
        let granted = Dictionary(
            grouping: agreements.filter { !SparkplugFeed.grants(of: $0).isEmpty },
            by: { SparkplugFeed(recipient: $0.recipient.id, provider: $0.provider.id) }
        )
        let (gone, kept, ear) = state.withLock { state in
            let gone = state.edges.filter { granted[$0.key] == nil }.map(\.value)
            let kept = state.edges.values.filter { granted[$0.feed] != nil }
            for edge in gone { state.edges[edge.feed] = nil }
            for (feed, agreements) in granted where state.edges[feed] == nil {
                state.edges[feed] = SparkplugEdge(feed, agreements, over: options)
            }
            state.tellers = [:]
            for (feed, agreements) in granted {
                for agreement in agreements { state.tellers[agreement.id] = state.edges[feed] }
            }
            state.prefixes = Set(granted.keys.map(\.recipient)).map {
                Array(SparkplugFeed.prefix(of: $0).utf8)
            }
            if state.ear == nil, !granted.isEmpty { state.ear = makeEar() }
            return (gone, kept, state.ear)
        }
        ear?.setFilters(granted.keys.map { $0.topic(.nodeCommand) }.sorted())
        ear?.start()
        for edge in gone { edge.stop() }
        for edge in kept { edge.adopt(granted[edge.feed] ?? []) }
    }

    /// Publishes a release of a grant that leaves this way.
    func publish(_ entry: OutboxEntry, _ answered: @escaping @Sendable (String?) -> Void) {
        guard let edge = state.withLock({ $0.tellers[entry.agreement] }) else {
            return answered("\(entry.feed) is not granted any more")
        }
        edge.publish(entry, answered)
    }

    /// Whether a topic is one that we publish on.
    func own(_ topic: Span<UInt8>) -> Bool {
        state.withLock { state in
            state.prefixes.contains { prefix in
                topic.count > prefix.count && prefix.indices.allSatisfy { topic[$0] == prefix[$0] }
            }
        }
    }

    func stop() {
        let (edges, ear) = state.withLock { ($0.edges.values, $0.ear) }
        ear?.stop()
        for edge in edges { edge.stop() }
    }

    /// What does not get on, one line each.
    var faults: [String] {
        state.withLock { $0.edges.values.compactMap(\.fault) }.sorted()
    }

    private func makeEar() -> BusLink {
        var options = options
        options.identity.clientID += "-edge-ear"
        options.sessionExpirySeconds = 0
        let sink = BusSink(
            take: { [weak self] topic, payload, _ in
                let bytes = unsafe payload.withUnsafeBufferPointer { unsafe Array($0) }
                guard SparkplugFeed.isRebirth(bytes) else { return }
                let name = unsafe topic.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
                let edge = self?.state.withLock { state in
                    state.edges.values.first { $0.feed.topic(.nodeCommand) == name }
                }
                edge?.rebirth()
            },
            settle: {}
        )
        return BusLink(options, sink: sink)
    }
}
