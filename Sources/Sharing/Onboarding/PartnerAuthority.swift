import Crypto
import FoundationEssentials
import Glibc
public import Readings
import SwiftASN1
import X509

/// A small private authority for partners' certificates at the managed broker, and for nothing else: whoever holds a
/// certificate of it may connect there.
///
///     ca.pem, ca.key           for ten years; the key's mode is 0600, as that of all keys
///     broker.pem, broker.key   the broker's own, for as long; made anew for another host
///     revoked                  a line for each certificate that does not hold any more: serial in base 16, instant
///     revoked.pem              the same, signed (RFC 5280), as the broker reads it
public struct PartnerAuthority: Sendable {
    /// The folder; need not be there yet.
    public let path: String

    /// For how long a partner's certificate holds unless told otherwise: as long as an agreement may.
    public static let daysDefault = 365
    /// A certificate that was made on a machine whose clock is a little ahead is good at once.
    private static let slackMs: Int64 = 300_000
    private static let ownDays = 3650

    /// `<data>/ca`.
    public init(_ path: String) {
        self.path = path
    }

    /// Who signed; partners trust it.
    public var authorityFile: String { path + "/ca.pem" }
    /// The broker's certificate.
    public var brokerFile: String { path + "/broker.pem" }
    /// Its key.
    public var brokerKeyFile: String { path + "/broker.key" }
    /// What does not hold any more.
    public var revocationFile: String { path + "/revoked.pem" }

    /// A certificate, and the key that belongs to it.
    public struct Issued: Sendable {
        /// The certificate as PEM.
        public var certificate: String
        /// Its key as PEM; for its owner alone.
        public var key: String
        /// In base 16.
        public var serial: String
        /// When it ends.
        public var end: Instant
    }

    /// Makes the authority, the broker's certificate and the list of revoked ones where they are missing.
    ///
    /// - Parameter hosts: names and addresses by which partners reach the broker; at least one.
    public func open(hosts: [String], now: Instant) throws(OnboardingFailure) {
        try SmallFile.makeFolder(path)
        if try SmallFile.text(authorityFile) == nil { try found(now) }
        let line = hosts.joined(separator: " ") + "\n"
        let mark = path + "/broker.hosts"
        if try SmallFile.text(mark) != Array(line.utf8) {
            let made = try issue(.broker(hosts), days: PartnerAuthority.ownDays, now: now)
            try SmallFile.write(brokerKeyFile, made.key)
            try SmallFile.write(brokerFile, made.certificate, mode: 0o644)
            try SmallFile.write(mark, line, mode: 0o644)
        }
        if try SmallFile.text(revocationFile) == nil { try writeList(now) }
    }

    /// A new certificate for a partner, and a key that nobody has seen.
    ///
    /// - Parameters:
    ///   - partner: its id becomes the common name, by which the broker knows it.
    ///   - days: 1 … 3650.
    public func issue(partner: String, days: Int, now: Instant) throws(OnboardingFailure) -> Issued {
        try issue(.partner(partner), days: days, now: now)
    }

    /// From now on a certificate does not hold any more: the broker refuses it once it has read the list.
    ///
    /// - Parameter serial: in base 16.
    public func revoke(serial: String, now: Instant) throws(OnboardingFailure) {
        var lines = try revoked()
        guard !lines.contains(where: { $0.serial == serial }) else { return }
        lines.append((serial, now))
        try SmallFile.write(
            path + "/revoked",
            lines.map { "\($0.serial) \($0.time.iso8601)\n" }.joined()
        )
        try writeList(now)
    }

    // MARK: - How it is made

    private enum Subject {
        case broker([String])
        case partner(String)
    }

