import Foundation
import Readings
import Sharing
import Testing

@Suite("Releases are signed, and forged ones are told")
struct SigningTests {
    private let own = IntegrityVectors.all.detached_jws_own
    private let now = Instant(milliseconds: 1_774_969_200_000)

    private func key(_ id: String = "tanaka-2025-1") throws -> SigningKey {
        try #require(SigningKey(id: id, seed: bytes(hex: own.seed_hex)))
    }

    private func fault(
        _ jws: String,
        _ payload: String? = nil,
        keys: [VerifyingKey]? = nil
    ) throws -> SignatureFault? {
        let keys = try keys ?? [key().verifying()]
        do throws(SignatureFault) {
            try DetachedJWS.verify(jws, of: Array((payload ?? own.payload_utf8).utf8), by: keys, at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("a signature is the vector's, byte for byte, and holds in both of its forms")
    func signature() throws {
        #expect(DetachedJWS.sign(Array(own.payload_utf8.utf8), with: try key()) == own.detached)
        #expect(try fault(own.detached) == nil)
        #expect(try fault(own.detached_b64_false) == nil)
    }

    @Test("the key of RFC 8037: its thumbprint, and its signature when the payload is taken out")
    func rfc() throws {
        let vector = IntegrityVectors.all.ed25519_jws_rfc8037
        let set = #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"","x":"\#(vector.public_b64url)"}]}"#
        let keys = try #require(KeySet(json: Array(set.utf8)))
        #expect(keys.keys[0].thumbprint == vector.jwk_thumbprint_sha256)
        // Its header names no key: that is refused, as no key can be pinned by nothing.
        let parts = vector.compact.split(separator: ".")
        #expect(
            try fault("\(parts[0])..\(parts[2])", vector.payload_utf8, keys: keys.keys) == .unknownKey("")
        )
    }

    @Test(
        "what must fail: a changed byte, other spellings, other algorithms, unknown and expired keys, bad base 64"
    )
    func mustFail() throws {
        var payload = own.payload_utf8
        payload.replaceSubrange(payload.startIndex...payload.startIndex, with: "[")
        #expect(try fault(own.detached, payload) == .mismatch("tanaka-2025-1"))
        #expect(try fault(own.detached, own.payload_utf8 + " ") == .mismatch("tanaka-2025-1"))
        #expect(
            try fault(own.detached, own.payload_utf8.replacing("/", with: "\\/"))
                == .mismatch("tanaka-2025-1")
        )
        let parts = own.detached.components(separatedBy: ".")
        for algorithm in ["none", "HS256", "ES256", "Ed448", "eddsa"] {
            let header = encode(#"{"alg":"\#(algorithm)","kid":"tanaka-2025-1"}"#)
            #expect(try fault("\(header)..\(parts[2])") == .algorithm(algorithm))
        }
        #expect(try fault(own.detached, keys: [key("other").verifying()]) == .unknownKey("tanaka-2025-1"))
        #expect(try fault(own.detached, keys: []) == .unknownKey("tanaka-2025-1"))
        let expired = try key().verifying(notBefore: .distantPast, notAfter: now)
        #expect(try fault(own.detached, keys: [expired]) == .expiredKey("tanaka-2025-1"))
        let early = try key().verifying(notBefore: now.advanced(byMs: 1))
        #expect(try fault(own.detached, keys: [early]) == .expiredKey("tanaka-2025-1"))
        #expect(try fault("\(parts[0])..") == .mismatch("tanaka-2025-1"))
        #expect(try fault("\(parts[0])..\(parts[2])=") == .malformed)
        #expect(try fault("\(parts[0])..\(parts[2].replacingOccurrences(of: "_", with: "/"))") == .malformed)
        #expect(try fault("\(parts[0]).\(encode(own.payload_utf8)).\(parts[2])") == .malformed)
        #expect(try fault("") == .malformed)
        #expect(try fault(String(repeating: ".", count: 100_000)) == .malformed)
        let critical = encode(#"{"alg":"EdDSA","crit":["exp"],"exp":1,"kid":"tanaka-2025-1"}"#)
        #expect(try fault("\(critical)..\(parts[2])") == .critical("exp"))
        let hidden = encode(#"{"alg":"EdDSA","b64":false,"kid":"tanaka-2025-1"}"#)
        #expect(try fault("\(hidden)..\(parts[2])") == .malformed)
        let twice = encode(#"{"alg":"EdDSA","alg":"none","kid":"tanaka-2025-1"}"#)
        #expect(try fault("\(twice)..\(parts[2])") == .malformed)
    }

    private func encode(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    @Test("a set of keys is read as it was written, and one with a secret or a bad time in it is refused")
    func keySets() throws {
        let keys = KeySet([try key().verifying(notBefore: now, notAfter: now.advanced(byMs: 1000))])
        #expect(KeySet(json: Array(keys.json.utf8)) == keys)
        let x = own.public_b64url
        for text in [
            "", "[]", "{}", #"{"keys":[{}]}"#,
            #"{"keys":[{"kty":"RSA","crv":"Ed25519","kid":"a","x":"\#(x)"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(x)","d":"AA"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(x)","exp":"soon"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AA"}]}"#,
        ] {
            #expect(KeySet(json: Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test(
        "numbers of a proof are read as JSON has them",
        arguments: [
            ("0", true), ("7", true), ("10", true), ("01", false), ("+1", false), ("-1", false),
            ("1.5", false),
            ("1e2", false), (".5", false), ("1.", false), ("1e", false), ("-", false), ("", false),
            ("99999999999999999999", false),
        ]
    )
    func numbers(digits: String, isPlace: Bool) throws {
        let head = SignedHead(
            TreeHead(size: 1, root: MerkleTree.empty),
            gateway: "g",
            at: now,
            with: try key()
        )
        let proof = AuditProof(line: [], index: 123_456, leaves: [MerkleTree.leaf([])], head: head, size: 1)
        let text = proof.json.replacing("123456", with: digits)
        #expect((AuditProof(json: Array(text.utf8)) != nil) == isPlace)
    }

    @Test(
        "whatever comes from outside is read or refused, and never otherwise",
        arguments: 0..<4 as Range<UInt64>
    )
    func mutations(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        let keys = Array(KeySet([try key().verifying(notBefore: now)]).json.utf8)
        let head = SignedHead(
            TreeHead(size: 1, root: MerkleTree.empty),
            gateway: "工場",
            at: now,
            with: try key()
        )
        let proof = AuditProof(line: head.text, index: 0, leaves: [MerkleTree.leaf([])], head: head, size: 1)
        let texts = [keys, Array(proof.json.utf8), Array(own.detached.utf8)]
        for round in 0..<5000 {
            var text = texts[round % texts.count]
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = UInt8.random(in: 0...255, using: &random)
                case 1: text.remove(at: place)
                default: text.insert(contentsOf: Array("\\ud800[{\"".utf8), at: place)
                }
            }
            _ = KeySet(json: text)
            if let read = AuditProof(json: text) {
                #expect(throws: AuditProof.Fault.self) { try read.verify(payload: [], by: [], at: now) }
            }
            #expect(try fault(String(decoding: text, as: UTF8.self)) != nil || text == texts[2])
        }
    }

    @Test(
        "a folder keeps its key, rotates it with a statement that the old one signed, and its seed is nobody else's"
    )
    func folder() throws {
        let folder = try TemporaryFolder()
        let keys = KeyFolder(folder.path + "/keys")
        let first = try keys.open(gateway: "plant-ota", now: now)
        #expect(first.id == "plant-ota-1")
        #expect(try keys.open(gateway: "plant-ota", now: now).verifying().bytes == first.verifying().bytes)
        let mode = try FileManager.default.attributesOfItem(atPath: "\(keys.path)/plant-ota-1.seed")[
            .posixPermissions
        ]
        #expect(mode as? Int == 0o600)
        let made = try keys.rotate(gateway: "plant-ota", now: now.advanced(byMs: 1000))
        #expect(made.id == "plant-ota-2")
        #expect(!FileManager.default.fileExists(atPath: "\(keys.path)/plant-ota-1.seed"))
        let statement = try Data(contentsOf: URL(filePath: made.statement))
        let jws = try String(contentsOfFile: made.statement.replacing(".json", with: ".jws"), encoding: .utf8)
        let pinned = first.verifying()
        try DetachedJWS.verify(String(jws.dropLast()), of: Array(statement), by: [pinned], at: now)
        let known = try #require(KeySet(json: Array(statement)))
        #expect(known.keys.map(\.id) == ["plant-ota-1", "plant-ota-2"])
        let days = known.keys[0].notAfter.map { $0.msSince(now) / 86_400_000 }
        #expect(days == 7)
        let second = try keys.open(gateway: "plant-ota", now: now)
        let payload = Array("棚A".utf8)
        try DetachedJWS.verify(
            DetachedJWS.sign(payload, with: second),
            of: payload,
            by: known.keys,
            at: now.advanced(byMs: 2000)
        )
    }
}
