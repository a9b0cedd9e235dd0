import Bus
import Glibc

/// `broker: managed`, `broker: mqtt://host:1883`, or a table with `url:` and more.
enum BrokerPart {
    static let keys = [
        "url", "listen", "partner_listen", "partner_host", "user", "password_file", "ca_file", "cert_file",
        "key_file", "client_id",
        "keep_alive_s",
        "linger_ms",
    ]
    /// Keys that go with a broker of somebody else's only.
    static let externalKeys = ["user", "password_file", "ca_file", "cert_file", "key_file", "client_id"]

    /// Keys that go with the managed broker only.
    static let managedKeys = ["listen", "partner_listen", "partner_host"]
    /// Where partners with certificates usually connect.
    static let partnerPort = 8883

    /// - Parameter gateway: the gateway's id, from which the client's id is made unless it is given.
    static func read(_ entry: Entry, _ place: FilePlace, gateway: String) -> BrokerChoice? {
        if entry.isTable { return read(table: entry, place, gateway: gateway) }
        guard let text = entry.text() else { return nil }
        if text == "managed" { return .managed(ManagedChoice()) }
        guard let url = url(text, entry) else { return nil }
        return .external(
            BusOptions(
                address: address(url, TLSOptions()),
                identity: BusIdentity(clientID: "tsunagi-\(gateway)")
            )
        )
    }

    private static func read(table entry: Entry, _ place: FilePlace, gateway: String) -> BrokerChoice? {
        // A password is spoken of before the unknown key, with the reason.
        let password = YamlTable(quietly: entry)?["password"]
        guard let table = YamlTable(entry, keys: keys + (password == nil ? [] : ["password"])) else {
            return nil
        }
        if let password {
            password.findings.add(
                password.spot,
                "broker.password has no place in a configuration that people copy and commit;"
                    + " write it to a file, chmod 600 it, and name the file as password_file"
            )
        }
        guard let written = table.need("url", "url: managed"), let text = written.text() else { return nil }
        let clientID = read(clientID: table["client_id"]) ?? "tsunagi-\(gateway)"
        let keepAlive = table["keep_alive_s"]?.whole(5...3600)
        let linger = table["linger_ms"]?.whole(0...1000)
        if text == "managed" {
            var choice = ManagedChoice()
            for key in externalKeys {
                table[key]?.refuse("goes with an mqtt:// or mqtts:// url; the managed broker makes its own")
            }
            if let listen = table["listen"],
                let place = numericPlace(listen, portDefault: choice.listenPort)
            {
                (choice.listenHost, choice.listenPort) = (place.host, place.port)
            }
            choice.partnerListen = table["partner_listen"].flatMap {
                numericPlace($0, portDefault: partnerPort)
            }
            choice.partnerHost = table["partner_host"].flatMap { read(host: $0) }
            choice.keepAliveSeconds = keepAlive ?? choice.keepAliveSeconds
            choice.lingerMs = linger ?? choice.lingerMs
            return .managed(choice)
        }
        for key in managedKeys {
            table[key]?.refuse("goes with url: managed; another broker listens where it was told to")
        }
        let tls = readTLS(table, place)
        var identity = BusIdentity(clientID: clientID, user: table["user"]?.name())
        identity.password = table["password_file"].flatMap { readPassword($0, place) }
        if table["user"] == nil {
            table["password_file"]?.refuse("needs a user: beside it")
        }
        guard let url = url(text, written) else { return nil }
        if url.scheme != .mqtts {
            for key in ["ca_file", "cert_file", "key_file"] {
                table[key]?.refuse("goes with an mqtts:// url")
            }
        }
        var options = BusOptions(address: address(url, tls), identity: identity)
        options.keepAliveSeconds = keepAlive ?? options.keepAliveSeconds
        options.lingerMs = linger ?? options.lingerMs
        return .external(options)
    }

    private static func url(_ text: String, _ entry: Entry) -> BrokerURL? {
        switch BrokerURL.read(text) {
        case .success(let url):
            return url
        case .failure(let complaint):
            let near = NearestWord.hint(text, among: ["managed"])
            entry.refuse(complaint.text + near)
            return nil
        }
    }

