public import Readings

/// Everything the `rules:` part of a configuration says, as plain values; ``RuleTable`` compiles it.
///
/// Texts that may be paths or templates stay texts here. What is wrong in them is reported by
/// ``RuleFailure``, whose ``RuleFailure/place`` leads back to the line of the file.
public struct RuleSetOptions: Hashable, Sendable {
    /// Tried from top to bottom.
    public var rules: [RuleOptions] = []
    /// Constant look-ups by table name: device id → asset, item → pieces per box.
    public var tables: [String: [String: String]] = [:]
    /// `site`, `timezone` … for all rules that say nothing themselves.
    public var defaults = RuleDefaults()
    /// Refuse longer payloads as `too_large`, unread.
    public var payloadBytesMax = 1 << 20
    /// Refuse deeper documents as `decode`.
    public var nestingMax = 64
    /// Refuse a message that yields more readings than this as `too_large`.
    public var readingsPerMessageMax = 10_000
    /// What we are to Sparkplug's edge nodes.
    public var sparkplug = SparkplugOptions()

    /// No rules, and the limits as they stand above.
    public init() {}

    /// Whether we speak as a Sparkplug host: a rule reads Sparkplug, and our role is not passive.
    public var isSparkplugHost: Bool {
        sparkplug.role != .passive && rules.contains { $0.format == .sparkplug }
    }
}

/// What every rule takes over unless it says otherwise.
public struct RuleDefaults: Hashable, Sendable {
    /// The place, when a rule names none; a template.
    public var site: String?
    /// An IANA name (`Asia/Tokyo`) or an offset (`+09:00`) for stamps that carry no zone.
    public var timezone: String?
    /// A stamp further ahead of arrival than this is replaced by arrival, quality uncertain.
    public var maxAheadSeconds: Int = 600
    /// A stamp further behind arrival than this makes a dead letter.
    public var maxBehindSeconds: Int = 604_800

    /// No site, no zone, and the windows as they stand above.
    public init() {}
}

/// A payload's form.
public enum PayloadFormat: String, Hashable, Sendable, CaseIterable {
    case json, jsonl, value, csv, influx, senml, cbor
    case senmlCbor = "senml-cbor"
    case sparkplug
}

/// How bytes become text.
public enum TextEncoding: String, Hashable, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case cp932
}

/// What `options:` of a rule says; csv alone has any.
public struct FormatOptions: Hashable, Sendable {
    /// Of the payload, whatever the format.
    public var encoding: TextEncoding = .utf8
    /// One ASCII character.
    public var delimiter = ","
    /// Names of the columns; nil when the first line holds them.
    public var columns: [String]?

    /// UTF-8, commas, a header line.
    public init() {}
}

/// What to do with a name that is not in `names`.
public enum UnnamedPolicy: String, Hashable, Sendable, CaseIterable {
    case keep, drop, dead
}

/// A text that is a path or a template, or the long form `{path, default, map}`.
///
/// A text that starts with `$`, `@` or `^` is a path; any other text is a template.
public struct Expression: Hashable, Sendable {
    /// A path or a template.
    public var text: String
    /// More paths, tried in order where `text`, then a path too, leads nowhere.
    public var others: [String] = []
    /// Used when the path has no value.
    public var fallback: String?
    /// A fixed table from the value's text to another; a key not in it uses `fallback`, else it is an error.
    public var map: [String: String]?
    /// For `quality`: `opcua`, `opcda` or `error`, the scale of numeric codes.
    public var scale: String?

    /// `text` as written; the rest as in the long form.
    public init(_ text: String, fallback: String? = nil, map: [String: String]? = nil, scale: String? = nil) {
        self.text = text
        self.fallback = fallback
        self.map = map
        self.scale = scale
    }
}

/// Where a stamp is found and how it is written.
public struct TimeOptions: Hashable, Sendable {
    /// Paths or templates, tried in order; the first usable one counts.
    public var paths: [String]
    /// `s`, `ms`, `us`, `ns`, or a pattern of strptime; nil guesses as the mapping model says.
    public var format: String?
    /// For text without a zone; nil uses the rule's, then the defaults' `timezone`.
    public var zone: String?

    /// `paths` in the order in which they are tried.
    public init(paths: [String], format: String? = nil, zone: String? = nil) {
        self.paths = paths
        self.format = format
        self.zone = zone
    }
}

/// The form a value must have.
public enum DeclaredType: String, Hashable, Sendable, CaseIterable {
    case number, bool, text, json
}

