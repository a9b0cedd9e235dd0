internal import CPlatform
internal import Glibc

/// The broker's programs on this machine, and the unprivileged user that runs them.
struct BrokerPrograms {
    let broker: String
    private let passwords: String
    /// Set when we are root: whom the broker runs as.
    let owner: FileOwner?
    let userName: String

    /// - Throws: ``BrokerFailure/programMissing(_:)``.
    init(program: String?) throws(BrokerFailure) {
        guard let broker = program ?? BrokerPrograms.find("mosquitto"), unsafe access(broker, X_OK) == 0
        else {
            throw .programMissing(program ?? "mosquitto")
        }
        guard let passwords = BrokerPrograms.find("mosquitto_passwd") else {
            throw .programMissing("mosquitto_passwd")
        }
        self.broker = broker
        self.passwords = passwords
        if getuid() != 0 {
            owner = nil
            userName = "uid \(getuid())"
            return
        }
        for name in ["mosquitto", "nobody"] {
            if let found = BrokerPrograms.user(name) {
                owner = found
                userName = name
                return
            }
        }
        throw .option("there is neither a user mosquitto nor a user nobody to run the broker as; add one")
    }

    private static func find(_ name: String) -> String? {
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let directories =
            path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin", "/usr/local/sbin"]
        return directories.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }

    private static func user(_ name: String) -> FileOwner? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let code = unsafe getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        guard code == 0, unsafe found != nil else { return nil }
        return unsafe FileOwner(user: entry.pw_uid, group: entry.pw_gid)
    }

    /// Turns a file of `user:password` lines into one of hashes, in place; no secret passes a command line.
    func hashPasswords(_ path: String) throws(BrokerFailure) {
        let child = try Child(passwords, ["-U", path], owner: nil)
        var lines: [String] = []
        let ended = child.wait(milliseconds: 30_000) { lines.append($0) }
        guard ended == .exited(0) else {
            child.signal(SIGKILL)
            throw .cannotStart(
                program: passwords,
                detail: (ended.map(\.words) ?? "took too long") + lines.joined()
            )
        }
    }

    /// Starts the broker. It dies when the calling thread does.
    func start(conf: String) throws(BrokerFailure) -> Child {
        try Child(broker, ["-c", conf], owner: owner)
    }
}
