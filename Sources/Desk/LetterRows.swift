/// A dead letter: a line of `GET /v1/dead`.
public struct DeadLetterRow: Codable, Sendable {
    /// By which `dead show` and `dead replay` know it.
    public var number: UInt64
    /// ISO 8601, UTC.
    public var time: String
    /// The message's topic, at most 512 bytes of it.
    public var topic: String
    /// The rule that took it; empty when none did.
    public var rule: String
    /// A word of the table of reasons.
    public var reason: String
    /// What exactly was wrong.
    public var detail: String
    /// What usually helps.
    public var fix: String
    /// 0 … 2.
    public var qos: Int
    /// Whether the broker had it stored.
    public var retain: Bool
    /// The payload's full size.
    public var bytes: Int
    /// Of them, those in ``payload``.
    public var keptBytes: Int
    /// How many of its kind (rule, reason and topic) there had been, this one included.
    public var count: UInt64
    /// The first bytes as text, or base64 behind `base64:` when they are not UTF-8.
    public var payload: String
    /// When the rules read it after all; nil while they have not.
    public var replayed: String?
}

/// What `POST /v1/dead/replay` answers.
public struct ReplayAnswer: Codable, Sendable {
    /// Oldest first.
    public var letters: [ReplayRow]
    /// More may be wanted: ask again with `before` this number. Nil when these were all.
    public var next: UInt64?
}

/// What became of one letter.
public struct ReplayRow: Codable, Sendable {
    /// Its number.
    public var number: UInt64
    /// Its topic.
    public var topic: String
    /// `read`, `ignored` (a rule says so), `dead` (still, see ``why``) or `refused` (not tried).
    public var outcome: String
    /// Readings that came of it; the store drops what it has already.
    public var readings: Int
    /// How many of its kind there had been; one payload of them was kept.
    public var count: UInt64
    /// Why it, or a part of it, came to nothing.
    public var why: [String]
}
