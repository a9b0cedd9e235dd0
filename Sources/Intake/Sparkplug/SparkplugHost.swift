import Readings

/// How a message came.
struct SparkplugArrival: Sendable {
    var now: Instant
    var qos: UInt8 = 0
    var isRetained = false
    /// It has waited, and its turn has come.
    var isReleased = false
}

/// What becomes of a message.
enum SparkplugVerdict: Hashable, Sendable {
    /// Its metrics have their entries, all but `unknown` of them; read them as this device's.
    case read(device: Int, unknown: Int)
    /// It waits, or was dropped as a repetition.
    case held
    /// A death that counts; see ``SparkplugHost/stale``.
    case died
    /// It says nothing to us: a command, another host's state, an earlier session's death.
    case passed
    case refused(DeadReason, String)
}

/// Sparkplug's state machine as a host application sees it: who is born and alive, what aliases mean, in which order
/// messages count, and whom to ask for a birth.
///
/// Pure: time comes in with each call, and what is to be said goes out as values in ``outgoing``. It keeps at most
/// ``nodesMax`` edge nodes, ``devicesMax`` devices and ``bytesMax`` of what their births said, and for each node
/// 127 messages of 1 MiB together that wait.
///
///     tick(now)            frees what has waited long enough
///     take(…) → verdict    one message
///     next() → held        a message whose turn has come; take it again as released
struct SparkplugHost: Sendable {
    static let nodesMax = 10_000
    static let devicesMax = 100_000
    static let bytesMax = 256 << 20

    let options: SparkplugOptions
    var nodes: [SparkplugNode] = []
    var devices: [SparkplugDevice] = []
    /// Where nodes and devices stand, by `group/node`, and by the node's number and the device's id.
    var nodeNumbers = ByteTable(entriesMax: nodesMax, arenaBytesMax: 16 << 20)
    var deviceNumbers = ByteTable(entriesMax: devicesMax, arenaBytesMax: 64 << 20)
    /// Nodes' names by their lower case.
    var folded: [String: String] = [:]
    private var bytes = 0
    /// A buffer for keys.
    var key: [UInt8] = []
    private var name: [UInt8] = []

    /// Whose values are out of date, and since when; the caller takes them out.
    var stale: [(device: Int, since: Instant)] = []
    /// What is to be said; the caller takes it out.
    var outgoing: [SparkplugOutgoing] = []
    /// Gaps that were not closed, as dead letters' details; the caller takes them out.
    var gaps: [String] = []
    /// Those whose turn has come, in order.
    var released: [SparkplugHeld] = []
    /// Nodes with messages that wait, and nodes that are to be asked.
    var waiting: [Int] = []
    var due: [Int] = []
    var status = SparkplugStatus()

    init(_ options: SparkplugOptions) {
        self.options = options
    }

    /// The next message whose turn has come.
    mutating func next() -> SparkplugHeld? {
        while !released.isEmpty {
            let held = released.removeFirst()
            if !held.isRead { return held }
        }
        return nil
    }

    /// Takes a message.
    ///
    /// - Parameters:
    ///   - text: the topic that `topic` was read from.
    ///   - payload: read from `bytes`; gets its metrics' entries.
    mutating func take(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        switch topic.kind {
        case .nodeData: return nodeData(topic, text, &payload, bytes, arrival)
        case .deviceData: return deviceData(topic, text, &payload, bytes, arrival)
        case .nodeBirth: return nodeBirth(topic, text, &payload, bytes, arrival)
        case .deviceBirth: return deviceBirth(topic, text, &payload, bytes, arrival)
        case .nodeDeath: return nodeDeath(topic, text, payload, bytes, arrival)
        case .deviceDeath: return deviceDeath(topic, text, payload, bytes, arrival)
        case .nodeCommand, .deviceCommand, .state: return .passed
        }
    }

