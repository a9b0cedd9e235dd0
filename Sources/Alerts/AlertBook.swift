public import Readings

/// All alerts, silences, and what is still to be told. Pure: time and what was seen come in as values.
///
/// Everything in it is bounded; ``memory`` is what has to survive a restart, and ``revision`` tells when it is another.
public struct AlertBook: Sendable {
    /// Alerts at once, pending ones too: 2 000 × 400 B are read and written in one go.
    public static let alertsMax = 2000
    /// Silences at once.
    public static let silencesMax = 50
    /// What is to be told yet; the oldest make room.
    public static let noticesMax = 1000

    /// By rule, then by subject.
    private var alerts: [String: [String: Alert]] = [:]
    /// By when they end.
    public private(set) var silences: [Silence] = [] {
        didSet { quiet = AlertBook.patterns(silences) }
    }
    /// Of the silences, in their order.
    private var quiet: [(rule: PathGlob, subject: PathGlob)] = []
    /// What has happened, oldest first, until it is ``forget(through:)``.
    public private(set) var notices: [Notice] = []
    /// Of the last notice.
    public private(set) var lastNumber: UInt64 = 0
    /// Subjects that found no room at their rule's last look.
    public var refusedCount: Int { refused.values.reduce(0, +) }
    private var refused: [String: Int] = [:]
    /// Notices that made room untold.
    public private(set) var lostCount = 0
    /// Grows with every change of what stands, is silenced or is to be told.
    public private(set) var revision: UInt64 = 0

    /// Nothing stands.
    public init() {}

