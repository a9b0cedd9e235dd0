public import Readings
import Sharing

/// Somebody who may log in at the board.
public struct BoardUser: Hashable, Sendable {
    /// 1 to 64 characters of `[a-z0-9-]`.
    public let name: String
    /// Whose releases are seen; nil for an operator, who sees everything.
    public let partner: String?
    /// When the password was made.
    public let made: Instant
    fileprivate let salt: [UInt8]
    fileprivate let hash: [UInt8]

    /// Whether it is the password. Takes a quarter of a second.
    func has(password: String) -> Bool {
        Secrets.areEqual(Secrets.slowHash(password, salt: salt), hash)
    }
}

/// Why the book of users cannot be read or written, or does not take what was asked for.
public struct UserBookFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator; never a password.
    public let description: String

    /// A reason in words.
    public init(_ description: String) {
        self.description = description
    }
}

/// Who may log in, in a file that nobody but the gateway may read: a line each, of words between tabs.
///
///     name   partner or -   2026-06-17T01:15:00.000Z   scrypt   salt in base 16   hash in base 16
public struct UserBook: Sendable {
    /// More users are refused.
    public static let countMax = 1000
    /// Shorter passwords are refused: the board may be reached by anybody.
    public static let passwordCountMin = 10
    private static let passwordBytesMax = 256

    /// The file; need not be there yet.
    public let path: String

    /// `<data>/board`.
    public init(folder: String) {
        path = folder + "/users"
    }

    /// By name; none where there is no file.
    public func users() throws(UserBookFailure) -> [BoardUser] {
        let bytes: [UInt8]?
        do throws(OnboardingFailure) {
            bytes = try SmallFile.text(path)
        } catch {
            throw UserBookFailure(error.description)
        }
        return try (bytes ?? []).split(separator: 10).enumerated().map {
            (number, line) throws(UserBookFailure) in
            guard let user = BoardUser(line: String(decoding: line, as: UTF8.self)) else {
                throw UserBookFailure(
                    "\(path):\(number + 1) is no user; take the line out, and add the user again"
                )
            }
            return user
        }
    }

    /// Takes a user in, or gives one another password.
    public func keep(_ name: String, partner: String?, password: String, now: Instant) throws(UserBookFailure)
    {
        guard password.count >= Self.passwordCountMin, password.utf8.count <= Self.passwordBytesMax else {
            throw UserBookFailure(
                "a password has \(Self.passwordCountMin) characters or more, and \(Self.passwordBytesMax)"
                    + " bytes at most; several words make a good one"
            )
        }
        let salt = Secrets.randomBytes(16)
        let user = BoardUser(
            name: name,
            partner: partner,
            made: now,
            salt: salt,
            hash: Secrets.slowHash(password, salt: salt)
        )
        var users = try users().filter { $0.name != name }
        guard users.count < Self.countMax else {
            throw UserBookFailure("\(path) has \(Self.countMax) users; remove one first")
        }
        users.append(user)
        try write(users)
    }

    /// - Returns: whether there was such a user.
    public func remove(_ name: String) throws(UserBookFailure) -> Bool {
        let users = try users()
        guard users.contains(where: { $0.name == name }) else { return false }
        try write(users.filter { $0.name != name })
        return true
    }

    private func write(_ users: [BoardUser]) throws(UserBookFailure) {
        do throws(OnboardingFailure) {
            try SmallFile.makeFolder(String(path.dropLast("/users".count)))
            let lines = users.sorted { $0.name < $1.name }.map(\.line)
            try SmallFile.write(path, lines.map { $0 + "\n" }.joined())
        } catch {
            throw UserBookFailure(error.description)
        }
    }
}

extension BoardUser {
    fileprivate var line: String {
        [name, partner ?? "-", made.iso8601, "scrypt", Secrets.hex(salt), Secrets.hex(hash)]
            .joined(separator: "\t")
    }

    fileprivate init?(line: String) {
        let words = line.split(separator: "\t").map(String.init)
        guard words.count == 6, words[3] == "scrypt", let made = Instant(iso8601: words[2]),
            let salt = Secrets.bytes(hex: words[4]), let hash = Secrets.bytes(hex: words[5])
        else { return nil }
        self.init(
            name: words[0],
            partner: words[1] == "-" ? nil : words[1],
            made: made,
            salt: salt,
            hash: hash
        )
    }
}
