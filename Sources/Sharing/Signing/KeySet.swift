import Readings

/// The keys of one sender as they are handed over: a JWK set, RFC 7517, of Ed25519 keys (RFC 8037).
///
///     {"keys":[{"kty":"OKP","crv":"Ed25519","kid":…,"x":…,"nbf":"2026-…","exp":"2027-…"}]}
public struct KeySet: Hashable, Sendable {
    /// In the order in which they are written.
    public var keys: [VerifyingKey]

    /// These keys.
    public init(_ keys: [VerifyingKey]) {
        self.keys = keys
    }

    /// Reads a set; nil when it is none, or holds a key of another kind.
    public init?(json: [UInt8]) {
        guard let list = JSONValue(json)?.members?["keys"]?.list else { return nil }
        keys = []
        for entry in list {
            guard let members = entry.members, members["kty"]?.string == "OKP",
                members["crv"]?.string == "Ed25519", let id = members["kid"]?.string, members["d"] == nil,
                let bytes = members["x"]?.string.flatMap({ Base64URL.decode($0) }), bytes.count == 32
            else { return nil }
            var key = VerifyingKey(id: id, bytes: bytes)
            // A time that is there but cannot be read must not make a key valid for ever.
            if let time = members["nbf"] {
                guard let instant = time.string.flatMap({ Instant(iso8601: $0) }) else { return nil }
                key.notBefore = instant
            }
            if let time = members["exp"] {
                guard let instant = time.string.flatMap({ Instant(iso8601: $0) }) else { return nil }
                key.notAfter = instant
            }
            keys.append(key)
        }
    }

    /// One line.
    public var json: String {
        var json = JSONText()
        json.object { json in
            json.key("keys")
            json.array { json in
                for key in keys { write(key, &json) }
            }
        }
        return json.text
    }

    private func write(_ key: VerifyingKey, _ json: inout JSONText) {
        json.object { json in
            let times = [("nbf", key.notBefore), ("exp", key.notAfter)].compactMap { name, time in
                time.map { (name, $0.iso8601) }
            }
            let members = [
                ("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig"), ("kid", key.id),
                ("x", Base64URL.encode(key.bytes)),
            ]
            for (name, value) in members + times {
                json.key(name)
                json.string(value)
            }
        }
    }
}
