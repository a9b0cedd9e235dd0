import Readings

/// Why a command is not sent.
public enum SparkplugCommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownNode(String)
    /// Its birth is not known, or it has died.
    case absent(String)
    case unknownMetric(String, of: String)
    /// The birth says that it may not be written.
    case readOnly(String)
    case unfit(value: String, datatype: String)
    /// The role is passive.
    case silent

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .unknownNode(let name):
            "no edge node or device \(name) was seen; ask for tsunagi sparkplug nodes"
        case .absent(let name): "\(name) is not there: its birth is not known, or it has died"
        case .unknownMetric(let metric, let name): "\(metric) is not in the birth of \(name)"
        case .readOnly(let metric): "\(metric) is read-only, says its birth"
        case .unfit(let value, let datatype): "\(value) is no \(datatype)"
        case .silent: "sparkplug: {role: passive} says nothing; set role: active"
        }
    }
}

/// Commands to edge nodes and devices: QoS 0, not retained, with a stamp and without a number.
enum SparkplugCommand {
    /// Asks a node for its births.
    static func rebirth(group: String, node: String, at now: Instant) -> SparkplugMessage {
        message(topic: "spBv1.0/\(group)/NCMD/\(node)", at: now) { metric in
            metric.text(1, "Node Control/Rebirth")
            metric.number(3, stamp(now))
            metric.number(4, UInt64(SparkplugDatatype.boolean.rawValue))
            metric.flag(14, true)
        }
    }

    static func message(
        topic: String,
        at now: Instant,
        _ metric: (inout WireWriter) -> Void
    ) -> SparkplugMessage {
        var writer = WireWriter()
        writer.number(1, stamp(now))
        writer.message(2, metric)
        return SparkplugMessage(topic: topic, payload: writer.bytes, qos: 0, retain: false)
    }

    static func stamp(_ now: Instant) -> UInt64 { UInt64(max(0, now.milliseconds)) }

    /// Writes a value as its datatype wants it.
    ///
    /// - Returns: false when the text is no such value.
    static func write(_ text: String, as datatype: SparkplugDatatype, into metric: inout WireWriter) -> Bool {
        switch datatype {
        case .int8: return whole(Int8(text).map { UInt32(bitPattern: Int32($0)) }, &metric)
        case .int16: return whole(Int16(text).map { UInt32(bitPattern: Int32($0)) }, &metric)
        case .int32: return whole(Int32(text).map { UInt32(bitPattern: $0) }, &metric)
        case .uint8: return whole(UInt8(text).map { UInt32($0) }, &metric)
        case .uint16: return whole(UInt16(text).map { UInt32($0) }, &metric)
        case .uint32: return whole(UInt32(text), &metric)
        case .int64: return long(Int64(text).map { UInt64(bitPattern: $0) }, &metric)
        case .uint64, .dateTime: return long(UInt64(text), &metric)
        case .float:
            guard let value = Float(text), value.isFinite else { return false }
            metric.float(12, value)
        case .double:
            guard let value = Double(text), value.isFinite else { return false }
            metric.double(13, value)
        case .boolean:
            guard let value = Bool(text) else { return false }
            metric.flag(14, value)
        case .string, .text, .uuid: metric.text(15, text)
        default: return false
        }
        return true
    }

    private static func whole(_ bits: UInt32?, _ metric: inout WireWriter) -> Bool {
        guard let bits else { return false }
        metric.number(10, UInt64(bits))
        return true
    }

    private static func long(_ bits: UInt64?, _ metric: inout WireWriter) -> Bool {
        guard let bits else { return false }
        metric.number(11, bits)
        return true
    }
}

extension SparkplugHost {
    /// A command that writes a metric of a node or device.
    ///
    /// - Parameters:
    ///   - name: `group/node` or `group/node/device`.
    ///   - metric: as its birth names it.
    func command(
        _ name: String,
        _ metric: String,
        _ value: String,
        at now: Instant
    ) throws(SparkplugCommandFailure) -> SparkplugMessage {
        guard options.role != .passive else { throw .silent }
        guard let place = devices.firstIndex(where: { $0.name == name }) else { throw .unknownNode(name) }
        let device = devices[place]
        let node = nodes[device.node]
        guard device.state == .alive else { throw .absent(name) }
        guard let entry = device.entry(named: metric) else { throw .unknownMetric(metric, of: name) }
        guard !device.isReadOnly(entry) else { throw .readOnly(metric) }
        let datatype = device.entries[entry].datatype
        var isWritten = false
        let alias = device.alias(of: entry)
        let type = place == node.own ? "NCMD" : "DCMD"
        let tail = place == node.own ? "" : String(name.dropFirst(node.group.count + node.name.count + 1))
        let message = SparkplugCommand.message(
            topic: "spBv1.0/\(node.group)/\(type)/\(node.name)\(tail)",
            at: now
        ) {
            // With an alias the name is left out.
            if let alias { $0.number(2, alias) } else { $0.text(1, metric) }
            $0.number(3, SparkplugCommand.stamp(now))
            guard let datatype else { return }
            $0.number(4, UInt64(datatype.rawValue))
            isWritten = SparkplugCommand.write(value, as: datatype, into: &$0)
        }
        guard isWritten else {
            throw .unfit(value: value, datatype: datatype.map { "\($0.word)" } ?? "value of a known datatype")
        }
        return message
    }

    /// Asks a node for its births because an operator wants it, however lately it was asked.
    mutating func rebirth(_ name: String, at now: Instant) throws(SparkplugCommandFailure) {
        guard options.role != .passive else { throw .silent }
        guard let node = nodes.firstIndex(where: { "\($0.group)/\($0.name)" == name }) else {
            throw .unknownNode(name)
        }
        nodes[node].asked = .distantPast
        ask(node, at: now)
    }
}

extension SparkplugDevice {
    /// The entry of a name; nil when the last birth had none.
    func entry(named name: String) -> Int? {
        entries.firstIndex { texts.text($0.name) == name }
    }

    /// Whether the birth says that a metric may not be written.
    func isReadOnly(_ entry: Int) -> Bool {
        facts[entries[entry].facts].contains { texts.text($0.key) == "readOnly" && $0.kind == .yes }
    }
}
