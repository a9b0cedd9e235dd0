import Crypto
import CryptoExtras
import FoundationEssentials

/// Secrets of logins and forms.
enum Secrets {
    /// 256 bits of the system's randomness, in base 16.
    static func random() -> String {
        hex(randomBytes(32))
    }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var source = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &source) }
    }

    /// scrypt, RFC 7914: slow, and of 32 MiB memory three times over, so that guessing at a stolen file costs as much as
    /// OWASP asks for.
    static func slowHash(_ password: String, salt: [UInt8]) -> [UInt8] {
        let key = try? KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: 32,
            rounds: 1 << 15,
            blockSize: 8,
            parallelism: 3
        )
        guard let key else { preconditionFailure("scrypt takes these parameters") }
        return unsafe key.withUnsafeBytes { unsafe Array($0) }
    }

    /// What only somebody with the key can make of the text.
    static func seal(_ text: String, _ key: [UInt8]) -> String {
        hex(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key))))
    }

    /// The digest that a policy for content names a style by.
    static func digest(_ text: String) -> String {
        Data(SHA256.hash(data: Array(text.utf8))).base64EncodedString()
    }

    /// Takes as long whatever the texts have in common.
    static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }

    /// Nil when it is no base 16.
    static func bytes(hex text: some StringProtocol) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue.map { UInt8($0) } }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
