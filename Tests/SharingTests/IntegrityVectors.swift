import Foundation

/// The cases of signatures, trees and logs, as they lie in `Vectors`.
struct IntegrityVectors: Decodable {
    struct RFC8037: Decodable {
        let seed_b64url, public_b64url, payload_utf8, compact, jwk_thumbprint_sha256: String
    }

    struct Detached: Decodable {
        let seed_hex, public_b64url, payload_utf8, detached, detached_b64_false: String
    }

    struct Inclusion: Decodable {
        let size, index: Int
        let proof: [String]
    }

    struct Consistency: Decodable {
        let old, new: Int
        let proof: [String]
    }

    struct Tree: Decodable {
        let leaf_inputs_hex, roots_by_size: [String]
        let inclusion: [Inclusion]
        let consistency: [Consistency]
    }

    struct Log: Decodable {
        let lines, line_sha256: [String]
        let merkle_root: String
    }

    let ed25519_jws_rfc8037: RFC8037
    let detached_jws_own: Detached
    let rfc6962: Tree
    let audit_log_own: Log

    static let all: IntegrityVectors = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        do {
            let data = try Data(contentsOf: folder.appending(path: "integrity_vectors.json"))
            return try JSONDecoder().decode(IntegrityVectors.self, from: data)
        } catch {
            // A test without its cases must not pass.
            fatalError("the cases cannot be read: \(error)")
        }
    }()
}

/// The bytes of digits of base 16.
func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
}
