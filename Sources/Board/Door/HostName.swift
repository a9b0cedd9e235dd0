import FoundationEssentials

/// By which names a board may be asked. A page of somebody else's whose name suddenly leads to this machine (DNS
/// rebinding) still asks by its own name, and is told so.
enum HostName {
    /// - Parameter authority: what the browser asked for, `name` or `name:port`.
    static func allows(_ authority: String?, _ options: BoardOptions) -> Bool {
        guard let host = host(of: authority ?? "") else { return false }
        if options.names.contains(where: { $0.lowercased() == host }) || host == options.host { return true }
        // Without names to go by, a certificate and a login that belongs to one name stand in the way.
        guard isLoopback(options.host) else { return options.names.isEmpty }
        return host == "localhost" || isLoopback(host)
    }

    /// Whether a numeric address is this machine's own.
    static func isLoopback(_ host: String) -> Bool { host.hasPrefix("127.") || host == "::1" }

    private static func host(of authority: String) -> String? {
        guard (1...255).contains(authority.utf8.count) else { return nil }
        if authority.hasPrefix("[") {
            return authority.firstIndex(of: "]").map { String(authority.dropFirst()[..<$0]).lowercased() }
        }
        return authority.split(separator: ":", omittingEmptySubsequences: false).first?.lowercased()
    }
}

/// Name and password as programs bring them along, by RFC 7617.
struct BasicWords {
    let name: String
    let password: String

    init?(_ header: String?) {
        guard let header, header.utf8.count <= 1024, header.lowercased().hasPrefix("basic "),
            let bytes = Data(base64Encoded: String(header.dropFirst(6))),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        name = String(text[..<colon])
        password = String(text[text.index(after: colon)...])
    }
}
