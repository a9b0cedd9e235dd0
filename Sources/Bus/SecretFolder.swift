internal import Glibc

/// The passwords of a managed broker's users, a file each, which nobody but us may read.
public struct SecretFolder: Sendable {
    /// The folder; need not be there yet.
    public let path: String

    /// `<data>/broker/secrets`.
    public init(_ path: String) {
        self.path = path
    }

    /// The file in which a user's password stands, in its first line.
    public func file(of user: String) -> String { "\(path)/\(user)" }

    /// A user's password; made where there is none.
    public func open(_ user: String) throws(BrokerFailure) -> String {
        let file = file(of: user)
        if let text = try FileWork.text(file) {
            let secret = text.split(separator: "\n").first.map(String.init) ?? ""
            guard secret.utf8.count >= 24 else {
                throw .option(
                    "\(file) holds fewer than 24 characters; remove it, a new password will be made"
                )
            }
            return secret
        }
        return try replace(user)
    }

    /// Gives a user a new password; the broker goes by it at its next reload.
    @discardableResult
    public func replace(_ user: String) throws(BrokerFailure) -> String {
        if unsafe access(path, F_OK) != 0 { try FileWork.makeDirectory(path, mode: 0o700) }
        // 32 of 62 characters: 190 bits from the kernel.
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var random = SystemRandomNumberGenerator()
        let secret = String((0..<32).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
        try FileWork.replace(file(of: user), with: secret + "\n", mode: 0o600)
        return secret
    }

    /// Forgets a user's password; whoever comes back under this name gets another one.
    public func remove(_ user: String) {
        unsafe _ = unlink(file(of: user))
    }
}
