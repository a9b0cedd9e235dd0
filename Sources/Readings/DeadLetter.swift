/// Why a message, or a part of it, could not become a reading.
public enum DeadReason: String, Hashable, Sendable, CaseIterable {
    /// No rule matches the topic, or none whose `when` holds.
    case noRule = "no_rule"
    /// The payload is not of the declared format or encoding.
    case decode
    /// The payload is over the size limit.
    case tooLarge = "too_large"
    /// The rule itself is wrong for this document.
    case mapping
    /// A `match` expression did not apply.
    case noMatch = "no_match"
    /// A path has no value and no default.
    case pathMissing = "path_missing"
    /// A name is not in `names`, and the rule says `unnamed: dead`.
    case unknownName = "unknown_name"
    /// A key is not in a map or table.
    case lookup
    /// The value is not of the declared type, or not a scalar.
    case type
    /// A unit's spelling has several meanings.
    case unitAmbiguous = "unit_ambiguous"
    /// No conversion leads from one unit to the other.
    case unitMismatch = "unit_mismatch"
    /// Text came for a series of numbers, or the reverse.
    case seriesType = "series_type"
    /// The stamp lies before the window.
    case tooOld = "too_old"
    /// A stock movement came as a retained message.
    case retainedDelta = "retained_delta"
    /// A stock movement whose id was already counted.
    case duplicateDelta = "duplicate_delta"
    /// The store holds as many series or texts as it may.
    case storeLimit = "store_limit"
    /// Sparkplug: a message of an edge node or device whose birth is not known.
    case spbNoBirth = "spb_no_birth"
    /// Sparkplug: an alias or a name that is not in the birth.
    case spbUnknownAlias = "spb_unknown_alias"
    /// Sparkplug: messages are missing.
    case spbSeq = "spb_seq"
    /// Sparkplug: the topic is none of its topics.
    case spbTopic = "spb_topic"

    /// What usually helps, in one line for the operator.
    public var usualFix: String {
        switch self {
        case .noRule: "add a rule for the topic, or one with ignore: true"
        case .decode: "check the rule's format and encoding"
        case .tooLarge: "raise the limit or let the source split its message"
        case .mapping: "mend the rule; tsunagi check shows where"
        case .noMatch: "mend the match expression"
        case .pathMissing: "write optional: true or a default"
        case .unknownName: "add the name to names"
        case .lookup: "add the key to the map, or a default"
        case .type: "check type and each"
        case .unitAmbiguous: "write the unit in the rule"
        case .unitMismatch: "write to: with a unit of the same quantity"
        case .seriesType: "give the second form a metric name of its own"
        case .tooOld: "raise max_behind_s if such late readings are wanted"
        case .retainedDelta: "let the source publish movements without the retain flag"
        case .duplicateDelta: "nothing: this protects the stock"
        case .spbNoBirth, .spbUnknownAlias, .spbSeq:
            "let the edge node say its births again; with sparkplug: {role: active} we ask for them"
        case .spbTopic: "mend the publisher's topic"
        case .storeLimit: "raise series_limit, or keep changing names out of metrics"
        }
    }
}

/// What could not become a reading, with enough of it to find out why.
public struct DeadLetter: Hashable, Sendable {
    /// The most of a payload that is kept.
    public static let payloadBytesMax = 4096
    /// The most of a topic that is kept, in UTF-8 bytes.
    public static let topicBytesMax = 512

    /// When it arrived.
    public var time: Instant
    /// The message's topic, at most ``topicBytesMax`` of it.
    public var topic: String
    /// The rule that took the message; empty when none did.
    public var rule: String
    /// A word of the table of reasons.
    public var reason: DeadReason
    /// What exactly was wrong, in a few words.
    public var detail: String
    /// 0 … 2.
    public var qos: UInt8
    /// Whether the message came from the broker's store of retained ones.
    public var retain: Bool
    /// The payload's full size.
    public var bytes: Int
    /// Its first bytes, at most ``payloadBytesMax``.
    public var payload: [UInt8]
    /// How many of this kind (rule, reason and ``topic``) there have been, this one included.
    public var count: UInt64

    /// What is known of one message that came to nothing.
    public init(
        time: Instant,
        topic: String,
        rule: String,
        reason: DeadReason,
        detail: String,
        qos: UInt8,
        retain: Bool,
        bytes: Int,
        payload: [UInt8],
        count: UInt64
    ) {
        self.time = time
        self.topic = topic
        self.rule = rule
        self.reason = reason
        self.detail = detail
        self.qos = qos
        self.retain = retain
        self.bytes = bytes
        self.payload = payload
        self.count = count
    }
}
