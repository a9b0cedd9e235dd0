public import Alerts
public import Bus
public import Disclosure
public import Intake
public import Plant
public import RingStore

/// What a configuration says, as the options of each room.
///
/// Got by ``load(path:)`` from a YAML file; nothing in it is left to be checked but what only the running machine
/// can tell (ports in use, disks, brokers out of reach). Paths are absolute, or relative to the working directory.
public struct Settings: Hashable, Sendable {
    /// The file it came from, as it was asked for.
    public var file: String
    /// Who this gateway is.
    public var gateway: GatewayIdentity
    /// Where readings are kept, and how many of them.
    public var store: StoreOptions
    /// The size of the ring of dead letters, beside the store's budget: 64 KiB … 64 MiB.
    public var deadLetterBytes: Int
    /// Which broker it links to.
    public var broker: BrokerChoice
    /// Compiles: ``Intake`` has been asked. Its defaults are the gateway's site and zone unless the file says more.
    public var rules: RuleSetOptions
    /// Messages and what ``rules`` must make of them.
    public var tests: [MappingTest]
    /// What no reading says of the stock.
    public var plant: PlantOptions
    /// What partners' systems know items and sites by; leaves only in the forms that ask for it.
    public var trade: TradeBook
    /// Ids unique; within the schema's bounds. Active ones ask for nothing that is not shared yet.
    public var agreements: [Agreement]
    /// At a hub, its members' agreements with it; nil when nothing is said of them.
    public var consents: [Agreement]?
    /// Whose brokers a hub links to beside its own, and whose signatures it asks for. Each gave a consent.
    public var members: [MemberOptions]
    /// When somebody is to be told, and where.
    public var alerts = AlertOptions()
    /// The Unix socket that the desk listens at and the commands talk to, at most 107 bytes long.
    public var deskSocket: String
    /// How much the daemon tells.
    public var log: LogLevel
    /// The page for people; nil without one.
    public var board: BoardChoice?
    /// What somebody should look at, though it may stand.
    public var warnings: [SettingsFailure] = []
}

extension Settings {
    /// Some 15 000 letters about short payloads, or 900 about long ones.
    static let deadLetterBytesDefault = 4 << 20
}

/// Who this gateway is.
public struct GatewayIdentity: Hashable, Sendable {
    /// One topic level: 1 to 64 characters of `[a-z0-9-]`.
    public var id: String
    /// The site of readings whose rule names none.
    public var site: String?
    /// An IANA name (`Asia/Tokyo`) or an offset (`+09:00`): stamps without a zone, and where days begin.
    public var timezone: String

    /// An identity whose parts have been checked.
    public init(id: String, site: String? = nil, timezone: String) {
        self.id = id
        self.site = site
        self.timezone = timezone
    }
}

/// Which broker the gateway uses.
public enum BrokerChoice: Hashable, Sendable {
    /// The gateway starts and watches a mosquitto of its own.
    case managed(ManagedChoice)
    /// A broker that stands already. Filters and will are left to the wiring.
    case external(BusOptions)
}

/// What may be said about the managed broker.
public struct ManagedChoice: Hashable, Sendable {
    /// Where sensors and partners find it, a numeric address; the gateway's own link is a Unix socket.
    public var listenHost = "127.0.0.1"
    /// 1 … 65 535, or 0 for a free one.
    public var listenPort = 1883
    /// Where partners with certificates connect, over TLS; nil without a listener for them.
    public var partnerListen: NumericPlace?
    /// The name or address by which partners reach us: it stands in the broker's certificate and on their cards.
    public var partnerHost: String?
    /// 5 … 3600.
    public var keepAliveSeconds = 30
    /// 0 … 1000.
    public var lingerMs = 10

    /// A managed broker with everything else as usual.
    public init() {}
}

/// A numeric address and a port of this machine.
public struct NumericPlace: Hashable, Sendable {
    /// Such as 0.0.0.0 or ::1.
    public var host: String
    /// 1 … 65 535, or 0 for a free one.
    public var port: Int

    /// A place to listen at.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// A member of a hub, as the hub takes its releases in.
public struct MemberOptions: Hashable, Sendable {
    /// The provider of its consents.
    public var id: String
    /// Where it publishes for the hub; nil when that is the hub's own broker.
    public var broker: BusOptions?
    /// The keys that it signs with, as `tsunagi keys show` prints them there; nil when they are not known.
    public var keysFile: String?

    /// A member of which nothing is known but its id.
    public init(id: String) {
        self.id = id
    }
}

/// How much the daemon tells in its log.
public enum LogLevel: String, Hashable, Sendable, CaseIterable {
    case debug, notice, warning, error
}