    /// A payload that could not be read: the node's births may mend it.
    mutating func spoiled(_ topic: SparkplugTopic, _ text: Span<UInt8>, at now: Instant) {
        switch topic.kind {
        case .nodeData, .deviceData, .nodeBirth, .deviceBirth:
            if let node = node(topic, text, isNew: true) { ask(node, at: now) }
        case .nodeDeath, .deviceDeath, .nodeCommand, .deviceCommand, .state: break
        }
    }

    // MARK: Data

    private mutating func nodeData(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        guard let node = node(topic, text, isNew: true) else { return full }
        guard nodes[node].isBorn else { return unborn(node, topic, text, arrival.now) }
        if isOutOfTurn(node, payload.seq, text, bytes, arrival) { return .held }
        return read(nodes[node].own, of: node, &payload, bytes, arrival)
    }

    private mutating func deviceData(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        guard let node = node(topic, text, isNew: true) else { return full }
        guard nodes[node].isBorn else { return unborn(node, topic, text, arrival.now) }
        if isOutOfTurn(node, payload.seq, text, bytes, arrival) { return .held }
        guard let device = device(topic, text, of: node, isNew: false), devices[device].state == .alive else {
            return unborn(node, topic, text, arrival.now)
        }
        return read(device, of: node, &payload, bytes, arrival)
    }

    private mutating func read(
        _ device: Int,
        of node: Int,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        if nodes[node].isDoubtful {
            nodes[node].isDoubtful = false
            ask(node, at: arrival.now)
        }
        let unknown = devices[device].resolve(&payload, bytes, name: &name, &status)
        if unknown > 0 { ask(node, at: arrival.now) }
        return .read(device: device, unknown: unknown)
    }

    private mutating func unborn(
        _ node: Int,
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ now: Instant
    ) -> SparkplugVerdict {
        ask(node, at: now)
        let type = text.extracting(topic.type.indices).text
        let device = topic.device.count == 0 ? "" : "/" + text.extracting(topic.device.indices).text
        return .refused(
            .spbNoBirth,
            "\(type) before any birth of \(nodes[node].group)/\(nodes[node].name)\(device)"
        )
    }

    // MARK: Births

    private mutating func nodeBirth(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        guard let node = node(topic, text, isNew: true) else { return full }
        if releaseBefore(node, text, bytes, arrival) { return .held }
        let bdSeq = bdSeq(in: payload, bytes)
        if bdSeq == nil { status.complain(.bdSeqMissing) }
        let isOtherSession = nodes[node].isBorn && (bdSeq == nil || bdSeq != nodes[node].bdSeq)
        for device in nodes[node].devices where device != nodes[node].own {
            guard devices[device].state == .alive || devices[device].state == .awaited else { continue }
            // Of the earlier session's end only its death would have told, and that was lost.
            if isOtherSession { stale.append((device, arrival.now)) }
            become(isOtherSession ? .dead : .awaited, device)
        }
        nodes[node].bdSeq = bdSeq
        setBorn(true, node)
        nodes[node].isAskDue = false
        nodes[node].isDoubtful = false
        nodes[node].owners.removeAll()
        nodes[node].definitions.removeAll()
        var place = 0
        while place < payload.metrics.count {
            let metric = payload.metrics[place]
            if metric.marks.contains(.isDefinition), metric.marks.contains(.name) {
                nodes[node].definitions.insert(bytes.extracting(metric.name.indices).text)
            }
            place = Int(metric.next)
        }
        expect(node, after: payload.seq, isKnown: !topic.isCopy && !arrival.isRetained)
        return learn(nodes[node].own, of: node, &payload, bytes, arrival)
    }

    private mutating func deviceBirth(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        guard let node = node(topic, text, isNew: true) else { return full }
        guard nodes[node].isBorn else { return unborn(node, topic, text, arrival.now) }
        if isOutOfTurn(node, payload.seq, text, bytes, arrival) { return .held }
        guard let device = device(topic, text, of: node, isNew: true) else { return full }
        return learn(device, of: node, &payload, bytes, arrival)
    }

