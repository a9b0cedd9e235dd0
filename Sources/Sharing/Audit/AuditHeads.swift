import Glibc
public import Readings
import Synchronization

/// A tree head that was signed: what partners keep, so that nobody can cut or rewrite the log unseen.
public struct SignedHead: Hashable, Sendable {
    /// The exact bytes that were signed: `{"type":"tsunagi.audit-head/1","gateway":…,"size":…,"root":…,"time":…}`.
    public var text: [UInt8]
    /// The detached signature over them.
    public var jws: String

    /// Signs a head.
    public init(_ head: TreeHead, gateway: String, at time: Instant, with key: SigningKey) {
        var json = JSONText()
        json.object { json in
            json.key("type")
            json.string("tsunagi.audit-head/1")
            json.key("gateway")
            json.string(gateway)
            json.key("size")
            json.number(Int64(head.size))
            json.key("root")
            json.string(head.root.hex)
            json.key("time")
            json.string(time.iso8601)
        }
        text = json.bytes
        jws = DetachedJWS.sign(text, with: key)
    }

    /// A head as it was handed over.
    public init(text: [UInt8], jws: String) {
        self.text = text
        self.jws = jws
    }

    /// What it tells of; nil when its text is none of ours.
    public var head: TreeHead? {
        guard let members = JSONValue(text)?.members, members["type"]?.string == "tsunagi.audit-head/1",
            let size = members["size"]?.whole.flatMap({ Int(exactly: $0) }),
            let root = members["root"]?.string.flatMap({ Digest(hex: $0) })
        else { return nil }
        return TreeHead(size: size, root: root)
    }

    /// When it was signed.
    public var time: Instant? {
        JSONValue(text)?.members?["time"]?.string.flatMap { Instant(iso8601: $0) }
    }
}

/// The heads that were signed, a line each: `{"head":"…","jws":"…"}`, in `<directory>/audit.heads`.
public final class AuditHeads: Sendable {
    private let path: String
    private let heads: Mutex<[SignedHead]>

    /// Reads what is there.
    public init(directory: String) throws(AuditFailure) {
        path = directory + "/audit.heads"
        let descriptor = unsafe open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AuditFailure("open", path, errno) }
        defer { _ = close(descriptor) }
        var lines = AuditLines(path: path, descriptor: descriptor, from: 0)
        var heads: [SignedHead] = []
        while let line = try lines.next() {
            guard let members = JSONValue(line)?.members, let text = members["head"]?.string,
                let jws = members["jws"]?.string
            else { throw AuditFailure(path, "has a line that is no signed head; run tsunagi audit verify") }
            heads.append(SignedHead(text: Array(text.utf8), jws: jws))
        }
        self.heads = Mutex(heads)
    }

    /// All of them, oldest first.
    public var all: [SignedHead] { heads.withLock { $0 } }

    /// Whether the day of UTC has turned since the last one.
    public func isDue(at now: Instant) -> Bool {
        guard let last = heads.withLock({ $0.last?.time }) else { return true }
        let dayMs: Int64 = 86_400_000
        return now.floored(toMs: dayMs) > last.floored(toMs: dayMs)
    }

    /// Keeps one more, durably.
    public func add(_ head: SignedHead) throws(AuditFailure) {
        try heads.withLock { heads throws(AuditFailure) in
            var text = ""
            for head in heads + [head] {
                var json = JSONText()
                json.object { json in
                    json.key("head")
                    json.string(String(decoding: head.text, as: UTF8.self))
                    json.key("jws")
                    json.string(head.jws)
                }
                text += json.text + "\n"
            }
            // 300 bytes a day: a hundred kilobytes a year.
            let code = PlacedFile.replace(path, with: Array(text.utf8))
            if code != 0 { throw AuditFailure("write", path, code) }
            heads.append(head)
        }
    }
}
