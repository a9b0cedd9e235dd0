/// Where a broker listens.
public enum BrokerAddress: Hashable, Sendable, CustomStringConvertible {
    /// A Unix socket, as the managed broker offers for the gateway's own link.
    case unix(path: String)
    case tcp(host: String, port: Int)
    case tls(host: String, port: Int, TLSOptions)

    /// `unix:/path`, `mqtt://host:port` or `mqtts://host:port`; never a secret.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "mqtt://\(host):\(port)"
        case .tls(let host, let port, _): "mqtts://\(host):\(port)"
        }
    }
}

/// How the broker proves itself to us, and we to it. Paths of PEM files.
public struct TLSOptions: Hashable, Sendable {
    /// The authorities to trust; nil trusts those of the system.
    public var caFile: String?
    /// Our own certificate, where the broker asks for one; needs ``keyFile``.
    public var certificateFile: String?
    /// Its key, without a password.
    public var keyFile: String?

    /// Paths of PEM files, or nil.
    public init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// Who we are to the broker.
public struct BusIdentity: Hashable, Sendable {
    /// Unique at the broker: two clients with one id push each other out.
    public var clientID: String
    /// Nil connects without a name.
    public var user: String?
    /// Read from a file by the wiring; never logged, never on a command line.
    public var password: String?

    /// A client id, and what it logs in with.
    public init(clientID: String, user: String? = nil, password: String? = nil) {
        self.clientID = clientID
        self.user = user
        self.password = password
    }
}

/// One link to a broker, MQTT 5.
public struct BusOptions: Hashable, Sendable {
    /// Where the broker listens.
    public var address: BrokerAddress
    /// Who we are to it.
    public var identity: BusIdentity
    /// Filters to subscribe to, at QoS 1.
    public var filters: [String] = []
    /// Filters that an earlier run may have left in the broker's session; those that ``filters`` lacks are
    /// given back.
    public var filtersBefore: [String] = []
    /// Whether a subscriber also asks how many messages the broker has dropped; see ``LinkStatus/brokerDropped``.
    public var watchesDrops = false
    /// 5 … 3600.
    public var keepAliveSeconds = 30
    /// How many unacknowledged messages the broker may have under way to us: 1 … 65 535.
    public var receiveMaximum = 4096
    /// How long the broker keeps our session while we are away; 0 asks for a clean session.
    public var sessionExpirySeconds: UInt32 = 7 * 86_400
    /// How long to collect messages at most before the sync that lets their acknowledgements go; less while few come.
    public var lingerMs = 10
    /// Payload and topic bytes after which to sync without waiting for more.
    public var batchBytesMax = 1 << 20
    /// A message that the broker publishes for us when we vanish: topic, payload, retained, QoS 1.
    public var will: BusMessage?

    /// A link with everything else at its default.
    public init(address: BrokerAddress, identity: BusIdentity) {
        self.address = address
        self.identity = identity
    }
}

/// A message on its way out.
public struct BusMessage: Hashable, Sendable {
    /// Without wildcards, at most 65 535 bytes.
    public var topic: String
    /// At most 256 MiB less the topic; brokers usually take less.
    public var payload: [UInt8]
    /// Whether the broker keeps it for those who subscribe later.
    public var retain: Bool
    /// 1, or 0 for what is of no use later: it is answered as soon as it is written, and may be lost.
    public var qos: UInt8
    /// What kind of bytes the payload is, a media type; empty to say nothing.
    public var contentType = ""
    /// Go along with it, in their order; UTF-8, at most 65 535 bytes each.
    public var properties: [UserProperty] = []

    /// A message, of QoS 1 unless told otherwise.
    public init(topic: String, payload: [UInt8], retain: Bool = false, qos: UInt8 = 1) {
        precondition(qos < 2, "a message goes out at QoS 0 or 1")
        self.topic = topic
        self.payload = payload
        self.retain = retain
        self.qos = qos
    }
}

/// A user property of MQTT 5: a name and a value that the broker hands on.
public struct UserProperty: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// A property.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How a connection begins: what the broker says for us when it breaks, and what we say first.
public struct BusGreeting: Hashable, Sendable {
    /// Replaces ``BusOptions/will``.
    public var will: BusMessage
    /// The first messages over the connection, in order, before all that waits.
    public var first: [BusMessage]

    /// Both belong to one connection.
    public init(will: BusMessage, first: [BusMessage]) {
        self.will = will
        self.first = first
    }
}

extension BusOptions {
    /// Settings keep the bounds; here a broken one is a broken promise.
    func requireBounds() {
        precondition((5...3600).contains(keepAliveSeconds), "keepAliveSeconds must be 5 to 3600")
        precondition((1...65_535).contains(receiveMaximum), "receiveMaximum must be 1 to 65535")
        precondition((0...10_000).contains(lingerMs), "lingerMs must be 0 to 10000")
        precondition(batchBytesMax > 0, "batchBytesMax must be positive")
    }
}
