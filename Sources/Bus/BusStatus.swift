public import Readings

/// Where a link stands.
public enum LinkState: Hashable, Sendable {
    /// Made, but ``BusLink/start()`` was not called yet.
    case idle
    case connecting
    /// The broker accepted us and has answered what we asked to hear, or what it has kept for us comes already.
    case online
    /// The next try comes at this time.
    case waiting(until: Instant)
    case stopped

    /// The word in tables and JSON.
    public var word: String {
        switch self {
        case .idle: "idle"
        case .connecting: "connecting"
        case .online: "online"
        case .waiting: "waiting"
        case .stopped: "stopped"
        }
    }
}

/// A look at a link; holds no secret.
public struct LinkStatus: Hashable, Sendable {
    /// As ``BrokerAddress`` describes itself.
    public var address: String
    /// Who we are to the broker.
    public var clientID: String
    /// Where the link stands.
    public var state: LinkState
    /// Since when it is in this state.
    public var since: Instant
    /// The latest trouble in plain words with the next step; nil once the link is online again without one.
    public var lastError: String?
    /// Connections made after the first one.
    public var reconnects: Int
    /// Messages that are durable (subscriber) or acknowledged by the broker (publisher), since the start.
    public var messages: UInt64
    /// Their topics' and payloads' bytes.
    public var bytes: UInt64
    /// When ``messages`` last grew.
    public var lastMessageAt: Instant?
    /// Whether the broker still had our session at the latest connection.
    public var sessionPresent: Bool
    /// Over the last minute, at half of the messages: from read to durable (subscriber), or from handing over
    /// to acknowledged (publisher).
    public var lagMsP50: Double?
    /// As ``lagMsP50``, for the slowest hundredth.
    public var lagMsP99: Double?
    /// Messages that wait to go out, those under way included; 0 for a subscriber.
    public var queued: Int
    /// Failures to make messages durable, or messages that the broker refused.
    public var failures: UInt64
    /// Messages to any of its clients that the broker dropped since it started, by its own count (Mosquitto's
    /// `$SYS/broker/publish/messages/dropped`): beyond `max_queued_messages`. Nil where it does not tell.
    public var brokerDropped: UInt64?
    /// The certificates that the present or latest connection began with; empty without TLS.
    public var certificates: [CertificateStatus] = []
}
