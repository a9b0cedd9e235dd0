public import Readings

/// One line of the audit log: what was decided of one bucket of one grant, and the digest of what left.
///
///     {"agreement":…,"agreementSha256":…,"bucket":…,"decision":"released","grant":…,"nonce":…,"payloadSha256":…,
///      "prev":…,"rule":null,"seq":0,"time":…,"topic":…}
///
/// `prev` is the SHA-256 of the line before, without its line end. The nonce keeps a partner who was given sibling
/// hashes from guessing other partners' records. The rule is for the factory alone: a withheld record is not handed out.
public struct AuditRecord: Hashable, Sendable {
    /// What became of a bucket.
    public enum Decision: String, Hashable, Sendable {
        case released, withheld
        /// The broker was asked to forget what it retained.
        case cleared
    }

    /// Grows by one with each record, as the outbox numbers its releases.
    public var sequence: UInt64
    /// The agreement's id.
    public var agreement: String
    /// The agreement as it stood; see ``Agreement/canonicalText``.
    public var agreementDigest: Digest
    /// The grant's id.
    public var grant: String
    /// The first instant of the bucket.
    public var bucket: Instant
    /// What became of it.
    public var decision: Decision
    /// Which rule withheld it, or why it was cleared.
    public var rule: String?
    /// The exact bytes that were published.
    public var payloadDigest: Digest
    /// Where.
    public var topic: String
    /// When it was written down.
    public var time: Instant
    /// 16 random bytes in base 16.
    public var nonce: String
    /// Of the line before; 64 zeros before the first.
    public var previous: String

    /// The recipient: a level of the topic.
    public var partner: String {
        let levels = topic.split(separator: "/")
        return levels.count > 3 ? String(levels[3]) : ""
    }

    /// The line, without its end.
    var line: [UInt8] {
        var json = JSONText()
        json.object { json in
            let texts = [
                ("agreement", agreement), ("agreementSha256", agreementDigest.hex),
                ("bucket", bucket.iso8601),
                ("decision", decision.rawValue), ("grant", grant), ("nonce", nonce),
                ("payloadSha256", payloadDigest.hex), ("prev", previous),
            ]
            for (name, value) in texts {
                json.key(name)
                json.string(value)
            }
            json.key("rule")
            if let rule { json.string(rule) } else { json.null() }
            json.key("seq")
            json.number(Int64(clamping: sequence))
            for (name, value) in [("time", time.iso8601), ("topic", topic)] {
                json.key(name)
                json.string(value)
            }
        }
        return json.bytes
    }

    /// Reads a line; nil when it is none.
    init?(line: [UInt8]) {
        guard let members = JSONValue(line)?.members, let agreement = members["agreement"]?.string,
            let agreementDigest = members["agreementSha256"]?.string.flatMap({ Digest(hex: $0) }),
            let bucket = members["bucket"]?.string.flatMap({ Instant(iso8601: $0) }),
            let decision = members["decision"]?.string.flatMap({ Decision(rawValue: $0) }),
            let grant = members["grant"]?.string, let nonce = members["nonce"]?.string,
            let payloadDigest = members["payloadSha256"]?.string.flatMap({ Digest(hex: $0) }),
            let previous = members["prev"]?.string, let sequence = members["seq"]?.whole,
            let time = members["time"]?.string.flatMap({ Instant(iso8601: $0) }),
            let topic = members["topic"]?.string, let rule = members["rule"]
        else { return nil }
        self.init(
            sequence: sequence,
            agreement: agreement,
            agreementDigest: agreementDigest,
            grant: grant,
            bucket: bucket,
            decision: decision,
            rule: rule.string,
            payloadDigest: payloadDigest,
            topic: topic,
            time: time,
            nonce: nonce,
            previous: previous
        )
    }

    init(
        sequence: UInt64,
        agreement: String,
        agreementDigest: Digest,
        grant: String,
        bucket: Instant,
        decision: Decision,
        rule: String?,
        payloadDigest: Digest,
        topic: String,
        time: Instant,
        nonce: String,
        previous: String
    ) {
        self.sequence = sequence
        self.agreement = agreement
        self.agreementDigest = agreementDigest
        self.grant = grant
        self.bucket = bucket
        self.decision = decision
        self.rule = rule
        self.payloadDigest = payloadDigest
        self.topic = topic
        self.time = time
        self.nonce = nonce
        self.previous = previous
    }
}
