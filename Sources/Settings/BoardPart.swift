/// A page for people, served by the daemon; no page without it.
public struct BoardChoice: Hashable, Sendable {
    /// Where it listens. Elsewhere than on loopback it has TLS and asks for a login.
    public var listen: NumericPlace
    /// A certificate in PEM, with those between it and its authority; nil for plain HTTP.
    public var certificateFile: String?
    /// The key to it.
    public var keyFile: String?
    /// Whether a name and a password are asked for.
    public var asksLogin: Bool
    /// Further names by which browsers reach it.
    public var names: [String] = []
    /// The folder of dygraphs; nil for where Debian puts it.
    public var chartsFolder: String?
}

/// `board: {listen, tls: {certificate, key}, login, names, charts}`.
enum BoardPart {
    static let keys = ["listen", "tls", "login", "names", "charts"]
    static let tlsKeys = ["certificate", "key"]
    static let portDefault = 8088

    static func read(_ entry: Entry?, _ place: FilePlace) -> BoardChoice? {
        guard let entry, let table = YamlTable(entry, keys: keys) else { return nil }
        var listen: NumericPlace? = NumericPlace(host: "127.0.0.1", port: portDefault)
        if let entry = table["listen"] {
            listen = BrokerPart.numericPlace(entry, portDefault: portDefault)
        }
        let files = table["tls"].flatMap { readTLS($0, place) }
        let login = table["login"]?.flag()
        guard let listen else { return nil }
        let isLoopback = listen.host.hasPrefix("127.") || listen.host == "::1"
        let spot = table["listen"] ?? entry
        if !isLoopback, table["tls"] == nil {
            spot.refuse(
                "\(listen.host) can be reached from other machines, so it needs TLS: write board: {tls: {certificate: FILE,"
                    + " key: FILE}}, or listen on 127.0.0.1 behind a proxy that has it"
            )
        }
        if !isLoopback, login == false {
            table["login"]?.refuse(
                "may be false on loopback alone: \(listen.host) can be reached from other machines"
            )
        }
        return BoardChoice(
            listen: listen,
            certificateFile: files?.certificate,
            keyFile: files?.key,
            asksLogin: login ?? !isLoopback,
            names: table["names"].map { $0.oneOrMore { BrokerPart.read(host: $0) } } ?? [],
            chartsFolder: table["charts"].flatMap { $0.name() }.map(place.path)
        )
    }

    private static func readTLS(_ entry: Entry, _ place: FilePlace) -> (certificate: String, key: String)? {
        guard let table = YamlTable(entry, keys: tlsKeys) else { return nil }
        let certificate = BrokerPart.file(table.need("certificate", "certificate: tls/board.pem"), place)
        let key = BrokerPart.file(table.need("key", "key: tls/board.key"), place)
        guard let certificate, let key else { return nil }
        return (certificate, key)
    }
}
