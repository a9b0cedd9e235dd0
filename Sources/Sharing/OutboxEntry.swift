import Codec
public import Readings

/// A release as it was decided: the exact bytes, to be published once and for all under one id.
public struct OutboxEntry: Hashable, Sendable {
    /// Grows by one with each release of this gateway; given by the outbox.
    public var sequence: UInt64
    /// The agreement's id.
    public var agreement: String
    /// The grant's id within its agreement.
    public var grant: String
    /// `agreement/grant`.
    public var feed: String { "\(agreement)/\(grant)" }
    /// The first instant of the bucket.
    public var bucketStart: Instant
    /// Where it was or is published.
    public var topic: String
    /// The exact bytes to publish; none at all clears what the broker retains.
    public var payload: [UInt8]
    /// The media type that goes along; empty for none.
    public var contentType: String
    /// What goes along as user properties, in this order.
    public var attributes: [FeedAttribute]
    /// Whether the broker keeps it for whoever comes later.
    public var retain: Bool
    /// The id of the rule that withheld the bucket; nil when it was released. For the audit log, and nobody else.
    public var rule: String?
    /// The agreement as it stood.
    public var agreementDigest: Digest
    /// The signature over the payload; empty when there is none.
    public var jws: String
    /// Not published before; not on disk, for what comes back after a restart has waited long enough.
    public var leavesAt = Instant.distantPast

    /// A release that the outbox has not numbered yet.
    public init(
        sequence: UInt64 = 0,
        agreement: String,
        grant: String,
        bucketStart: Instant,
        topic: String,
        payload: [UInt8],
        contentType: String = "",
        attributes: [FeedAttribute] = [],
        retain: Bool,
        rule: String? = nil,
        agreementDigest: Digest = MerkleTree.empty,
        jws: String = ""
    ) {
        self.sequence = sequence
        self.agreement = agreement
        self.grant = grant
        self.bucketStart = bucketStart
        self.topic = topic
        self.payload = payload
        self.contentType = contentType
        self.attributes = attributes
        self.retain = retain
        self.rule = rule
        self.agreementDigest = agreementDigest
        self.jws = jws
    }
}

/// Records of the outbox file, each in a ``RecordFrame``.
///
///     1 release    sequence varint │ agreement │ grant │ bucket start zigzag │ topic │ payload │ retain u8 │
///                  rule │ agreement's digest │ signature │ content type │ attributes varint, name │ value each;
///                  files of before end with retain or with the signature
///     2 delivered  sequence varint
///     3 standing   agreement │ grant │ bucket start zigzag │ next sequence varint
enum OutboxRecord {
    case release(OutboxEntry)
    case delivered(UInt64)
    case standing(agreement: String, grant: String, bucketStart: Instant, nextSequence: UInt64)

    /// No longer record is written or read.
    static let bodyBytesMax = 2 << 20

    var bytes: [UInt8] {
        var body = ByteWriter()
        switch self {
        case .release(let entry):
            body.put(1)
            body.putVarint(entry.sequence)
            body.putText(entry.agreement)
            body.putText(entry.grant)
            body.putZigZag(entry.bucketStart.milliseconds)
            body.putText(entry.topic)
            body.putBytes(entry.payload)
            body.put(entry.retain ? 1 : 0)
            body.putText(entry.rule ?? "")
            body.putText(entry.agreementDigest.hex)
            body.putText(entry.jws)
            body.putText(entry.contentType)
            body.putVarint(UInt64(entry.attributes.count))
            for attribute in entry.attributes {
                body.putText(attribute.name)
                body.putText(attribute.value)
            }
        case .delivered(let sequence):
            body.put(2)
            body.putVarint(sequence)
        case .standing(let agreement, let grant, let bucketStart, let nextSequence):
            body.put(3)
            body.putText(agreement)
            body.putText(grant)
            body.putZigZag(bucketStart.milliseconds)
            body.putVarint(nextSequence)
        }
        return RecordFrame.bytes(body.bytes)
    }

    /// Reads the record at `offset` and moves past it; nil at the end, and where the file is torn.
    static func read(_ file: [UInt8], at offset: inout Int) -> OutboxRecord? {
        RecordFrame.read(file, at: &offset, limit: bodyBytesMax, parse)
    }

    private static func parse(_ body: [UInt8]) throws(ByteReader.Failure) -> OutboxRecord? {
        var input = ByteReader(body)
        switch try input.byte() {
        case 1:
            var entry = OutboxEntry(
                sequence: try input.varint(),
                agreement: try input.text(),
                grant: try input.text(),
                bucketStart: Instant(milliseconds: try input.zigZag()),
                topic: try input.text(),
                payload: try input.bytes(),
                retain: false
            )
            entry.retain = try input.byte() & 1 != 0
            guard !input.isAtEnd else { return .release(entry) }
            let rule = try input.text()
            entry.rule = rule.isEmpty ? nil : rule
            guard let digest = Digest(hex: try input.text()) else { return nil }
            entry.agreementDigest = digest
            entry.jws = try input.text()
            guard !input.isAtEnd else { return .release(entry) }
            entry.contentType = try input.text()
            for _ in 0..<(try input.varint()) {
                entry.attributes.append(FeedAttribute(try input.text(), try input.text()))
            }
            return .release(entry)
        case 2:
            return .delivered(try input.varint())
        case 3:
            return .standing(
                agreement: try input.text(),
                grant: try input.text(),
                bucketStart: Instant(milliseconds: try input.zigZag()),
                nextSequence: try input.varint()
            )
        default:
            return nil
        }
    }
}
