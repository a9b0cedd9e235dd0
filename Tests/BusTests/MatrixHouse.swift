import Bus
import Foundation
import Readings
import Sharing
import Testing

/// How partners prove who they are to the broker of a test.
enum Door: String, CaseIterable, CustomTestStringConvertible {
    case passwords, certificates
    case dynamicSecurity = "dynamic security"

    var testDescription: String { rawValue }
}

/// A real mosquitto behind one of the doors, with the gateway and three partners, each granted agreement `a`.
final class MatrixHouse {
    let door: Door
    private let root = "/tmp/tsunagi-matrix-\(UInt32.random(in: 0 ... .max))"
    private let managed: ManagedBroker?
    private let fixture: BrokerFixture?
    private let authority: PartnerAuthority
    private var issued: [String: PartnerAuthority.Issued] = [:]
    private var passwords: [String: String] = ["gateway": "throwaway-gateway"]
    private let listener: PartnerListener?

    static func reads(_ partner: String) -> [String] {
        ["tsunagi/v1/p/\(partner)/a/#", "tsunagi/v1/p/\(partner)/head"]
    }

    private static var now: Instant {
        Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    static func topic(_ partner: String) -> String { "tsunagi/v1/p/\(partner)/a/g" }

    private var login: BrokerPartner.Login { door == .certificates ? .certificate : .password }

    private func partners(_ names: [String]) -> [BrokerPartner] {
        names.map { BrokerPartner($0, login: login, reads: Self.reads($0)) }
    }

    init(_ door: Door) throws {
        self.door = door
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        authority = PartnerAuthority(root + "/ca")
        let names = ["p1", "p2", "p3"]
        guard door != .dynamicSecurity else {
            (managed, listener) = (nil, nil)
            fixture = try BrokerFixture(
                more: """
                    plugin \(Self.plugin)
                    plugin_opt_config_file DIR/dynsec.json
                    # in the place of a password_file
                    """,
                start: false
            )
            try start(names)
            return
        }
        fixture = nil
        var options = ManagedBrokerOptions(directory: root + "/broker", runtimeDirectory: root + "/run")
        options.port = 0
        options.sensorFilters = ["press/#"]
        if door == .certificates {
            try authority.open(hosts: ["127.0.0.1"], now: Self.now)
            listener = PartnerListener(
                address: "127.0.0.1",
                port: 0,
                caFile: authority.authorityFile,
                certificateFile: authority.brokerFile,
                keyFile: authority.brokerKeyFile,
                revocationFile: authority.revocationFile
            )
        } else {
            listener = nil
        }
        options.partnerListener = listener
        options.partners = names.map {
            BrokerPartner(
                $0,
                login: door == .certificates ? .certificate : .password,
                reads: Self.reads($0)
            )
        }
        managed = try ManagedBroker(options) { _ in }
        try managed?.start()
        if door == .certificates { for name in names { try renew(name) } }
    }

    deinit {
        managed?.stop()
        try? FileManager.default.removeItem(atPath: root)
    }

    private static let plugin: String = {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        let files = folders.map { "/usr/lib/\($0)/mosquitto_dynamic_security.so" }
        return files.first { FileManager.default.fileExists(atPath: $0) } ?? "mosquitto_dynamic_security.so"
    }()

    // MARK: - Who comes

    /// How a partner or the gateway connects.
    func options(_ user: String, client: String) throws -> BusOptions {
        if let fixture {
            // Bound to its user, as everybody's.
            let identity = BusIdentity(clientID: client, user: user, password: passwords[user])
            return BusOptions(address: fixture.address, identity: identity)
        }
        guard let managed else { throw POSIXError(.ENOTCONN) }
        guard user != "gateway", door == .certificates else {
            let user = user == "gateway" ? BrokerUser.gateway : .partner(user)
            return try managed.link(user, client: client)
        }
        let files = TLSOptions(
            caFile: authority.authorityFile,
            certificateFile: "\(root)/\(user).pem",
            keyFile: "\(root)/\(user).key"
        )
        return BusOptions(
            address: .tls(host: "127.0.0.1", port: managed.status.partnerPort ?? 0, files),
            identity: BusIdentity(clientID: client)
        )
    }

    /// Connects and subscribes; back when it is in.
    ///
    /// - Parameter mayBeRefused: back as well when it was told why it is not.
    func reader(
        _ user: String,
        client: String? = nil,
        _ filters: [String],
        _ tally: Tally,
        mayBeRefused: Bool = false
    ) throws -> BusLink {
        var options = try options(user, client: client ?? self.client(of: user))
        options.filters = filters
        let link = BusLink(options, sink: tally.sink())
        link.start()
        let isAnswered = soon {
            link.status.state == .online || mayBeRefused && link.status.lastError != nil
        }
        if !isAnswered { Issue.record("\(user) is not in: \(link.status)") }
        return link
    }

    /// The client id that a user has, or may have.
    func client(of user: String) -> String {
        door == .passwords ? "\(user)-\(UInt32.random(in: 0 ... .max))" : user
    }

    @discardableResult
    func send(_ user: String, _ text: String, to topic: String, retain: Bool = false) throws -> Answers {
        let name =
            user == "gateway" && door != .dynamicSecurity
            ? "send-\(UInt32.random(in: 0 ... .max))" : client(of: user)
        let options = try options(user, client: name)
        return publish([text], to: topic, at: options.address, identity: options.identity, retain: retain)
    }

    /// What `mosquitto_sub` connects by.
    func words(_ user: String) throws -> [String] {
        let options = try options(user, client: client(of: user))
        let place: (String, Int)
        var words: [String] = []
        switch options.address {
        case .tcp(let host, let port): place = (host, port)
        case .tls(let host, let port, let files):
            place = (host, port)
            words = [
                "--cafile", files.caFile ?? "", "--cert", files.certificateFile ?? "", "--key",
                files.keyFile ?? "",
            ]
        case .unix: throw POSIXError(.EINVAL)
        }
        if let name = options.identity.user { words += ["-u", name, "-P", options.identity.password ?? ""] }
        return ["-h", place.0, "-p", "\(place.1)", "-i", options.identity.clientID] + words
    }

    // MARK: - Who goes

    /// Gives a partner another certificate; the old one is revoked.
    func renew(_ user: String) throws {
        let old = issued[user]
        let new = try authority.issue(partner: user, days: 30, now: Self.now)
        try new.certificate.write(toFile: "\(root)/\(user).pem", atomically: true, encoding: .utf8)
        try new.key.write(toFile: "\(root)/\(user).key", atomically: true, encoding: .utf8)
        issued[user] = new
        if let old { try authority.revoke(serial: old.serial, now: Self.now) }
    }

    /// Copies a certificate, so that it outlives its renewal.
    func copyCertificate(of user: String, to name: String) throws {
        for ending in ["pem", "key"] {
            try FileManager.default.copyItem(
                atPath: "\(root)/\(user).\(ending)",
                toPath: "\(root)/\(name).\(ending)"
            )
        }
    }

    /// The broker reads rights and certificates again, with nobody gone.
    func reload(_ names: [String] = ["p1", "p2", "p3"]) throws {
        try managed?.reload(sensorFilters: ["press/#"], partners: partners(names))
    }

    func cut(_ user: String) throws -> Bool { try managed?.cut(user) ?? false }

    /// The partners go, as `tsunagi revoke` or its script has it.
    func revoke(_ gone: [String]) throws {
        let rest = ["p1", "p2", "p3"].filter { !gone.contains($0) }
        switch door {
        case .passwords: try reload(rest)
        case .certificates:
            for user in gone { try authority.revoke(serial: issued[user]?.serial ?? "", now: Self.now) }
            try reload(rest)
            for user in gone { #expect(try cut(user)) }
        case .dynamicSecurity: try apply(rest, leaving: gone)
        }
    }

    // MARK: - Dynamic security

    private func start(_ names: [String]) throws {
        guard let fixture else { return }
        try run([
            "mosquitto_ctrl", "dynsec", "init", fixture.directory + "/dynsec.json", "admin", "throwaway",
        ])
        try fixture.start()
        try run(control + ["dynsec", "createClient", "gateway", "-p", passwords["gateway"] ?? ""])
        for name in names { passwords[name] = "throwaway-\(name)" }
        // One by one: a run asks for the password of whoever is new, and reads all that is there.
        for count in 1...names.count { try apply(Array(names.prefix(count)), leaving: []) }
    }

    private var control: [String] {
        [
            "mosquitto_ctrl", "-h", "127.0.0.1", "-p", "\(fixture?.port ?? 0)", "-u", "admin", "-P",
            "throwaway",
        ]
    }

    /// Runs the script that `tsunagi partner rights --format dynsec` prints; whoever is new is asked for its password.
    private func apply(_ names: [String], leaving: [String]) throws {
        let script = BrokerRights.dynamicSecurity(
            gateway: "gateway",
            partners: partners(names),
            leaving: leaving
        )
        let file = root + "/rights.sh"
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        let answers = names.last.map { "\(passwords[$0] ?? "")\n\(passwords[$0] ?? "")\n" } ?? ""
        try run(["sh", file] + control.dropFirst(), input: answers)
    }

    private func run(_ words: [String], input: String = "") throws {
        let child = Process()
        child.executableURL = URL(filePath: "/usr/bin/env")
        child.arguments = words
        let pipe = Pipe()
        child.standardInput = pipe
        child.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        child.standardError = errors
        try child.run()
        pipe.fileHandleForWriting.write(Data(input.utf8))
        try pipe.fileHandleForWriting.close()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        child.waitUntilExit()
        if child.terminationStatus != 0 { Issue.record("\(words[0]): \(child.terminationStatus): \(said)") }
    }
}
