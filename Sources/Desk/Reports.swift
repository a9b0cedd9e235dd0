/// What `GET /v1/status` answers; schema 1. Members are only ever added. Times are ISO 8601 in UTC, ages in
/// seconds, sizes in bytes.
public struct StatusReport: Codable, Sendable {
    /// `ok`, or `degraded` with the reasons in ``findings``.
    public var state: String
    /// What is wrong and what to do, one line each; empty when all is well.
    public var findings: [String]
    public var version: String
    public var gateway: String
    public var time: String
    public var uptimeSeconds: Double
    public var broker: Broker
    public var intake: Intake
    public var store: Store
    public var feeds: [Feed]
    public var sources: [Source]
    /// All sources, those included that ``sources`` leaves out.
    public var sourcesCount: Int

    /// The link to the broker.
    public struct Broker: Codable, Sendable {
        public var address: String
        public var managed: Bool
        /// `connecting`, `online`, `waiting` or `stopped`.
        public var state: String
        public var since: String
        public var lastError: String?
        public var reconnects: Int
        public var messages: UInt64
        public var messagesPerSecond: Double
        public var lastMessageAgeSeconds: Double?
        /// From reading a message to its acknowledgement being free to leave.
        public var lagMsP50: Double?
        public var lagMsP99: Double?
        /// The port at which sensors and partners connect; managed brokers only.
        public var listen: String?
    }

    /// What became of the messages.
    public struct Intake: Codable, Sendable {
        public var readings: UInt64
        public var duplicates: UInt64
        public var redelivered: UInt64
        public var deadLetters: UInt64
        public var deadByReason: [String: UInt64]
        public var topDeadReason: String?
    }

    /// The ring store.
    public struct Store: Codable, Sendable {
        public var usedBytes: Int
        public var budgetBytes: Int
        public var seriesCount: Int
        /// Samples committed since the store was created, as far as its journal and rings know.
        public var samples: UInt64
        public var oldest: String?
        public var syncMsP99: Double?
        public var damaged: Int
        public var fault: String?
    }

    /// One feed to one partner.
    public struct Feed: Codable, Sendable {
        public var partner: String
        public var agreement: String
        public var grant: String
        public var topic: String
        public var lastBucketEnd: String?
        public var nextDue: String
        public var released: Int
        public var withheld: Int
        public var lastWithheld: String?
        public var pending: Int
        public var fault: String?
    }

    /// Whoever publishes under a topic.
    public struct Source: Codable, Sendable {
        public var name: String
        public var rule: String
        public var messages: UInt64
        public var lastSeenAgeSeconds: Double
    }
}
