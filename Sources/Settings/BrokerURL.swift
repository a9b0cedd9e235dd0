import Bus

/// A broker's address as it is written: `mqtt://host:1883`, `mqtts://host:8883`, `unix:/path`.
struct BrokerURL {
    enum Scheme: String {
        case mqtt, mqtts, unix
    }

    var scheme: Scheme
    /// A host name or address; for `unix` a path.
    var host: String
    /// 1 … 65 535; 0 for `unix`.
    var port: Int

    /// Reads an address, or says what is wrong with it.
    static func read(_ text: String) -> Result<BrokerURL, Complaint> {
        if text.hasPrefix("unix:/") {
            return .success(BrokerURL(scheme: .unix, host: String(text.dropFirst(5)), port: 0))
        }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = Scheme(rawValue: String(parts[0])), scheme != .unix else {
            return .failure(Complaint("must be managed, mqtt://host:1883, mqtts://host:8883 or unix:/path"))
        }
        if parts[1].contains("@") {
            return .failure(Complaint("has no place for a user; write user: and password_file: beside url:"))
        }
        let trimmed = parts[1].hasSuffix("/") ? parts[1].dropLast() : parts[1]
        return hostPort(String(trimmed), portDefault: scheme == .mqtt ? 1883 : 8883)
            .map { BrokerURL(scheme: scheme, host: $0.host, port: $0.port) }
    }

    /// Reads `host`, `host:port` or `[::1]:port`.
    ///
    /// - Parameter portMin: 0 where a free port may be asked for.
    static func hostPort(_ text: String, portDefault: Int, portMin: Int = 1) -> Result<
        (host: String, port: Int), Complaint
    > {
        var host = Substring(text)
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                return .failure(Complaint("\"\(Entry.short(text))\" is no host and port"))
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let isGoodHost =
            !host.isEmpty && host.utf8.count <= 253
            && host.unicodeScalars.allSatisfy { $0.value > 0x20 && !"/?#@\"\\".unicodeScalars.contains($0) }
            && (text.hasPrefix("[") || !host.contains(":"))
        guard isGoodHost else { return .failure(Complaint("\"\(Entry.short(text))\" is no host and port")) }
        guard let port else { return .success((String(host), portDefault)) }
        guard port.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(port),
            (portMin...65_535).contains(number)
        else {
            let found = Entry.short(String(port))
            return .failure(Complaint("port \"\(found)\" is none: expected \(portMin) … 65535"))
        }
        return .success((String(host), number))
    }
}

/// What to say of a text that cannot be read.
struct Complaint: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}
