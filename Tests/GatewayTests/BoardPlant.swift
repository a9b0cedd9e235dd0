import Bus
import Desk
import Foundation

/// A small plant with a board: a shelf, a press, and two partners of which each is granted another item.
struct BoardPlant {
    let workshop: Workshop
    let daemon: Daemon
    let sensor: BusPublisher
    /// `http://127.0.0.1:PORT` or `https://…`.
    let address: String
    let port: Int

    static let passwords = [
        "office": "korekara-hajimaru", "buyer": "yama no ue no ie", "other": "kawa no soba no mori",
    ]

    private static func agreement(_ partner: String, _ item: String) -> String {
        """
        id: supply-\(partner)
        version: 1
        status: active
        provider: {id: maker-1, name: 太田製作所}
        recipient: {id: \(partner), relationship: customer}
        purpose: supply-assurance
        \(Agreements.validity)
        grants:
          - {id: stock, measure: stock, products: [\(item)], sites: [ota], kind: own, aggregate: last,
             bucket: PT1M, delay: PT0S, precision: {mode: round, base: 10}, cadence: clock}
        """
    }

    /// - Parameters:
    ///   - board: what stands in `board:` beside where it listens.
    ///   - host: where it listens.
    ///   - clock: what the daemon takes for the time.
    init(board: String, host: String = "127.0.0.1", clock: (Workshop) throws -> ShiftedClock? = { _ in nil })
        async throws
    {
        workshop = try Workshop()
        let busPort = try Workshop.freePort()
        port = try Workshop.freePort()
        for (partner, item) in [("buyer-1", "ボルト-M8"), ("buyer-2", "ナット-M8")] {
            try workshop.write(Self.agreement(partner, item), to: "agreements/\(partner).yaml")
        }
        if board.contains("tls:") { try Self.certificate(in: workshop) }
        let settings = """
            broker: {url: managed, listen: "127.0.0.1:\(busPort)"}
            agreements: agreements/
            board: {listen: "\(host):\(port)", \(board)}
            items: {ボルト-M8: {cover_min_d: 3}}
            rules:
              - name: press
                topic: press/{asset}
                asset: "{asset}"
                time: $.t
                readings:
                  - {metric: state, value: $.state, kind: state, optional: true}
                  - {metric: good_count, value: $.good, kind: counter, unit: pcs, optional: true}
                  - {metric: temperature, value: $.temp, unit: Cel, optional: true}
              - name: shelf
                topic: shelf/{asset}
                asset: "{asset}"
                readings: [{metric: "stock/{$.item}", value: $.qty, kind: delta, unit: pcs}]
            """
        daemon = try Daemon(in: workshop, settings: settings, clock: try clock(workshop))
        address = "\(board.contains("tls:") ? "https" : "http")://127.0.0.1:\(port)"
        for (name, password) in Self.passwords {
            let partner = ["buyer": "buyer-1", "other": "buyer-2"][name]
            try Self.add(name, password, partner, daemon.config)
        }
        try await daemon.start()
        sensor = try workshop.publisher(port: busPort, user: "sensors")
        sensor.start()
        let host = port
        let isUp = try await eventually(within: 10) { try Self.curl(["\(host)"], isProbe: true).status == 0 }
        guard isUp else { throw Failure("no board: \(daemon.said)") }
    }

    func end() {
        sensor.stop()
        daemon.kill(SIGTERM)
    }

    /// Publishes, and waits for nothing.
    func tell(_ topic: String, _ text: String) {
        sensor.publish(BusMessage(topic: topic, payload: Array(text.utf8))) { _ in }
    }

    private static func add(_ name: String, _ password: String, _ partner: String?, _ config: String) throws {
        let words = partner.map { "--partner \($0)" } ?? ""
        let line =
            "printf '%s\\n' '\(password)' | '\(Executable.path)' board user add \(name) \(words) --config '\(config)'"
        let outcome = try Executable.run(["-c", line], program: "/bin/bash")
        guard outcome.status == 0 else { throw Failure("no user \(name): \(outcome.errors)") }
    }

    private static func certificate(in workshop: Workshop) throws {
        let words = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-keyout", "\(workshop.path)/board.key", "-out",
            "\(workshop.path)/board.pem",
        ]
        let outcome = try Executable.run(words, program: "/usr/bin/openssl")
        guard outcome.status == 0 else { throw Failure("no certificate: \(outcome.errors)") }
    }

    /// Whether something listens there.
    private static func curl(_ words: [String], isProbe: Bool) throws -> Outcome {
        try Executable.run(["-c", "exec 3<>/dev/tcp/127.0.0.1/\(words[0])"], program: "/bin/bash")
    }

    /// Asks as a browser would.
    ///
    /// - Parameters:
    ///   - as: whose cookies; each name keeps its own.
    ///   - form: fields of a form, sent as a page of the board would send it.
    func ask(_ path: String, as who: String? = nil, form: [String: String]? = nil, _ more: [String] = [])
        throws -> Answer
    {
        var words = ["-s", "-k", "-i", "--path-as-is", "--max-time", "20"]
        if let who {
            let jar = "\(workshop.path)/cookies-\(who)"
            words += ["-b", jar, "-c", jar]
        }
        if let form {
            words += ["-H", "Origin: \(address)"]
            for (name, value) in form { words += ["--data-urlencode", "\(name)=\(value)"] }
        }
        let outcome = try Executable.run(words + more + ["\(address)\(path)"], program: "/usr/bin/curl")
        return Answer(outcome.output)
    }

    /// Logs somebody in, as at the form.
    @discardableResult
    func login(_ who: String, password: String? = nil) throws -> Answer {
        let form = try ask("/", as: who)
        return try ask(
            "/login",
            as: who,
            form: [
                "token": form.token, "name": who, "password": password ?? Self.passwords[who] ?? "",
                "next": "/",
            ]
        )
    }

    struct Answer {
        let status: Int
        let head: String
        let body: String

        init(_ text: String) {
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init
            )
            head = parts[0]
            body = parts.count > 1 ? parts[1] : ""
            status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }

        /// What its forms bring along.
        var token: String {
            guard let match = body.firstMatch(of: /name=token value="([0-9a-f]*)"/) else { return "" }
            return String(match.1)
        }
    }

    /// Sends bytes as they are, and takes what comes until the board hangs up, or for so many seconds.
    func exchange(_ text: String, seconds: Int = 5) throws -> String {
        try Self.exchange(text, port: port, seconds: seconds)
    }

    /// The same of a port.
    static func exchange(_ text: String, port: Int, seconds: Int) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let isOpen = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                connect(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isOpen else { throw Failure("nobody listens at \(port)") }
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        var taken: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            if count < 0 { return String(decoding: taken, as: UTF8.self) + "(still open)" }
            if count == 0 { return String(decoding: taken, as: UTF8.self) }
            taken += piece[..<count]
        }
    }
}
