internal import Glibc

/// The private files of a managed broker.
///
///     <directory>/            ours, passable for the broker's group
///       conf/mosquitto.conf   0640, readable for the broker's group
///       conf/passwords        0640, hashes
///       conf/acl              0640
///       conf/partners-*.pem   0640, the certificates of the partners' listener
///       secrets/<user>        0600, ours alone: the passwords, made once
///       secrets/.gateway-id   0600, the unguessable stem of the gateway's client ids
///       state/                the broker's own: kept sessions and messages
///     <runtime>/broker/m.sock the gateway's link
struct BrokerFiles {
    let options: ManagedBrokerOptions
    let programs: BrokerPrograms

    var confDirectory: String { options.directory + "/conf" }
    var secretsDirectory: String { options.directory + "/secrets" }
    var stateDirectory: String { options.directory + "/state" }
    var socketDirectory: String { options.runtimeDirectory + "/broker" }
    var socketPath: String { socketDirectory + "/m.sock" }
    var confPath: String { confDirectory + "/mosquitto.conf" }

    /// The users with a password, in the order of the files.
    var users: [BrokerUser] {
        [.gateway, .sensors] + options.partners.filter { $0.login == .password }.map { .partner($0.id) }
    }

    /// Everything that can be told wrong before a file is touched.
    func check() throws(BrokerFailure) {
        for path in [options.directory, options.runtimeDirectory] {
            guard path.hasPrefix("/") else {
                throw .option("the broker's directory \(path) must be a full path")
            }
            if path.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7f }) {
                throw .option(
                    "the broker's directory \(path) holds a space or control character; use another one"
                )
            }
        }
        guard UnixName(socketPath) != nil else {
            throw .option(
                "the path of the broker's socket has \(socketPath.utf8.count) bytes, "
                    + "\(UnixName.bytesMax) are possible: \(socketPath); use a shorter runtime directory"
            )
        }
        guard (0...65_535).contains(options.port) else {
            throw .option("the broker's port \(options.port) is not between 1 and 65535")
        }
        if options.listenAddress.contains(where: { !$0.isHexDigit && $0 != "." && $0 != ":" }) {
            throw .option(
                "the broker listens on a numeric address such as 127.0.0.1, not \(options.listenAddress)"
            )
        }
        for filter in options.sensorFilters + options.sensorReads {
            do { _ = try TopicFilter(filter) } catch { throw .option("sensors' filter \(filter): \(error)") }
        }
        for partner in options.partners { try check(partner) }
    }

    private func check(_ partner: BrokerPartner) throws(BrokerFailure) {
        let id = partner.id
        let isPlain = id.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard isPlain, (1...64).contains(id.utf8.count) else {
            throw .option("partner id \(id): write 1 to 64 characters of a-z, 0-9 and -")
        }
        if [BrokerUser.gateway.name, BrokerUser.sensors.name].contains(id) {
            throw .option("partner id \(id) is the name of a user of the broker; choose another one")
        }
        if options.partners.count(where: { $0.id == id }) > 1 {
            throw .option("partner id \(id) is given twice")
        }
        if partner.login == .certificate, options.partnerListener == nil {
            throw .option(
                "partner \(id) has a certificate, but the managed broker has no listener for it; set "
                    + "broker: {url: managed, partner_listen: \"0.0.0.0:8883\"}"
            )
        }
        for filter in partner.reads + partner.writes {
            do { _ = try TopicFilter(filter) } catch { throw .option("partner \(id): \(filter): \(error)") }
        }
    }

    /// Makes the directories with the owners that the broker's user needs.
    func makeDirectories() throws(BrokerFailure) {
        let shared = programs.owner.map { FileOwner(user: getuid(), group: $0.group) }
        let isSplit = programs.owner != nil
        try FileWork.makeDirectory(options.directory, mode: isSplit ? 0o710 : 0o700, owner: shared)
        try FileWork.makeDirectory(confDirectory, mode: isSplit ? 0o750 : 0o700, owner: shared)
        try FileWork.makeDirectory(secretsDirectory, mode: 0o700)
        try FileWork.makeDirectory(stateDirectory, mode: 0o700, owner: programs.owner)
        try FileWork.makeDirectory(socketDirectory, mode: 0o750, owner: programs.owner)
        guard let owner = programs.owner else { return }
        for path in [confDirectory, stateDirectory, socketDirectory] {
            if let closed = FileWork.closedDirectory(above: path, for: owner) {
                throw .closedDirectory(path: closed, user: programs.userName)
            }
        }
    }

    /// Reads the users' passwords, making those that are missing.
    func secrets() throws(BrokerFailure) -> [String: String] {
        let folder = SecretFolder(secretsDirectory)
        var secrets: [String: String] = [:]
        for user in users { secrets[user.name] = try folder.open(user.name) }
        return secrets
    }

    /// The stem of the gateway's client ids: whoever knows a client id may take its session, so it is not
    /// guessable.
    func gatewayStem() throws(BrokerFailure) -> String {
        try SecretFolder(secretsDirectory).open(".gateway-id")
    }

    /// Writes passwords and ACL; a running broker takes them at its next SIGHUP.
    func writeUsers(_ secrets: [String: String]) throws(BrokerFailure) {
        let shared = programs.owner.map { FileOwner(user: getuid(), group: $0.group) }
        let plain = secretsDirectory + "/.passwords"
        // The program refuses to start over its own left-over.
        for leftover in [plain, plain + ".tmp"] { unsafe _ = unlink(leftover) }
        let lines = users.map { "\($0.name):\(secrets[$0.name] ?? "")\n" }
        try FileWork.replace(plain, with: lines.joined(), mode: 0o600)
        do {
            try programs.hashPasswords(plain)
            try FileWork.set(plain, mode: 0o640, owner: shared)
            try FileWork.move(plain, to: confDirectory + "/passwords")
        } catch {
            unsafe _ = unlink(plain)
            throw error
        }
        try FileWork.replace(confDirectory + "/acl", with: acl, mode: 0o640, owner: shared)
    }

    /// Denials come first in the broker's eyes, wherever they stand. A partner that nothing is granted may log in, and
    /// is delivered nothing.
    private var acl: String {
        var lines = ["user gateway", "topic readwrite #", "topic read $SYS/#", "", "user sensors"]
        lines +=
            ["topic deny tsunagi/v1/#"] + BrokerRights.groups(of: options.partners).map { "topic deny \($0)" }
        lines += options.sensorFilters.map { "topic write \($0)" }
        lines += options.sensorReads.map { "topic read \($0)" }
        return (lines + BrokerRights.aclLines(of: options.partners)).joined(separator: "\n") + "\n"
    }

    /// Copies what the partners' listener reads, for the broker's group; a running broker takes it at its next SIGHUP.
    func writeCertificates() throws(BrokerFailure) {
        guard let listener = options.partnerListener else { return }
        let shared = programs.owner.map { FileOwner(user: getuid(), group: $0.group) }
        for (file, name) in [
            (listener.caFile, "ca"), (listener.certificateFile, "broker"), (listener.keyFile, "key"),
            (listener.revocationFile, "revoked"),
        ] {
            guard let text = try FileWork.text(file, bytesMax: BrokerFiles.certificateBytesMax) else {
                throw .file(path: file, step: "read", detail: "there is no such file")
            }
            try FileWork.replace(certificate(name), with: text, mode: 0o640, owner: shared)
        }
    }

    /// A list of ten thousand revoked certificates.
    private static let certificateBytesMax = 1 << 20

    private func certificate(_ name: String) -> String { "\(confDirectory)/partners-\(name).pem" }

    /// The lines of the partners' listener: no password, no other's name, no other's client id.
    private func listenerLines(port: Int) -> String {
        guard let listener = options.partnerListener else { return "" }
        return """
            listener \(port) \(listener.address)
            cafile \(certificate("ca"))
            certfile \(certificate("broker"))
            keyfile \(certificate("key"))
            crlfile \(certificate("revoked"))
            require_certificate true
            use_identity_as_username true
            # A client id is its user's: nobody can take another's session, and we can end one.
            use_username_as_clientid true

            """
    }

    /// Writes the configuration for these ports.
    func writeConf(port: Int, partnerPort: Int) throws(BrokerFailure) {
        let text = """
            # Written by tsunagi at every start; changes are lost.
            listener \(port) \(options.listenAddress)
            listener 0 \(socketPath)
            \(listenerLines(port: partnerPort))\
            allow_anonymous false
            password_file \(confDirectory)/passwords
            acl_file \(confDirectory)/acl
            # A finite, large queue: the default of 1000 loses silently what comes beyond it.
            max_queued_messages 100000
            # What a publisher may have under way; readers set their own.
            max_inflight_messages 1000
            max_packet_size 4194304
            allow_duplicate_messages false
            set_tcp_nodelay true
            persistence true
            persistence_location \(stateDirectory)/
            # Seconds: what a killed broker may lose.
            autosave_interval 1
            log_dest stderr
            log_type error
            log_type warning
            log_type notice
            log_timestamp false

            """
        let shared = programs.owner.map { FileOwner(user: getuid(), group: $0.group) }
        try FileWork.replace(confPath, with: text, mode: 0o640, owner: shared)
    }
}
