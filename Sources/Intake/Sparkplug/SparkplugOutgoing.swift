public import Readings

/// A message that the Sparkplug host wants published.
public struct SparkplugMessage: Hashable, Sendable {
    /// Without wildcards.
    public var topic: String
    /// Its bytes.
    public var payload: [UInt8]
    /// 0 for commands, 1 for STATE.
    public var qos: UInt8
    /// Whether the broker keeps it.
    public var retain: Bool
}

/// What the intake wants said on the broker; the wiring says it over a client of its own.
public enum SparkplugOutgoing: Hashable, Sendable {
    /// To be published as it is.
    case message(SparkplugMessage)
    /// Somebody said on our STATE topic that we were gone: say again that we are here, with the stamp of the present
    /// connection.
    case stateDenied
}

/// What a host says of itself: retained, QoS 1, and with `online: false` the will of its connection.
public enum SparkplugState {
    /// Where a host says it.
    public static func topic(host: String) -> String { "spBv1.0/STATE/\(host)" }

    /// - Parameters:
    ///   - online: false in the will and before an orderly end.
    ///   - stamp: of a will and of the birth over the same connection the moment of its CONNECT; of an orderly end now.
    public static func message(host: String, online: Bool, stamp: Instant) -> SparkplugMessage {
        let text = "{\"online\":\(online),\"timestamp\":\(stamp.milliseconds)}"
        return SparkplugMessage(topic: topic(host: host), payload: Array(text.utf8), qos: 1, retain: true)
    }
}

/// Commands to edge nodes and devices: QoS 0, not retained, with a stamp and without a number.
enum SparkplugCommand {
    /// Asks a node for its births.
    static func rebirth(group: String, node: String, at now: Instant) -> SparkplugMessage {
        let stamp = UInt64(max(0, now.milliseconds))
        var writer = WireWriter()
        writer.number(1, stamp)
        writer.message(2) { metric in
            metric.text(1, "Node Control/Rebirth")
            metric.number(3, stamp)
            metric.number(4, UInt64(SparkplugDatatype.boolean.rawValue))
            metric.flag(14, true)
        }
        return SparkplugMessage(
            topic: "spBv1.0/\(group)/NCMD/\(node)",
            payload: writer.bytes,
            qos: 0,
            retain: false
        )
    }
}