/// The options that a rule may set for all its readings and a reading for itself; nil says nothing.
public struct ReadingOptions: Hashable, Sendable {
    /// What the reading is called: a template or a path. With `names` the name that is looked up there.
    public var metric: String?
    /// The value: a path or a template.
    public var value: Expression?
    /// Texts that mean "no value".
    public var nullIf: [String]?
    /// A fixed table from the value's text to what is meant; a key not in it is an error.
    public var map: [String: String]?
    /// The form that the value must have; nil keeps that of the payload.
    public var type: DeclaredType?
    /// A decimal, a fraction `n/d`, a path or a template.
    public var scale: Expression?
    /// A decimal or a fraction.
    public var offset: String?
    /// The unit as the source writes it.
    public var unit: Expression?
    /// The unit to convert to, of the same quantity.
    public var to: String?
    /// Decimals to round to, 0 … 15.
    public var round: Int?
    /// Lowest and highest; outside of them the quality is bad.
    public var range: ClosedRange<Double>?
    /// How values follow each other; nil is a gauge.
    public var kind: Kind?
    /// A movement's event id.
    public var id: Expression?
    /// How far the value may be trusted.
    public var quality: Expression?
    /// The place.
    public var site: Expression?
    /// The machine, shelf or gateway.
    public var asset: Expression?
    /// When the value held; nil takes arrival.
    public var time: TimeOptions?
    /// Whether a missing value makes no reading instead of a dead letter.
    public var optional: Bool?
    /// Extra names and values that tell series apart.
    public var tags: [String: String]?
    /// Of a reading alone, by path: all must hold, or the item makes no such reading.
    public var when: [String: WhenCondition] = [:]

    /// Says nothing.
    public init() {}
}

/// A `match:` entry: named groups of the expression become captures.
public struct MatchOptions: Hashable, Sendable {
    /// A path or a template.
    public var path: String
    /// The expression that its text is searched with.
    public var regex: String

    /// `regex` searched in the text at `path`.
    public init(path: String, regex: String) {
        self.path = path
        self.regex = regex
    }
}

/// What a `when:` entry asks of a path.
public enum WhenCondition: Hashable, Sendable {
    case exists
    /// The path leads nowhere.
    case missing
    /// Any of these texts.
    case oneOf([String])
    /// A scalar in whose text the expression is found.
    case like(String)
}

/// One rule as written.
public struct RuleOptions: Hashable, Sendable {
    /// For dead letters and status.
    public var name: String
    /// The preset that brought it: rules before it may take its topics, as long as one of its rules is left some.
    public var preset: String?
    /// Levels of MQTT: literal, `+`, `#` at the end, `{name}`, `{name*}`.
    public var topic: String
    /// The folder whose files it reads; then `topic` is ``DropPlace/pattern(rule:)``. Nil for a rule of messages.
    public var drop: String?
    /// By path; all must hold.
    public var when: [String: WhenCondition] = [:]
    /// Ends the search without readings.
    public var ignore = false
    /// The payload's form.
    public var format: PayloadFormat = .json
    /// How the payload is read.
    public var options = FormatOptions()
    /// Paths, or `leaves(PATH)`.
    public var each: [String] = []
    /// Expressions whose named groups become captures; an item to which one does not apply is refused.
    public var match: [MatchOptions] = []
    /// Regular expressions on the key or leaf path.
    public var skip: [String] = []
    /// For stamps of this rule that carry no zone.
    public var timezone: String?
    /// Defaults for all readings of the rule.
    public var common = ReadingOptions()
    /// What is read from each item.
    public var readings: [ReadingOptions] = []
    /// From the name found in the payload to what the series is called and how it is read.
    public var names: [String: ReadingOptions] = [:]
    /// What to do with names that are not in `names`.
    public var unnamed: UnnamedPolicy = .keep

    /// A rule for JSON without readings.
    public init(name: String, topic: String) {
        self.name = name
        self.topic = topic
    }
}

/// One step from the configuration's root to a value in it.
public enum PlaceStep: Hashable, Sendable {
    case key(String)
    case index(Int)
}

/// What is wrong with a rule, and where in the configuration it stands.
public struct RuleFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// From the configuration's root, e.g. `rules`, 3, `readings`, 0, `unit`.
    public var place: [PlaceStep]
    /// What was found and what was expected.
    public var message: String

    /// `message` about what stands at `place`.
    public init(place: [PlaceStep], message: String) {
        self.place = place
        self.message = message
    }

    /// The place, and behind a colon what is wrong there.
    public var description: String {
        let path = place.map { step in
            switch step {
            case .key(let key): ".\(key)"
            case .index(let index): "[\(index)]"
            }
        }
        return "\(path.joined().drop { $0 == "." }): \(message)"
    }
}
