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
    /// `set`, or `unsynced` while it stands before 2015: messages wait then.
    public var clock: String
    /// Since the daemon began.
    public var uptimeSeconds: Double
    /// The link in.
    public var broker: Broker
    /// What became of the messages.
    public var intake: Intake
    /// Sparkplug's edge nodes; nil where none was heard of and we are no host.
    public var sparkplug: Sparkplug?
    /// What is kept.
    public var store: Store
    /// Everything that came or was there and is not kept, by why; reasons that never occurred are absent. Since the
    /// daemon's start unless told otherwise:
    ///
    ///     broker_queue      dropped by the broker since its start, for any of its clients: max_queued_messages
    ///     dead              no rule could read it; survives restarts, and intake.deadByReason tells why
    ///     duplicate         same series, stamp and value
    ///     redelivered       sent twice by the broker, counted once
    ///     ignored           a rule says ignore: true
    ///     empty             no payload
    ///     unasked           of a joined filter, and no rule asks for it
    ///     ring_overwrite    segments of samples that made room; over the store's life
    ///     letter_overwrite  dead letters that made room; over the store's life
    ///     clock_unset       of QoS 0, for want of room while the gateway's own clock was not set
    ///     movement_marks    ids of movements that were forgotten early: a repeat of them would count twice
    ///     withheld          buckets that an agreement keeps back; feeds tell why
    public var discards: [String: UInt64]
    /// What stands; nil from a daemon that has no alerts.
    public var alerts: Alerts?
    /// What leaves.
    public var feeds: [Feed]
    /// What releases cost of the CPU; nil before the first.
    public var releaseCosts: ReleaseCosts?
    /// Who publishes, at most fifty.
    public var sources: [Source]
    /// All sources, those included that ``sources`` leaves out.
    public var sourcesCount: Int
    /// Those that are stale or whose clocks are more than a minute off, at most fifty.
    public var troubledSources: [Source]

    /// What somebody should look at.
    public struct Alerts: Codable, Sendable {
        /// All that stand, silenced ones too.
        public var standing: Int
        /// Of them those that nobody has acknowledged or silenced.
        public var open: Int
        /// Of the open ones the first, as one line each; see `GET /v1/alerts` for all.
        public var first: [String]
    }

    /// What a release costs of the CPU, since the agreements were last read.
    public struct ReleaseCosts: Codable, Sendable {
        /// Releases, withheld ones too.
        public var count: Int
        /// For each, by step: `rules`, `aggregation`, `form`, `signature`, `outbox`, `audit`.
        public var microseconds: [String: Double]
    }

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
        /// Dead letters in their ring: of each kind the first, then one a minute.
        public var lettersKept: Int
        /// Those that made room for later ones.
        public var lettersGone: UInt64
    }

    /// Sparkplug's edge nodes, since the start.
    public struct Sparkplug: Codable, Sendable {
        /// The state of the link that speaks for our host; nil while the role is passive.
        public var voice: String?
        /// Heard of.
        public var nodes: Int
        /// Of them alive.
        public var nodesOnline: Int
        /// Born at some time.
        public var devices: Int
        /// Of them alive.
        public var devicesOnline: Int
        /// Requests for births.
        public var rebirthsAsked: UInt64
        /// Requests that a passive listener did not make.
        public var rebirthsUnasked: UInt64
        /// Messages that waited for others.
        public var held: UInt64
        /// Gaps that were not closed in time.
        public var gaps: UInt64
        /// What nodes do that the specification does not want, by kind; what never occurred is absent.
        public var complaints: [String: UInt64]
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
        /// Since its last message; nil while only the broker's retained ones came.
        public var lastSeenAgeSeconds: Double?
        /// The longest pause that it has made lately; nil while that is not known.
        public var rhythmSeconds: Double?
        /// Silent for three times its rhythm.
        public var stale: Bool
        /// How far its clock is behind ours, negative when it is ahead, where that is more than a minute: the median of
        /// its last messages. Told, never corrected.
        public var clockSkewSeconds: Double?
    }
}
