public import Readings

/// What a managed broker needs to know.
public struct ManagedBrokerOptions: Hashable, Sendable {
    /// The broker's own directory: configuration, secrets, kept messages. Created if absent.
    public var directory: String
    /// Where the gateway's Unix socket comes to stand, in a directory `broker`. Short: the socket's whole
    /// path must stay within 107 bytes.
    public var runtimeDirectory: String
    /// A numeric address; sensors and partners connect to it.
    public var listenAddress = "127.0.0.1"
    /// 1 … 65 535, or 0 for a free one.
    public var port = 1883
    /// What sensors may publish to; `tsunagi/v1/#` is denied to them whatever stands here.
    public var sensorFilters: [String] = []
    /// What sensors may read, as filters: commands to them.
    public var sensorReads: [String] = []
    /// Each its own user, ids unique.
    public var partners: [BrokerPartner] = []
    /// Where partners with certificates connect; needed when there is one.
    public var partnerListener: PartnerListener?
    /// The broker's program; nil looks for `mosquitto` on PATH and in the system's directories.
    public var program: String?

    /// Options with everything else at its default.
    public init(directory: String, runtimeDirectory: String) {
        self.directory = directory
        self.runtimeDirectory = runtimeDirectory
    }
}

/// Who may connect to a managed broker.
public enum BrokerUser: Hashable, Sendable {
    /// Ourselves: every topic, over the Unix socket.
    case gateway
    /// All sensors together: may publish only.
    case sensors
    /// May read its own feeds only.
    case partner(String)

    /// The name to log in with, and of the file in `secrets`.
    public var name: String {
        switch self {
        case .gateway: "gateway"
        case .sensors: "sensors"
        case .partner(let id): id
        }
    }
}

/// Where a managed broker stands.
public enum BrokerState: Hashable, Sendable {
    case stopped
    case starting
    case running
    /// It died; the next start comes at this time.
    case waiting(until: Instant)

    /// The word in tables and JSON.
    public var word: String {
        switch self {
        case .stopped: "stopped"
        case .starting: "starting"
        case .running: "running"
        case .waiting: "waiting"
        }
    }
}

/// A look at a managed broker; holds no secret.
public struct BrokerStatus: Hashable, Sendable {
    /// Where it stands.
    public var state: BrokerState
    /// Since when it is in this state.
    public var since: Instant
    /// Nil while no child runs.
    public var pid: Int32?
    /// Starts after the first one.
    public var restarts: Int
    /// Where sensors and partners connect.
    public var listenAddress: String
    /// The port that is really used, also where 0 was asked for.
    public var port: Int
    /// The same for partners with certificates; nil without a listener for them.
    public var partnerPort: Int?
    /// Where the gateway connects.
    public var socketPath: String
    /// The latest line of the broker's log.
    public var lastLine: String?
    /// Why it is not running, with the next step.
    public var lastError: String?
}

/// Why a managed broker is not there; each text says what, where, and what to do next. Never a secret.
public enum BrokerFailure: Error, Hashable, Sendable {
    case programMissing(String)
    /// An option that cannot be used.
    case option(String)
    case portInUse(address: String, port: Int)
    case cannotListen(address: String, port: Int, detail: String)
    case file(path: String, step: String, detail: String)
    /// The broker's user cannot enter a directory above its own.
    case closedDirectory(path: String, user: String)
    case cannotStart(program: String, detail: String)
    /// It ran but ended, or never answered; its latest lines say why.
    case died(detail: String, lines: [String])
    case notStarted
    case unknownUser(String)
}

extension BrokerFailure: CustomStringConvertible {
    /// One line for the operator.
    public var description: String {
        switch self {
        case .programMissing(let name):
            "the program \(name) is not installed; run: apt-get install mosquitto "
                + "(or set broker: to a broker of your own)"
        case .option(let what): what
        case .portInUse(let address, let port):
            "port \(port) on \(address) is in use; stop what listens there, or give the broker another port"
        case .cannotListen(let address, let port, let detail):
            "cannot listen on \(address) port \(port) (\(detail)); "
                + "set an address of this machine and a port above 1023"
        case .file(let path, let step, let detail):
            "cannot \(step) \(path) (\(detail)); check the directory's owner and free space"
        case .closedDirectory(let path, let user):
            "the broker runs as user \(user), who may not enter \(path); "
                + "use a directory below /var/lib or /srv, or run: chmod o+x \(path)"
        case .cannotStart(let program, let detail):
            "cannot start \(program) (\(detail))"
        case .died(let detail, let lines):
            "the broker \(detail)"
                + (lines.isEmpty ? "" : "; its last words: \(lines.joined(separator: " | "))")
        case .notStarted: "the managed broker is not started"
        case .unknownUser(let name):
            "the managed broker has no user \(name); add the partner's agreement first"
        }
    }
}