    private static func address(_ url: BrokerURL, _ tls: TLSOptions) -> BrokerAddress {
        switch url.scheme {
        case .unix: .unix(path: url.host)
        case .mqtt: .tcp(host: url.host, port: url.port)
        case .mqtts: .tls(host: url.host, port: url.port, tls)
        }
    }

    static func numericPlace(_ entry: Entry, portDefault: Int) -> NumericPlace? {
        guard let text = entry.text() else { return nil }
        switch BrokerURL.hostPort(text, portDefault: portDefault, portMin: 0) {
        case .success(let place) where isNumeric(place.host):
            return NumericPlace(host: place.host, port: place.port)
        case .success(let place):
            entry.refuse(
                "\"\(Entry.short(place.host))\" is no numeric address, e.g. 127.0.0.1:\(portDefault)"
            )
        case .failure(let complaint): entry.refuse(complaint.text + ", e.g. 127.0.0.1:\(portDefault)")
        }
        return nil
    }

    /// A name as certificates know it, or an address.
    static func read(host entry: Entry) -> String? {
        guard let text = entry.text() else { return nil }
        let isName = text.utf8.allSatisfy {
            (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45
                || $0 == 46
        }
        guard isNumeric(text) || isName && (1...253).contains(text.utf8.count) else {
            entry.refuse(
                "\"\(Entry.short(text))\" is no host: a name such as mqtt.example.jp, or an address, without a port"
            )
            return nil
        }
        return text
    }

    private static func isNumeric(_ host: String) -> Bool {
        var room = in6_addr()
        return unsafe inet_pton(AF_INET, host, &room) == 1 || inet_pton(AF_INET6, host, &room) == 1
    }

    private static func read(clientID entry: Entry?) -> String? {
        guard let entry, let text = entry.text() else { return nil }
        let isGood = text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "._-".unicodeScalars.contains($0)
        }
        guard isGood, (1...64).contains(text.utf8.count) else {
            entry.refuse("\"\(Entry.short(text))\" is no client id: 1 to 64 of a-z, A-Z, 0-9, ., _ and -")
            return nil
        }
        return text
    }

    private static func readTLS(_ table: YamlTable, _ place: FilePlace) -> TLSOptions {
        let tls = TLSOptions(
            caFile: file(table["ca_file"], place),
            certificateFile: file(table["cert_file"], place),
            keyFile: file(table["key_file"], place)
        )
        if let certificate = table["cert_file"], table["key_file"] == nil {
            certificate.refuse("needs a key_file: beside it")
        }
        if let key = table["key_file"], table["cert_file"] == nil {
            key.refuse("needs a cert_file: beside it")
        }
        return tls
    }

    /// The path of a file that can be read.
    static func file(_ entry: Entry?, _ place: FilePlace) -> String? {
        guard let entry, let name = entry.name() else { return nil }
        let path = place.path(name)
        if case .trouble(let trouble) = place.files.read(path, YamlFile.bytesMax) {
            entry.refuse("\(path) \(trouble)")
        }
        return path
    }

    /// The first line of a file that nobody but its owner may read.
    static func readPassword(_ entry: Entry, _ place: FilePlace) -> String? {
        guard let name = entry.name() else { return nil }
        let path = place.path(name)
        switch place.files.read(path, 4096) {
        case .trouble(let trouble):
            entry.refuse("\(path) \(trouble)")
        case .bytes(_, let mode) where mode & 0o077 != 0:
            entry.refuse(
                "\(path) can be read by others (mode \(String(mode, radix: 8))); run: chmod 600 \(path)"
            )
        case .bytes(let bytes, _):
            let line = bytes.prefix { $0 != 10 && $0 != 13 }
            if let password = String(validating: line, as: UTF8.self), !password.isEmpty { return password }
            entry.refuse("\(path) holds no password in its first line")
        }
        return nil
    }
}
