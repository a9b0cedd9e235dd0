public import Readings

/// Why a signature does not stand for what it came with.
public enum SignatureFault: Error, Hashable, Sendable {
    /// Not three parts in the alphabet of URLs, the second one empty, or a header that is no flat JSON.
    case malformed
    /// Another algorithm than EdDSA, `none` among them.
    case algorithm(String)
    /// The header asks for something that is not known here.
    case critical(String)
    /// None of the keys that were handed over has this `kid`.
    case unknownKey(String)
    /// The key is not valid at this time.
    case expiredKey(String)
    /// It is not this key's signature of these bytes.
    case mismatch(String)
}

extension SignatureFault: CustomStringConvertible {
    /// One line, and what to do next.
    public var description: String {
        switch self {
        case .malformed:
            "this is no detached signature: expected HEADER..SIGNATURE in base64url without padding"
        case .algorithm(let name): "signed with \"\(name)\": only EdDSA is accepted"
        case .critical(let name): "the signature depends on \"\(name)\", which is not known here"
        case .unknownKey(let id):
            "no key \"\(id)\" was handed over; ask the sender for its keys, by another way"
        case .expiredKey(let id):
            "key \"\(id)\" is not valid at this time; ask the sender for the one that is"
        case .mismatch(let id): "key \"\(id)\" did not sign these bytes; were they changed or written anew?"
        }
    }
}

/// Detached compact signatures over the exact bytes of a payload: RFC 7515, appendix F, with EdDSA of RFC 8037.
public enum DetachedJWS {
    /// `HEADER..SIGNATURE`.
    ///
    /// - Parameter attributes: what goes along with a payload that does not say itself which bucket of which grant it is;
    ///   written into the header, they are signed with it. None of them is `alg`, `kid`, `crit` or `b64`.
    public static func sign(
        _ payload: [UInt8],
        with key: SigningKey,
        telling attributes: [FeedAttribute] = []
    ) -> String {
        var header = JSONText()
        header.object { json in
            json.key("alg")
            json.string("EdDSA")
            json.key("kid")
            json.string(key.id)
            for attribute in attributes { json.member(attribute.name, attribute.value) }
        }
        let first = Base64URL.ascii(header.bytes)
        let dot = UInt8(ascii: ".")
        let signature = key.signature(of: first + [dot] + Base64URL.ascii(payload))
        return String(decoding: first + [dot, dot] + Base64URL.ascii(signature), as: UTF8.self)
    }

    /// Verifies what ``sign(_:with:)`` makes, and the form of RFC 7797 in which the payload is not encoded.
    ///
    /// - Parameters:
    ///   - keys: those that were handed over.
    ///   - now: when the verifier looks at it.
    /// - Returns: what the header tells beside the key and the algorithm, as signed: the attributes of a release that go
    ///   along with it as user properties must be these.
    @discardableResult
    public static func verify(
        _ jws: String,
        of payload: [UInt8],
        by keys: [VerifyingKey],
        at now: Instant
    ) throws(SignatureFault) -> [String: String] {
        // A header of ours has some 60 bytes, with attributes some 300.
        guard jws.utf8.count <= 4096 else { throw .malformed }
        let parts = jws.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let bytes = Base64URL.decode(parts[0]),
            let header = JSONValue(bytes)?.members, let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        guard header["alg"]?.string == "EdDSA" else { throw .algorithm(header["alg"]?.string ?? "nothing") }
        var isEncoded = true
        if let critical = header["crit"] {
            guard case .list(let names) = critical, !names.isEmpty else { throw .malformed }
            for name in names where name.string != "b64" { throw .critical(name.string ?? "something") }
            guard case .flag(let flag) = header["b64"] else { throw .malformed }
            isEncoded = flag
        } else if header["b64"] != nil {
            // RFC 7797: whoever leaves the payload as it is says so where it cannot be overlooked.
            throw .malformed
        }
        guard let id = header["kid"]?.string else { throw .unknownKey("") }
        let named = keys.filter { $0.id == id }
        guard !named.isEmpty else { throw .unknownKey(id) }
        let valid = named.filter {
            now >= $0.notBefore ?? .distantPast && now < $0.notAfter ?? .distantFuture
        }
        guard !valid.isEmpty else { throw .expiredKey(id) }
        var signed = Array("\(parts[0]).".utf8)
        signed += isEncoded ? Base64URL.ascii(payload) : payload
        guard signature.count == 64, valid.contains(where: { $0.accepts(signature, of: signed) }) else {
            throw .mismatch(id)
        }
        return header.compactMapValues(\.string).filter { !["alg", "kid"].contains($0.key) }
    }
}