    private mutating func learn(
        _ device: Int,
        of node: Int,
        _ payload: inout SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        let isOfNode = device == nodes[node].own
        let templates = status.complaints[.templateUnknown]
        self.bytes -= devices[device].bytes
        var repeated = devices[device].learn(
            &payload,
            bytes,
            definitions: nodes[node].definitions,
            isOfNode: isOfNode,
            &status
        )
        self.bytes += devices[device].bytes
        guard self.bytes <= Self.bytesMax else {
            become(.unborn, device)
            return full
        }
        if repeated == nil { repeated = claim(device, of: node) }
        if let repeated {
            status.complain(.aliasRepeated)
            become(.unborn, device)
            if isOfNode { setBorn(false, node) }
            askOnce(node, at: arrival.now)
            return .refused(
                .spbUnknownAlias,
                "alias \(repeated) stands for two metrics of \(devices[device].name)"
            )
        }
        become(.alive, device)
        if status.complaints[.templateUnknown] != templates { askOnce(node, at: arrival.now) }
        return .read(device: device, unknown: payload.metrics.count { $0.entry < 0 })
    }

    /// Notes whose the aliases are.
    ///
    /// - Returns: one that another device of the node has.
    private mutating func claim(_ device: Int, of node: Int) -> UInt64? {
        let given = devices[device].given
        for alias in given {
            if let owner = nodes[node].owners[alias], owner != device, devices[owner].state == .alive,
                devices[owner].hasAlias(alias)
            {
                return alias
            }
        }
        // Devices that change their aliases at each birth must not fill memory.
        if nodes[node].owners.count > 1 << 20 { nodes[node].owners.removeAll() }
        for alias in given { nodes[node].owners[alias] = device }
        return nil
    }

    // MARK: Deaths

    private mutating func nodeDeath(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ payload: SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        guard let node = node(topic, text, isNew: false), nodes[node].isBorn else { return .passed }
        let bdSeq = bdSeq(in: payload, bytes)
        if bdSeq == nil { status.complain(.bdSeqMissing) }
        guard nodes[node].bdSeq == nil || bdSeq == nodes[node].bdSeq else {
            status.complain(.bdSeqUnmatched)
            return .passed
        }
        if releaseBefore(node, text, bytes, arrival) { return .held }
        setBorn(false, node)
        nodes[node].expected = nil
        for device in nodes[node].devices where devices[device].state != .dead {
            if devices[device].state != .unborn { stale.append((device, arrival.now)) }
            become(.dead, device)
        }
        return .died
    }

    private mutating func deviceDeath(
        _ topic: SparkplugTopic,
        _ text: Span<UInt8>,
        _ payload: SparkplugPayload,
        _ bytes: Span<UInt8>,
        _ arrival: SparkplugArrival
    ) -> SparkplugVerdict {
        guard let node = node(topic, text, isNew: false), nodes[node].isBorn else { return .passed }
        if isOutOfTurn(node, payload.seq, text, bytes, arrival) { return .held }
        guard let device = device(topic, text, of: node, isNew: false),
            devices[device].state == .alive || devices[device].state == .awaited
        else {
            status.complain(.deviceUnknown)
            return .passed
        }
        become(.dead, device)
        let stamp = payload.timestamp.flatMap { Int64(exactly: $0) }.map { Instant(milliseconds: $0) }
        stale.append((device, stamp ?? arrival.now))
        return .died
    }

    /// The number of the session that a birth or death belongs to.
    private func bdSeq(in payload: SparkplugPayload, _ bytes: Span<UInt8>) -> UInt64? {
        for metric in payload.metrics where metric.marks.contains(.name) {
            guard bytes.extracting(metric.name.indices).isWord("bdSeq") else { continue }
            switch metric.value.field {
            case .int, .long: return metric.value.bits
            default: return nil
            }
        }
        return nil
    }
}
