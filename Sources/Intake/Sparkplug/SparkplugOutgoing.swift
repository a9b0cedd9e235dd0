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

    /// What a connection begins with: the will that its CONNECT carries, and the birth that is the first message over
    /// it, both with the stamp of that CONNECT.
    public static func greeting(host: String, connect: Instant) -> (
        will: SparkplugMessage, birth: SparkplugMessage
    ) {
        (
            message(host: host, online: false, stamp: connect),
            message(host: host, online: true, stamp: connect)
        )
    }
}
