import Bus
import Desk
import Foundation

/// Debian's mosquitto on a free loopback port, as a broker that is not ours would stand there.
final class OutsideBroker {
    let port: Int
    private let state: String
    private let child: Child

    /// - Parameters:
    ///   - queueMax: messages that it keeps for a client that is away.
    ///   - more: further lines of its configuration.
    init(in workshop: Workshop, queueMax: Int = 100_000, more: String = "") throws {
        port = try Workshop.freePort()
        state = "\(workshop.path)/mosquitto"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        chmod(state, 0o777)
        let file = try workshop.write(
            """
            listener \(port) 127.0.0.1
            allow_anonymous true
            max_queued_messages \(queueMax)
            persistence true
            persistence_location \(state)/
            autosave_interval 1
            \(more)
            """,
            to: "mosquitto.conf"
        )
        chmod(file, 0o644)
        let log = "\(workshop.path)/mosquitto.log"
        child = Child("/usr/sbin/mosquitto", ["-c", file], output: log, errors: log)
        try child.start()
    }

    /// Ends it as an operator would, and starts it again.
    func restart() throws {
        child.kill(SIGTERM)
        try child.start()
    }

    func stop() {
        child.kill(SIGTERM)
    }

    /// Ends it by a signal.
    func end(_ signal: Int32) {
        child.kill(signal)
    }

    /// Starts it again.
    func begin() throws {
        try child.start()
    }

    /// Forgets all sessions and retained messages; comes while it does not run.
    func forget() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: state) {
            try FileManager.default.removeItem(atPath: "\(state)/\(name)")
        }
    }

    /// Its log.
    var said: String { child.said }

    /// How long it has been busy since it began.
    var cpuSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(child.pid)/stat", encoding: .utf8)) ?? ""
        // Behind the name, which may hold anything: user and system time are the 12th and 13th.
        let words = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard words.count > 12, let user = Double(words[11]), let system = Double(words[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Whether it takes a connection.
    var accepts: Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                connect(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// A publisher to it, ready to be started.
    func publisher(queueLimit: Int) -> BusPublisher {
        let options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: port),
            identity: BusIdentity(clientID: "test-\(UUID().uuidString)")
        )
        return BusPublisher(options, queueLimit: queueLimit)
    }
}

/// `tsunagi run` on a configuration of the test's.
final class Daemon {
    let config: String
    let client: DeskClient
    private let child: Child
    private let workshop: Workshop
    private let data: String

    /// - Parameters:
    ///   - settings: all of the configuration but `gateway:`, `data:` and `desk:`.
    ///   - data: what stands in `data:` beside its directory.
    ///   - clock: what it takes for the time; nil for the machine's clock.
    ///   - environment: more variables for it, as `NAME=value`.
    init(
        in workshop: Workshop,
        settings: String,
        data: String = "budget: 32 MiB",
        clock: ShiftedClock? = nil,
        environment: [String] = []
    ) throws {
        self.workshop = workshop
        self.data = data
        config = try Self.write(settings, data, in: workshop)
        client = DeskClient(socket: "\(workshop.path)/desk.sock")
        let log = "\(workshop.path)/daemon.log"
        child = Child(
            Executable.path,
            ["run", "--config", config],
            output: log,
            errors: log,
            environment: environment + (clock?.environment ?? [])
        )
    }

    private static func write(_ settings: String, _ data: String, in workshop: Workshop) throws -> String {
        try workshop.write(
            """
            gateway: {id: test, site: ota, timezone: Asia/Tokyo}
            data: {directory: data, \(data)}
            desk: {socket: desk.sock}
            \(settings)
            """,
            to: "tsunagi.yaml"
        )
    }

    /// Changes its configuration; it is not told.
    func write(_ settings: String) throws {
        _ = try Self.write(settings, data, in: workshop)
    }

    var isRunning: Bool { child.isRunning }
    var pid: pid_t { child.pid }
    var said: String { child.said }

    /// Sends a signal and waits for nothing.
    func signal(_ signal: Int32) {
        child.signal(signal)
    }

    /// Whether it has taken care that the signal does not end it.
    func catches(_ signal: Int32) -> Bool {
        child.catches(signal)
    }

    /// Starts it and waits until its link is online.
    func start() async throws {
        try child.start()
        let isUp = try await eventually(within: 20) {
            guard child.isRunning else { throw Failure("the daemon ended: \(child.said)") }
            return (try? await self.status())?.broker.state == "online"
        }
        guard isUp else { throw Failure("the daemon did not come up: \(child.said)") }
    }

    /// Starts it and waits for nothing.
    func launch() throws {
        try child.start()
    }

    @discardableResult
    func kill(_ signal: Int32) -> Int32 {
        child.kill(signal)
    }

    /// Its resident memory.
    func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let word = line?.split(separator: " ").dropFirst().first, let kib = Int(word) else {
            throw Failure("no VmRSS in /proc")
        }
        return kib << 10
    }

    func status() async throws -> StatusReport {
        try await client.get("/v1/status")
    }

    /// All samples of one series in the last day, oldest first.
    func samples(_ path: String) async throws -> [SampleRow] {
        let query = [("select", path), ("from", "1d"), ("to", "2099-01-01T00:00:00Z"), ("limit", "1000000")]
        do {
            return try await client.get("/v1/query", query, as: QueryAnswer.self).columns.first?.samples ?? []
        } catch DeskFailure.refused {
            // Nothing of it has arrived yet.
            return []
        }
    }

    func stock(_ item: String) async throws -> Double? {
        try await client.get("/v1/stock", as: [StockRow].self).first { $0.item == item }?.quantity
    }
}

extension AnyScalar {
    /// The number, or nil.
    var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }
}