    /// Pending and standing alerts, by rule and subject.
    public var all: [Alert] {
        alerts.sorted { $0.key < $1.key }.flatMap { $0.value.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Those that stand, by rule and subject.
    public var standing: [Alert] { all.filter { $0.stage == .standing } }

    /// The silence that covers an alert for longest, if any does.
    public func silence(of alert: Alert) -> Silence? {
        guard !quiet.isEmpty else { return nil }
        let subject = alert.subject
        let place = quiet.lastIndex {
            $0.rule.matches(path: alert.rule) && $0.subject.matches(path: subject)
        }
        return place.map { silences[$0] }
    }

    private static func patterns(_ silences: [Silence]) -> [(rule: PathGlob, subject: PathGlob)] {
        silences.map { (PathGlob($0.rule), PathGlob($0.subject)) }
    }

    // MARK: What was seen

    /// Goes on by what a rule saw just now.
    ///
    /// - Parameter looks: at subjects that the rule wants; each once.
    public mutating func take(_ looks: [Look], by rule: AlertRule, at now: Instant) {
        var own = alerts.removeValue(forKey: rule.name) ?? [:]
        // A rule of this name was of another kind before.
        for (subject, alert) in own where alert.kind != rule.kind {
            own[subject] = nil
            if alert.stage == .standing { end(alert, at: now) }
        }
        refused[rule.name] = nil
        for look in looks {
            guard let limit = rule.limit ?? look.limit, look.value.isFinite else { continue }
            let subject = look.subject
            var alert: Alert
            if let known = own[subject] {
                alert = known
            } else {
                guard rule.trips(look.value, limit) else { continue }
                guard count + own.count < AlertBook.alertsMax else {
                    refused[rule.name, default: 0] += 1
                    continue
                }
                alert = Alert(rule, look, limit: limit, at: now)
            }
            let before = alert.stage
            alert.take(look, limit: limit, by: rule, at: now)
            if before == .standing || alert.stage == .standing { note(alert, before: before, at: now) }
            own[subject] = alert.stage == .ended ? nil : alert
        }
        for (subject, alert) in own where now.msSince(alert.seen) >= rule.kind.forgottenAfterMs {
            own[subject] = nil
            if alert.stage == .standing { end(alert, at: now) }
        }
        if !own.isEmpty { alerts[rule.name] = own }
    }

    /// Ends what no rule asks for any more and silences that are over, and tells of what stands and was never told.
    public mutating func settle(_ rules: [AlertRule], at now: Instant) {
        let names = Set(rules.map(\.name))
        refused = refused.filter { names.contains($0.key) }
        for (name, gone) in alerts where !names.contains(name) {
            alerts[name] = nil
            for alert in gone.values where alert.stage == .standing { end(alert, at: now) }
        }
        let before = silences.count
        if let first = silences.first, first.until <= now { silences.removeAll { $0.until <= now } }
        if silences.count != before { revision += 1 }
        let untold = alerts.values.flatMap { $0.values.filter { $0.stage == .standing && !$0.isTold } }
        for var alert in untold.sorted(by: { $0.id < $1.id }) where silence(of: alert) == nil {
            alert.isTold = true
            alerts[alert.rule]?[alert.subject] = alert
            tell(.standing, alert, at: now)
        }
    }

    private var count: Int { alerts.values.reduce(0) { $0 + $1.count } }

    private mutating func note(_ alert: Alert, before: Alert.Stage, at now: Instant) {
        if alert.stage == .ended { return end(alert, at: now) }
        if before != alert.stage { revision += 1 }
    }

    private mutating func end(_ alert: Alert, at now: Instant) {
        revision += 1
        var ended = alert
        ended.stage = .ended
        if alert.isTold { tell(.ended, ended, at: now) }
    }

    private mutating func tell(_ word: Notice.Word, _ alert: Alert, at now: Instant) {
        revision += 1
        lastNumber += 1
        notices.append(Notice(number: lastNumber, word: word, at: now, alert: alert))
        if notices.count > AlertBook.noticesMax {
            notices.removeFirst()
            lostCount += 1
        }
    }

    // MARK: What people say

    /// Notes that somebody has seen what stands under an id, or under a rule: all that is about it.
    ///
    /// - Parameter id: `rule/subject`, or the rule's name alone.
    /// - Returns: those alerts; none when nothing of that name stands.
    public mutating func acknowledge(_ id: String, by name: String, at now: Instant) -> [Alert] {
        var found: [Alert] = []
        for alert in standing where alert.id == id || alert.rule == id {
            var alert = alert
            alert.acknowledgement = Alert.Acknowledgement(by: name, at: now)
            alerts[alert.rule]?[alert.subject] = alert
            found.append(alert)
            revision += 1
            if alert.isTold { tell(.acknowledged, alert, at: now) }
        }
        return found
    }

    /// Takes a silence up in the place of the one of the same rule and subject; one that is over by `now` ends that.
    ///
    /// - Returns: false when there is no room.
    public mutating func silence(_ silence: Silence, at now: Instant) -> Bool {
        var others = silences.filter { ($0.rule, $0.subject) != (silence.rule, silence.subject) }
        if silence.until > now {
            guard others.count < AlertBook.silencesMax else { return false }
            others.append(silence)
        }
        silences = others.sorted { ($0.until, $0.rule, $0.subject) < ($1.until, $1.rule, $1.subject) }
        revision += 1
        return true
    }

    /// Those notices have been told.
    public mutating func forget(through number: UInt64) {
        guard let first = notices.first, first.number <= number else { return }
        notices.removeAll { $0.number <= number }
        revision += 1
    }

    // MARK: What survives a restart

    /// What has to be put back by ``init(_:at:)``; pending alerts begin anew.
    public var memory: AlertMemory {
        AlertMemory(alerts: standing, silences: silences, notices: notices, lastNumber: lastNumber)
    }

    /// Puts back what stood, was silenced and was to be told. Nobody has looked since.
    public init(_ memory: AlertMemory, at now: Instant) {
        for var alert in memory.alerts.prefix(AlertBook.alertsMax) {
            alert.seen = now
            alerts[alert.rule, default: [:]][alert.subject] = alert
        }
        silences = Array(memory.silences.prefix(AlertBook.silencesMax))
        quiet = AlertBook.patterns(silences)
        notices = Array(memory.notices.suffix(AlertBook.noticesMax))
        lastNumber = max(memory.lastNumber, notices.last?.number ?? 0)
    }
}

/// What an ``AlertBook`` keeps over restarts.
public struct AlertMemory: Hashable, Sendable, Codable {
    /// Those that stand.
    public var alerts: [Alert] = []
    /// By when they end.
    public var silences: [Silence] = []
    /// What is to be told yet.
    public var notices: [Notice] = []
    /// Of the last notice there ever was.
    public var lastNumber: UInt64 = 0
    /// Rules of which the broker may retain something.
    public var topics: [String] = []

    /// Nothing.
    public init() {}

    init(alerts: [Alert], silences: [Silence], notices: [Notice], lastNumber: UInt64) {
        self.alerts = alerts
        self.silences = silences
        self.notices = notices
        self.lastNumber = lastNumber
    }
}
