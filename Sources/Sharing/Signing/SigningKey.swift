import Crypto
public import Readings

/// A factory's Ed25519 key, by which partners know its releases. Separate from all keys of TLS.
public struct SigningKey: Sendable {
    /// The `kid` by which a signature names it.
    public let id: String
    private let key: Curve25519.Signing.PrivateKey

    /// How long a seed is.
    public static let seedBytes = 32

    /// - Parameter seed: ``seedBytes`` secret bytes; nil when there are more or fewer.
    public init?(id: String, seed: [UInt8]) {
        guard seed.count == Self.seedBytes,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { return nil }
        self.id = id
        self.key = key
    }

    /// A new key, its seed from the system's randomness.
    public static func make(id: String) -> SigningKey {
        guard let key = SigningKey(id: id, seed: Array(Curve25519.Signing.PrivateKey().rawRepresentation))
        else {
            preconditionFailure("a seed of the library is a seed")
        }
        return key
    }

    /// The secret itself: for its file, and for nothing else.
    var seed: [UInt8] { Array(key.rawRepresentation) }

    /// What others verify by, valid from `notBefore` on.
    public func verifying(notBefore: Instant? = nil, notAfter: Instant? = nil) -> VerifyingKey {
        VerifyingKey(
            id: id,
            bytes: Array(key.publicKey.rawRepresentation),
            notBefore: notBefore,
            notAfter: notAfter
        )
    }

    /// 64 bytes.
    func signature(of bytes: [UInt8]) -> [UInt8] {
        guard let signature = try? key.signature(for: bytes) else {
            preconditionFailure("Ed25519 signs whatever there is")
        }
        return Array(signature)
    }
}

/// A key that signatures are verified by; handed over when a partner joins, and never learnt from a feed.
public struct VerifyingKey: Hashable, Sendable {
    /// The `kid` by which a signature names it.
    public var id: String
    /// 32.
    public var bytes: [UInt8]
    /// Signatures that are looked at earlier are not its.
    public var notBefore: Instant?
    /// From then on it verifies nothing.
    public var notAfter: Instant?

    /// A key as it was handed over.
    public init(id: String, bytes: [UInt8], notBefore: Instant? = nil, notAfter: Instant? = nil) {
        self.id = id
        self.bytes = bytes
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// The SHA-256 of its members that make it what it is, RFC 7638: what people compare over the telephone.
    public var thumbprint: String {
        let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64URL.encode(bytes))"}"#
        return Base64URL.encode(Array(SHA256.hash(data: Array(members.utf8))))
    }

    func accepts(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }
}
