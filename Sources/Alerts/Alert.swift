public import Readings

/// One rule's word about one subject.
///
///     (none) ──trips──▶ pending ──for──▶ standing ──clear, keep──▶ ended
///        ▲                 │                 │▲
///        └──trips no more──┘                 └┘ between limit and clear, or not good for long enough
public struct Alert: Hashable, Sendable, Codable {
    /// How far it has come.
    public enum Stage: String, Hashable, Sendable, Codable {
        case pending, standing, ended
    }

    /// Who has seen it and takes care.
    public struct Acknowledgement: Hashable, Sendable, Codable {
        /// A name.
        public var by: String
        /// When.
        public var at: Instant

        /// Who, and when.
        public init(by name: String, at: Instant) {
            (by, self.at) = (name, at)
        }
    }

    /// The rule's name.
    public var rule: String
    /// What it is about.
    public var kind: AlertKind
    /// Where the subject is; may be empty.
    public var site: String
    /// The subject's name there.
    public var name: String
    /// How far it has come.
    public internal(set) var stage = Stage.pending
    /// When the value tripped.
    public internal(set) var since: Instant
    /// When it was good again, in one go until now.
    var goodSince: Instant?
    /// When the subject was last looked at.
    var seen: Instant
    /// Seen last, in the kind's measure.
    public internal(set) var value: Double
    /// What it is compared with.
    public internal(set) var limit: Double
    /// Of a quantity.
    public internal(set) var unit: String
    /// When the subject runs out, or ends.
    public internal(set) var end: Instant?
    /// See ``Look/detail``.
    public internal(set) var detail: String?
    /// Nil while nobody has said that he saw it.
    public internal(set) var acknowledgement: Acknowledgement?
    /// Whether anybody was told that it stands; not while it is silenced.
    var isTold = false

    /// One that begins.
    init(_ rule: AlertRule, _ look: Look, limit: Double, at now: Instant) {
        self.rule = rule.name
        kind = rule.kind
        (site, name) = (look.site, look.name)
        (since, seen) = (now, now)
        value = look.value
        self.limit = limit
        unit = look.unit
        (end, detail) = (look.end, look.detail)
    }

    /// See ``Look/subject``.
    public var subject: String { Look.subject(name, at: site) }

    /// `rule/subject`.
    public var id: String { "\(rule)/\(subject)" }

    /// Goes on by what was seen of its subject.
    ///
    /// - Parameter limit: of that look.
    mutating func take(_ look: Look, limit: Double, by rule: AlertRule, at now: Instant) {
        seen = now
        // A clock that was set back makes nothing older.
        since = min(since, now)
        let isGood = rule.clears(look.value, limit)
        if stage == .pending {
            guard rule.trips(look.value, limit) else { return stage = .ended }
            if now.msSince(since) >= rule.forMs { stage = .standing }
        } else if isGood {
            let good = min(goodSince ?? now, now)
            goodSince = good
            if now.msSince(good) >= rule.keepMs { stage = .ended }
        } else {
            goodSince = nil
        }
        value = look.value
        self.limit = limit
        (end, detail) = (look.end, look.detail)
    }
}

/// Something that whoever listens is told of an alert.
public struct Notice: Hashable, Sendable, Codable {
    /// What has happened.
    public enum Word: String, Hashable, Sendable, Codable {
        case standing, acknowledged, ended
    }

    /// 1, 2, 3 … in the order in which they came.
    public var number: UInt64
    /// What has happened.
    public var word: Word
    /// When.
    public var at: Instant
    /// The alert as it was then.
    public var alert: Alert
}

/// For how long nobody is told of some alerts; they stand all the same.
public struct Silence: Hashable, Sendable, Codable {
    /// A pattern over rules' names.
    public var rule: String
    /// A pattern over subjects; empty for all.
    public var subject: String
    /// Exclusive.
    public var until: Instant
    /// Who wants it.
    public var by: String

    /// A silence.
    public init(rule: String, subject: String, until: Instant, by: String) {
        self.rule = rule
        self.subject = subject
        self.until = until
        self.by = by
    }
}
