public import Readings

/// What shows a partner that a release stands in the audit log: the record, its way up the tree, and a signed head.
///
///     {"record":"…","index":…,"proof":["…",…],"head":"…","jws":"…"}
public struct AuditProof: Hashable, Sendable {
    /// The record's line.
    public var line: [UInt8]
    /// Its 0-based place.
    public var index: Int
    /// Siblings on its way up, lowest first.
    public var path: [Digest]
    /// A head that covers it.
    public var head: SignedHead

    /// Why a proof proves nothing.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case malformed
        case otherPayload
        case notIncluded
        case signature(SignatureFault)

        /// One line.
        public var description: String {
            switch self {
            case .malformed: "this is no proof of an audit record"
            case .otherPayload: "the record tells of another payload than this one"
            case .notIncluded: "the record does not stand in the log of this head"
            case .signature(let fault): "the head: \(fault)"
            }
        }
    }

    /// A proof from all leaves of a log up to a head.
    public init(line: [UInt8], index: Int, leaves: [Digest], head: SignedHead, size: Int) {
        self.line = line
        self.index = index
        path = MerkleTree.inclusionProof(of: index, in: leaves.prefix(size))
        self.head = head
    }

    /// Reads a proof; nil when it is none.
    public init?(json: [UInt8]) {
        guard let members = JSONValue(json)?.members, let line = members["record"]?.string,
            let index = members["index"]?.whole.flatMap({ Int(exactly: $0) }),
            let path = members["proof"]?.list, let text = members["head"]?.string,
            let jws = members["jws"]?.string
        else { return nil }
        self.line = Array(line.utf8)
        self.index = index
        self.path = path.compactMap { $0.string.flatMap { Digest(hex: $0) } }
        guard self.path.count == path.count else { return nil }
        head = SignedHead(text: Array(text.utf8), jws: jws)
    }

    /// One line.
    public var json: String {
        var json = JSONText()
        json.object { json in
            json.key("record")
            json.string(String(decoding: line, as: UTF8.self))
            json.key("index")
            json.number(Int64(index))
            json.key("proof")
            json.array { json in
                for digest in path { json.string(digest.hex) }
            }
            json.key("head")
            json.string(String(decoding: head.text, as: UTF8.self))
            json.key("jws")
            json.string(head.jws)
        }
        return json.text
    }

    /// Whether it shows that these bytes were released, by a head that one of these keys signed.
    ///
    /// - Returns: the record.
    @discardableResult
    public func verify(
        payload: [UInt8],
        by keys: [VerifyingKey],
        at now: Instant
    ) throws(Fault) -> AuditRecord {
        guard let record = AuditRecord(line: line), let tree = head.head else { throw .malformed }
        guard record.payloadDigest == Digest(of: payload) else { throw .otherPayload }
        let leaf = MerkleTree.leaf(line)
        guard MerkleTree.includes(leaf, at: index, of: tree.size, proof: path, root: tree.root) else {
            throw .notIncluded
        }
        do throws(SignatureFault) {
            try DetachedJWS.verify(head.jws, of: head.text, by: keys, at: now)
        } catch {
            throw .signature(error)
        }
        return record
    }
}
