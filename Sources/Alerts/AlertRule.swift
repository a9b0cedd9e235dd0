public import Readings

/// When somebody is to be told: a kind, about whom, and from which value on.
///
/// A value that trips the limit for as long as ``forMs`` makes an alert stand; it is over when the value is past
/// ``clear`` for as long as ``keepMs``.
public struct AlertRule: Hashable, Sendable {
    static let minuteMs: Int64 = 60_000
    static let dayMs: Int64 = 86_400_000

    /// One level of its topic: 1 to 64 characters of `[a-z0-9-]`.
    public var name: String
    /// What it looks at.
    public var kind: AlertKind
    /// About whom; everybody when there is none.
    public var subjects: [PathGlob] = []
    /// In the kind's measure. Nil: each subject's own, and those without one are not looked at.
    public var limit: Double?
    /// In the same, on the good side of the limit; the limit itself when it is nil.
    public var clear: Double?
    /// 0 or more.
    public var forMs: Int64 = 0
    /// 0 or more.
    public var keepMs: Int64 = AlertRule.minuteMs

    /// A rule with nothing but what it must have.
    public init(_ name: String, _ kind: AlertKind, limit: Double? = nil) {
        self.name = name
        self.kind = kind
        self.limit = limit
    }

    /// Those that need no threshold of the shop's, or have it with the item. A rule of the same name takes the place of
    /// one.
    public static let usual: [AlertRule] = {
        var skew = AlertRule("clock-skew", .clockSkew, limit: 60_000)
        (skew.clear, skew.forMs) = (30_000, 5 * minuteMs)
        var disk = AlertRule("disk", .disk, limit: Double(1 << 30))
        disk.clear = Double(5 << 28)
        return [
            AlertRule("low-stock", .lowStock),
            AlertRule("low-cover", .lowCover),
            AlertRule("source-silent", .sourceSilent),
            skew,
            AlertRule("feed-late", .feedLate, limit: Double(5 * minuteMs)),
            AlertRule("link-down", .linkDown, limit: Double(minuteMs)),
            AlertRule("certificate", .certificate, limit: Double(21 * dayMs)),
            disk,
        ]
    }()

    /// Whether it looks at a subject of that name.
    public func wants(_ subject: String) -> Bool {
        subjects.isEmpty || subjects.contains { $0.matches(path: subject) }
    }

    /// Whether a value is bad.
    func trips(_ value: Double, _ limit: Double) -> Bool {
        kind.isFloor ? value < limit : value > limit
    }

    /// Whether a value is good again.
    func clears(_ value: Double, _ limit: Double) -> Bool {
        guard let clear else { return !trips(value, limit) }
        return kind.isFloor ? value >= clear : value <= clear
    }
}

/// What was seen of a subject just now.
public struct Look: Hashable, Sendable {
    /// Where it is; empty for what has no place.
    public var site: String
    /// The item, the machine, the source, `agreement/grant`, a file.
    public var name: String
    /// Finite, in the kind's measure.
    public var value: Double
    /// The subject's own limit.
    public var limit: Double?
    /// Of a quantity; the unit table's id.
    public var unit = ""
    /// When it runs out, or ends.
    public var end: Instant?
    /// The machine's word for its state, the feed's fault, which way the clock is off.
    public var detail: String?

    /// What was seen.
    public init(_ name: String, at site: String = "", value: Double) {
        self.site = site
        self.name = name
        self.value = value
    }

    /// `site/name`, what patterns match and alerts are named by.
    public var subject: String { Look.subject(name, at: site) }

    /// `site/name`, or the name of what has no place.
    public static func subject(_ name: String, at site: String) -> String {
        site.isEmpty ? name : "\(site)/\(name)"
    }
}
