import Glibc
public import Readings

/// Why a gateway has no key to sign with.
public struct KeyFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator; never the key itself.
    public let description: String

    init(_ step: String, _ path: String, _ code: Int32) {
        description = "cannot \(step) \(path): \(unsafe String(cString: strerror(code)))"
    }

    init(_ path: String, _ trouble: String) {
        description = "\(path) \(trouble)"
    }
}

/// A gateway's signing keys on disk.
///
///     keys.json              all public keys, the newest last; what partners are given
///     KID.seed               the secret of the newest, mode 0600; older ones are removed when they are replaced
///     rotation-KID.json      names the keys that hold from then on …
///     rotation-KID.jws       … signed by the one before
public struct KeyFolder: Sendable {
    /// The folder.
    public let path: String

    /// How long an old key is accepted beside the new one: seven days.
    public static let overlapMs: Int64 = 7 * 86_400_000

    /// A folder that need not be there yet.
    public init(_ path: String) {
        self.path = path
    }

    /// The public keys; none where none was made yet.
    public func keys() throws(KeyFailure) -> KeySet {
        let file = path + "/keys.json"
        guard let text = try read(file) else { return KeySet([]) }
        guard let keys = KeySet(json: text) else {
            throw KeyFailure(file, "is no set of keys; restore it from a backup")
        }
        return keys
    }

    /// The key that signs now; makes one, and the folder, where there is none.
    ///
    /// - Parameter gateway: begins its id.
    public func open(gateway: String, now: Instant) throws(KeyFailure) -> SigningKey {
        guard let newest = try keys().keys.last else { return try add(to: [], gateway, now) }
        let file = seedFile(newest.id)
        guard let text = try read(file) else { throw KeyFailure("open", file, ENOENT) }
        let letters = String(decoding: text, as: UTF8.self).split(separator: "\n").first ?? ""
        guard let seed = Base64URL.decode(letters), let key = SigningKey(id: newest.id, seed: seed),
            key.verifying().bytes == newest.bytes
        else { throw KeyFailure(file, "is not the secret of key \(newest.id); restore it from a backup") }
        return key
    }

    /// Replaces the key that signs: the old one is accepted for ``overlapMs`` more, and signs the statement that names
    /// the new one.
    ///
    /// - Returns: the new key's id, and the statement's file.
    public func rotate(gateway: String, now: Instant) throws(KeyFailure) -> (id: String, statement: String) {
        let old = try open(gateway: gateway, now: now)
        var known = try keys().keys
        for place in known.indices where known[place].notAfter == nil {
            known[place].notAfter = now.advanced(byMs: Self.overlapMs)
        }
        let new = try add(to: known, gateway, now)
        let statement = Array("\(try keys().json)\n".utf8)
        let file = "\(path)/rotation-\(new.id)"
        try write("\(file).json", statement, mode: 0o644)
        try write("\(file).jws", Array("\(DetachedJWS.sign(statement, with: old))\n".utf8), mode: 0o644)
        unsafe unlink(seedFile(old.id))
        return (new.id, "\(file).json")
    }

    private func add(to known: [VerifyingKey], _ gateway: String, _ now: Instant) throws(KeyFailure)
        -> SigningKey
    {
        if unsafe mkdir(path, 0o711) != 0, errno != EEXIST { throw KeyFailure("make", path, errno) }
        let key = SigningKey.make(id: "\(gateway)-\(known.count + 1)")
        // The secret first: a public key that nobody can sign with would be worse than a seed that nobody knows of.
        try write(seedFile(key.id), Array("\(Base64URL.encode(key.seed))\n".utf8), mode: 0o600)
        let keys = KeySet(known + [key.verifying(notBefore: now)])
        try write(path + "/keys.json", Array("\(keys.json)\n".utf8), mode: 0o644)
        return key
    }

    private func seedFile(_ id: String) -> String { "\(path)/\(id).seed" }

    private func write(_ file: String, _ bytes: [UInt8], mode: mode_t) throws(KeyFailure) {
        let code = PlacedFile.replace(file, with: bytes, mode: mode)
        if code != 0 { throw KeyFailure("write", file, code) }
    }

    /// - Returns: nil when there is no such file.
    private func read(_ file: String) throws(KeyFailure) -> [UInt8]? {
        let descriptor = unsafe Glibc.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw KeyFailure("open", file, errno)
        }
        defer { _ = close(descriptor) }
        guard let bytes = PlacedFile.read(64 << 10, from: descriptor, at: 0) else {
            throw KeyFailure("read", file, errno)
        }
        return bytes
    }
}
