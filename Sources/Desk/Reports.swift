/// What `GET /v1/status` answers; schema 1. Members are only ever added. Times are ISO 8601 in UTC, ages in
/// seconds, sizes in bytes.
public struct StatusReport: Codable, Sendable {
    /// `ok`, or `degraded` with the reasons in ``findings``.
    public var state: String
    /// What is wrong and what to do, one line each; empty when all is well.
    public var findings: [String]
    /// Of the executable.
    public var version: String
    /// The gateway's id.
    public var gateway: String
    /// ISO 8601, UTC.
    public var time: String
    /// Since the daemon began.
    public var uptimeSeconds: Double
    /// The link in.
    public var broker: Broker
    /// What became of the messages.
    public var intake: Intake
    /// What is kept.
    public var store: Store
    /// What leaves.
    public var feeds: [Feed]
    /// Who publishes, at most fifty.
    public var sources: [Source]
    /// All sources, those included that ``sources`` leaves out.
    public var sourcesCount: Int

    /// The link to the broker.
    public struct Broker: Codable, Sendable {
        /// Never with a secret.
        public var address: String
        /// Whether the broker is our own child.
        public var managed: Bool
        /// `connecting`, `online`, `waiting` or `stopped`.
        public var state: String
        /// When it came into this state.
        public var since: String
        /// The latest trouble with the next step.
        public var lastError: String?
        /// Connections after the first one.
        public var reconnects: Int
        /// Durable and acknowledged, since the start.
        public var messages: UInt64
        /// Over the last ten seconds.
        public var messagesPerSecond: Double
        /// Nil before the first.
        public var lastMessageAgeSeconds: Double?
        /// From reading a message to its acknowledgement being free to leave.
        public var lagMsP50: Double?
        /// See ``lagMsP50``.
        public var lagMsP99: Double?
        /// The port at which sensors and partners connect; managed brokers only.
        public var listen: String?
    }

    /// What became of the messages.
    public struct Intake: Codable, Sendable {
        /// Made of the messages and files.
        public var readings: UInt64
        /// Dropped files that were read.
        public var files: UInt64
        /// Same series, stamp and value: dropped.
        public var duplicates: UInt64
        /// Sent twice by the broker, counted once.
        public var redelivered: UInt64
        /// Counted singly.
        public var deadLetters: UInt64
        /// By reason; reasons that never occurred are absent.
        public var deadByReason: [String: UInt64]
        /// The most frequent one.
        public var topDeadReason: String?
    }

    /// The ring store.
    public struct Store: Codable, Sendable {
        /// Of the budget, what holds something.
        public var usedBytes: Int
        /// All files together, laid out from the start.
        public var budgetBytes: Int
        /// Series that are known.
        public var seriesCount: Int
        /// Series that all rings have forgotten since the start, with their names.
        public var seriesForgotten: Int
        /// Samples committed since the store was created, as far as its journal and rings know.
        public var samples: UInt64
        /// The earliest stamp that is still there.
        public var oldest: String?
        /// Of the last 512 syncs.
        public var syncMsP99: Double?
        /// Places that were found damaged.
        public var damaged: Int
        /// What is wrong now; nil when all is well.
        public var fault: String?
    }

    /// One feed to one partner.
    public struct Feed: Codable, Sendable {
        /// Who receives.
        public var partner: String
        /// The agreement's id.
        public var agreement: String
        /// The grant's id within its agreement.
        public var grant: String
        /// Where it was or is published.
        public var topic: String
        /// The end of the last bucket that was decided.
        public var lastBucketEnd: String?
        /// When the next bucket leaves.
        public var nextDue: String
        /// Buckets that left with values.
        public var released: Int
        /// Buckets that left without.
        public var withheld: Int
        /// Why; for the operator alone.
        public var lastWithheld: String?
        /// Releases that no broker has confirmed yet.
        public var pending: Int
        /// What is wrong now; nil when all is well.
        public var fault: String?
    }

    /// Whoever publishes under a topic.
    public struct Source: Codable, Sendable {
        /// What tells it apart.
        public var name: String
        /// The rule that took it; empty when none did.
        public var rule: String
        /// Durable and acknowledged, since the start.
        public var messages: UInt64
        /// Since its last message.
        public var lastSeenAgeSeconds: Double
    }
}