    private func found(_ now: Instant) throws(OnboardingFailure) {
        try attempt("make the authority") {
            let key = P256.Signing.PrivateKey()
            let name = try DistinguishedName { CommonName("tsunagi partners") }
            let certificate = try Certificate(
                version: .v3,
                serialNumber: .init(),
                publicKey: .init(key.publicKey),
                notValidBefore: Self.date(now.advanced(byMs: -Self.slackMs)),
                notValidAfter: Self.date(now.advanced(byMs: Int64(Self.ownDays) * 86_400_000)),
                issuer: name,
                subject: name,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: .init(key.publicKey))
                },
                issuerPrivateKey: .init(key)
            )
            // The key first: an authority that nobody can sign with would be of no use.
            try SmallFile.write(path + "/ca.key", key.pemRepresentation + "\n")
            let pem = try certificate.serializeAsPEM().pemString
            try SmallFile.write(authorityFile, pem + "\n", mode: 0o644)
        }
    }

    private func issue(_ subject: Subject, days: Int, now: Instant) throws(OnboardingFailure) -> Issued {
        try attempt("sign a certificate") {
            let (authority, signer) = try signer()
            let key = P256.Signing.PrivateKey()
            let end = now.advanced(byMs: Int64(days) * 86_400_000)
            let serial = Certificate.SerialNumber()
            let name: String
            let extensions: Certificate.Extensions
            switch subject {
            case .broker(let hosts):
                name = hosts[0]
                extensions = try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.serverAuth])
                    SubjectAlternativeNames(hosts.map { Self.generalName($0) })
                }
            case .partner(let id):
                name = id
                extensions = try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.clientAuth])
                }
            }
            let certificate = try Certificate(
                version: .v3,
                serialNumber: serial,
                publicKey: .init(key.publicKey),
                notValidBefore: Self.date(now.advanced(byMs: -Self.slackMs)),
                notValidAfter: Self.date(end),
                issuer: authority.subject,
                subject: try DistinguishedName { CommonName(name) },
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: extensions,
                issuerPrivateKey: .init(signer)
            )
            return Issued(
                certificate: try certificate.serializeAsPEM().pemString + "\n",
                key: key.pemRepresentation + "\n",
                serial: Self.hex(serial.bytes),
                end: end
            )
        }
    }

    private func signer() throws -> (Certificate, P256.Signing.PrivateKey) {
        guard let pem = try SmallFile.text(authorityFile), let key = try SmallFile.text(path + "/ca.key")
        else { throw OnboardingFailure(path, "holds no authority yet") }
        return (
            try Certificate(pemEncoded: String(decoding: pem, as: UTF8.self)),
            try P256.Signing.PrivateKey(pemRepresentation: String(decoding: key, as: UTF8.self))
        )
    }

    private func revoked() throws(OnboardingFailure) -> [(serial: String, time: Instant)] {
        let text = String(decoding: try SmallFile.text(path + "/revoked") ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 2, let time = Instant(iso8601: words[1]) else { return nil }
            return (words[0], time)
        }
    }

    private func writeList(_ now: Instant) throws(OnboardingFailure) {
        let lines = try revoked()
        try attempt("sign the list of revoked certificates") {
            let (authority, key) = try signer()
            let list = RevocationList(
                issuer: authority.subject,
                made: now,
                // It has no end of its own: a list that ended would lock every partner out.
                next: Instant(
                    milliseconds: Int64(authority.notValidAfter.timeIntervalSince1970 * 1000)
                ),
                revoked: lines
            )
            try SmallFile.write(revocationFile, try list.pem(signedWith: key), mode: 0o644)
        }
    }

    /// What a library of certificates throws has no type; its words are enough.
    private func attempt<Result>(_ step: String, _ body: () throws -> Result) throws(OnboardingFailure)
        -> Result
    {
        do {
            return try body()
        } catch let failure as OnboardingFailure {
            throw failure
        } catch {
            throw OnboardingFailure(path, "cannot \(step): \(error)")
        }
    }

    private static func date(_ instant: Instant) -> Date {
        Date(timeIntervalSince1970: Double(instant.milliseconds / 1000))
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// An address as four or sixteen bytes, or a name.
    private static func generalName(_ host: String) -> GeneralName {
        var room = [UInt8](repeating: 0, count: 16)
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            if unsafe inet_pton(family, host, &room) == 1 {
                return .ipAddress(ASN1OctetString(contentBytes: room[..<count]))
            }
        }
        return .dnsName(host)
    }
}
