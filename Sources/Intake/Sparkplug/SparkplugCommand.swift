import Readings
import SparkplugWire
import SwiftProtobuf

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
        var metric = WirePayload.Metric()
        metric.name = "Node Control/Rebirth"
        metric.datatype = UInt32(SparkplugDatatype.boolean.rawValue)
        metric.booleanValue = true
        return message(topic: "spBv1.0/\(group)/NCMD/\(node)", at: now, metric)
    }

    /// A command about one metric, which gets its stamp here.
    static func message(topic: String, at now: Instant, _ metric: WirePayload.Metric) -> SparkplugMessage {
        var metric = metric
        metric.timestamp = stamp(now)
        var payload = WirePayload()
        payload.timestamp = stamp(now)
        payload.metrics = [metric]
        guard let bytes: [UInt8] = try? payload.serializedBytes() else {
            preconditionFailure("a payload without required fields can always be written")
        }
        return SparkplugMessage(topic: topic, payload: bytes, qos: 0, retain: false)
    }

    static func stamp(_ now: Instant) -> UInt64 { UInt64(max(0, now.milliseconds)) }

    /// A value as its datatype wants it; nil when the text is no such value.
    static func value(_ text: String, as datatype: SparkplugDatatype) -> WirePayload.Metric.OneOf_Value? {
        switch datatype {
        case .int8: Int8(text).map { .intValue(UInt32(bitPattern: Int32($0))) }
        case .int16: Int16(text).map { .intValue(UInt32(bitPattern: Int32($0))) }
        case .int32: Int32(text).map { .intValue(UInt32(bitPattern: $0)) }
        case .uint8: UInt8(text).map { .intValue(UInt32($0)) }
        case .uint16: UInt16(text).map { .intValue(UInt32($0)) }
        case .uint32: UInt32(text).map { .intValue($0) }
        case .int64: Int64(text).map { .longValue(UInt64(bitPattern: $0)) }
        case .uint64, .dateTime: UInt64(text).map { .longValue($0) }
        case .float: Float(text).flatMap { $0.isFinite ? .floatValue($0) : nil }
        case .double: Double(text).flatMap { $0.isFinite ? .doubleValue($0) : nil }
        case .boolean: Bool(text).map { .booleanValue($0) }
        case .string, .text, .uuid: .stringValue(text)
        default: nil
        }
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
        guard let datatype = device.entries[entry].datatype else {
            throw .unfit(value: value, datatype: "value of a known datatype")
        }
        guard let written = SparkplugCommand.value(value, as: datatype) else {
            throw .unfit(value: value, datatype: "\(datatype.word)")
        }
        var wire = WirePayload.Metric()
        // With an alias the name is left out.
        if let alias = device.alias(of: entry) { wire.alias = alias } else { wire.name = metric }
        wire.datatype = UInt32(datatype.rawValue)
        wire.value = written
        let type = place == node.own ? "NCMD" : "DCMD"
        let tail = place == node.own ? "" : String(name.dropFirst(node.group.count + node.name.count + 1))
        let topic = "spBv1.0/\(node.group)/\(type)/\(node.name)\(tail)"
        return SparkplugCommand.message(topic: topic, at: now, wire)
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
