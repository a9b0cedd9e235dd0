public import Alerts
public import Readings

/// An alert: a line of `GET /v1/alerts`, a subject of what is retained on the bus, and what a webhook is sent.
public struct AlertRow: Codable, Sendable, Hashable {
    /// `rule/subject`, by which it is acknowledged.
    public var id: String
    /// The rule's name.
    public var rule: String
    /// `low_stock`, `low_cover`, `machine_stopped`, `source_silent`, `clock_skew`, `feed_late`, `link_down`,
    /// `certificate` or `disk`.
    public var kind: String
    /// The site and the name together, as patterns match them.
    public var subject: String
    /// Where; nil for what has no place.
    public var site: String?
    /// The item, the machine, the source, `agreement/grant`, a file.
    public var name: String
    /// `pending`, `standing` or `ended`.
    public var stage: String
    /// When it began; ISO 8601, UTC.
    public var since: String
    /// Seen last: a quantity in ``unit``, seconds, or bytes.
    public var value: Double
    /// In the same.
    public var limit: Double
    /// The item's unit, `s` or `B`.
    public var unit: String
    /// When it runs out, or ends; nil when that is not known.
    public var end: String?
    /// The machine's word for its state, the feed's fault, which way a clock is off.
    public var detail: String?
    /// Who has seen it.
    public var acknowledgedBy: String?
    /// When.
    public var acknowledged: String?
    /// Nobody is told of it before then.
    public var silencedUntil: String?
    /// What and where, since when, and what to do next.
    public var text: Text

    /// In the languages of the plant.
    public struct Text: Codable, Sendable, Hashable {
        /// English.
        public var en: String
        /// Japanese.
        public var ja: String
    }

    /// An alert as it is.
    ///
    /// - Parameter offsetSeconds: how far the plant's clocks are ahead of UTC, for ``text``.
    public init(_ alert: Alert, silence: Silence?, offsetSeconds: @escaping @Sendable (Instant) -> Int) {
        id = alert.id
        rule = alert.rule
        kind = alert.kind.rawValue
        subject = alert.subject
        site = alert.site.isEmpty ? nil : alert.site
        name = alert.name
        stage = alert.stage.rawValue
        since = alert.since.iso8601
        switch alert.kind.measure {
        case .quantity: (value, limit, unit) = (alert.value, alert.limit, alert.unit)
        case .duration: (value, limit, unit) = (alert.value / 1000, alert.limit / 1000, "s")
        case .bytes: (value, limit, unit) = (alert.value, alert.limit, "B")
        }
        end = alert.end?.iso8601
        detail = alert.detail
        acknowledgedBy = alert.acknowledgement?.by
        acknowledged = alert.acknowledgement?.at.iso8601
        silencedUntil = silence?.until.iso8601
        text = Text(
            en: AlertWords(.en, offsetSeconds: offsetSeconds).line(alert),
            ja: AlertWords(.ja, offsetSeconds: offsetSeconds).line(alert)
        )
    }

    /// It stands, and nobody has said that he saw it or that it is to be quiet.
    public var isOpen: Bool {
        stage == Alert.Stage.standing.rawValue && acknowledgedBy == nil && silencedUntil == nil
    }
}

/// What is quiet for a while: a line of `GET /v1/alerts`.
public struct SilenceRow: Codable, Sendable, Hashable {
    /// A pattern over rules' names.
    public var rule: String
    /// A pattern over subjects; empty for all.
    public var subject: String
    /// ISO 8601, UTC.
    public var until: String
    /// Who wants it.
    public var by: String

    /// A silence as it is.
    public init(_ silence: Silence) {
        rule = silence.rule
        subject = silence.subject
        until = silence.until.iso8601
        by = silence.by
    }
}

/// The answer of `GET /v1/alerts`.
public struct AlertAnswer: Codable, Sendable, Hashable {
    /// Pending and standing, by rule and subject.
    public var alerts: [AlertRow]
    /// By when they end.
    public var silences: [SilenceRow]

    /// What stands, and what is silenced.
    public init(alerts: [AlertRow] = [], silences: [SilenceRow] = []) {
        self.alerts = alerts
        self.silences = silences
    }
}

/// What is retained on `tsunagi/v1/g/<gateway>/alert/<rule>` while alerts of the rule stand and are not silenced.
public struct AlertMessage: Codable, Sendable, Hashable {
    /// More are counted, and not listed.
    public static let subjectsMax = 200

    /// `tsunagi.alert/1`.
    public var type = "tsunagi.alert/1"
    /// The gateway's id.
    public var gateway: String
    /// The rule's name.
    public var rule: String
    /// When it was said.
    public var time: String
    /// How many subjects it stands for.
    public var standing: Int
    /// The first of them.
    public var subjects: [AlertRow]

    /// What stands of a rule.
    public init(gateway: String, rule: String, time: Instant, _ rows: [AlertRow]) {
        self.gateway = gateway
        self.rule = rule
        self.time = time.iso8601
        standing = rows.count
        subjects = Array(rows.prefix(AlertMessage.subjectsMax))
    }
}

/// What a webhook is sent, once for each change; again when it was not known to have arrived.
public struct AlertCall: Codable, Sendable, Hashable {
    /// `tsunagi.alert-call/1`.
    public var type = "tsunagi.alert-call/1"
    /// Another one for each change, and the same for each repeat of it.
    public var id: String
    /// The gateway's id.
    public var gateway: String
    /// `standing`, `acknowledged` or `ended`.
    public var status: String
    /// When.
    public var time: String
    /// One line in the language that was asked for; what chat programs show.
    public var text: String
    /// What it is about.
    public var alert: AlertRow

    /// A notice for somebody outside.
    public init(
        _ notice: Notice,
        gateway: String,
        in language: AlertWords.Language,
        offsetSeconds: @escaping @Sendable (Instant) -> Int
    ) {
        id = "\(gateway)/\(notice.number)"
        self.gateway = gateway
        status = notice.word.rawValue
        time = notice.at.iso8601
        alert = AlertRow(notice.alert, silence: nil, offsetSeconds: offsetSeconds)
        text = AlertWords(language, offsetSeconds: offsetSeconds).line(notice.alert)
        guard notice.word == .acknowledged, let name = notice.alert.acknowledgement?.by else { return }
        text += language == .en ? " (\(name) takes care)" : "(\(name)が対応中)"
    }
}
