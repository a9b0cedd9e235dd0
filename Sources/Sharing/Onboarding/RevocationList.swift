import Crypto
import Readings
import SwiftASN1
import X509

/// Certificates of an authority that do not hold any more, as brokers read them: a list of RFC 5280, version 1.
///
///     SEQUENCE ─┬ SEQUENCE ─┬ algorithm, issuer, made, next
///               │           └ SEQUENCE of SEQUENCE ─ serial, when; absent when there is none
///               ├ algorithm
///               └ BIT STRING signature
struct RevocationList {
    let issuer: DistinguishedName
    let made: Instant
    let next: Instant
    /// Serials in base 16.
    let revoked: [(serial: String, time: Instant)]

    func pem(signedWith key: P256.Signing.PrivateKey) throws -> String {
        var signed = DER.Serializer()
        try signed.appendConstructedNode(identifier: .sequence) { list in
            try Self.algorithm(&list)
            try list.serialize(issuer)
            try list.serialize(try Self.time(made))
            try list.serialize(try Self.time(next))
            guard !revoked.isEmpty else { return }
            try list.appendConstructedNode(identifier: .sequence) { entries in
                for (serial, time) in revoked {
                    try entries.appendConstructedNode(identifier: .sequence) { entry in
                        try entry.serialize(Self.bytes(serial)[...])
                        try entry.serialize(try Self.time(time))
                    }
                }
            }
        }
        let signature = try key.signature(for: signed.serializedBytes).derRepresentation
        var whole = DER.Serializer()
        try whole.appendConstructedNode(identifier: .sequence) { whole in
            whole.serializeRawBytes(signed.serializedBytes)
            try Self.algorithm(&whole)
            try whole.serialize(ASN1BitString(bytes: Array(signature)[...]))
        }
        return PEMDocument(type: "X509 CRL", derBytes: whole.serializedBytes).pemString + "\n"
    }

    /// ECDSA with SHA-256.
    private static func algorithm(_ coder: inout DER.Serializer) throws {
        try coder.appendConstructedNode(identifier: .sequence) { algorithm in
            try algorithm.serialize(try ASN1ObjectIdentifier(elements: [1, 2, 840, 10045, 4, 3, 2]))
        }
    }

    /// Until 2049 two digits of the year are written.
    private static func time(_ instant: Instant) throws -> UTCTime {
        let civil = CivilTime(instant)
        return try UTCTime(
            year: civil.year,
            month: civil.month,
            day: civil.day,
            hours: civil.hour,
            minutes: civil.minute,
            seconds: civil.second
        )
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap { $0.hexDigitValue.map { UInt8($0) } }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
