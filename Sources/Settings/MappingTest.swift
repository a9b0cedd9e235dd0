public import Intake
public import Readings

/// A message, and what the rules must make of it: an entry of `tests:`.
public struct MappingTest: Hashable, Sendable {
    /// What a reading must be; nil leaves a part open.
    public struct Line: Hashable, Sendable {
        /// The value, as the configuration writes it.
        public enum Value: Hashable, Sendable {
            /// Within 1e-12 of it, relative.
            case number(Double)
            case flag(Bool)
            case text(String)
            /// The source said that it has none.
            case nothing
        }

        var site: String?
        var asset: String?
        var metric: String?
        var tags: [String: String]?
        var kind: Kind?
        var value: Value?
        var unit: String?
        var time: Instant?
        var stamp: TimeSource?
        var quality: Quality?
    }

    /// What a dead letter must be; nil leaves a part open.
    public struct Letter: Hashable, Sendable {
        var reason: DeadReason
        var rule: String?
        /// How its detail begins.
        var detail: String?
    }

    /// Where it stands, 1-based.
    public var line: Int
    /// 1-based.
    public var column: Int
    /// What it is called, or its topic.
    public var name: String
    /// What it is tried on; compiles.
    public var rules: RuleSetOptions
    /// UTF-8, without wildcards.
    public var topic: String
    /// As it comes from the broker.
    public var payload: [UInt8]
    /// When it arrives.
    public var received: Instant
    /// 0 … 2.
    public var qos: UInt8 = 0
    /// Whether it comes from the broker's store of retained messages.
    public var retain = false
    /// The rule that must take it; nil leaves it open.
    public var rule: String?
    /// All readings that must come, in any order.
    public var expect: [Line] = []
    /// All dead letters that must come, in any order.
    public var dead: [Letter] = []
}

extension MappingTest {
    /// Tries it.
    ///
    /// - Returns: what came otherwise than it must, a line each; empty when all is well.
    public func differences() -> [String] {
        let trial: RuleTrial
        do throws(RuleFailure) {
            trial = try RuleTrial(rules)
        } catch {
            return [error.description]
        }
        let outcome = trial.take(
            topic: Array(topic.utf8),
            payload: payload,
            at: received,
            qos: qos,
            retain: retain
        )
        var said: [String] = []
        if let rule, outcome.rule != rule {
            said.append("rule \(rule) must take it, and \(outcome.rule.map { "rule \($0)" } ?? "none") did")
        }
        var readings = outcome.readings
        for line in expect {
            if let place = readings.firstIndex(where: line.fits) {
                readings.remove(at: place)
            } else {
                said.append("expected: \(line)")
            }
        }
        said += readings.map { "not expected: \(Line($0))" }
        var letters = outcome.deadLetters
        for letter in dead {
            if let place = letters.firstIndex(where: letter.fits) {
                letters.remove(at: place)
            } else {
                said.append("expected: dead letter \(letter.reason.rawValue) \(letter.detail ?? "")")
            }
        }
        said += letters.map { "not expected: dead letter \($0.reason.rawValue): \($0.detail)" }
        return said
    }
}

extension MappingTest.Letter {
    fileprivate func fits(_ letter: DeadLetter) -> Bool {
        letter.reason == reason && (rule ?? letter.rule) == letter.rule
            && letter.detail.hasPrefix(detail ?? "")
    }
}

extension MappingTest.Line {
    /// All that a reading says.
    init(_ line: TrialOutcome.Line) {
        let (key, reading) = (line.series.key, line.reading)
        site = key.site
        asset = key.asset
        metric = key.metric
        tags = Dictionary(uniqueKeysWithValues: key.tags.map { ($0.name, $0.value) })
        kind = line.series.kind
        switch reading.value {
        case .number(let number): value = .number(number)
        case .flag(let flag): value = .flag(flag)
        case .text: value = .text(line.text ?? "")
        case .absent: value = .nothing
        }
        unit = line.series.unit
        time = reading.instant
        stamp = reading.timeSource
        quality = reading.quality
    }

    fileprivate func fits(_ line: TrialOutcome.Line) -> Bool {
        let other = Self(line)
        return (site ?? other.site) == other.site && (asset ?? other.asset) == other.asset
            && (metric ?? other.metric) == other.metric && (tags ?? other.tags) == other.tags
            && (kind ?? other.kind) == other.kind && (unit ?? other.unit) == other.unit
            && (time ?? other.time) == other.time && (stamp ?? other.stamp) == other.stamp
            && (quality ?? other.quality) == other.quality && fits(other.value)
    }

    private func fits(_ other: Value?) -> Bool {
        switch (value, other) {
        case (nil, _): true
        case (.number(let wanted), .number(let found)):
            // The bound of the protocol tables' own vectors.
            abs(wanted - found) <= 1e-12 * max(abs(wanted), abs(found))
        default: value == other
        }
    }
}

extension MappingTest.Line: CustomStringConvertible {
    /// `{site: ota, metric: temperature, value: 27.4}`, as it may stand under `expect:`.
    public var description: String {
        var parts: [String] = []
        if let site { parts.append("site: \(site)") }
        if let asset { parts.append("asset: \(asset)") }
        if let metric { parts.append("metric: \(metric)") }
        if let tags, !tags.isEmpty {
            let words = tags.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            parts.append("tags: {\(words.joined(separator: ", "))}")
        }
        if let kind { parts.append("kind: \(kind.word)") }
        if let value { parts.append("value: \(value)") }
        if let unit, !unit.isEmpty { parts.append("unit: \(unit)") }
        if let time { parts.append("time: \(time.iso8601)") }
        if let stamp { parts.append("stamp: \(stamp)") }
        if let quality { parts.append("quality: \(quality.word)") }
        return "{\(parts.joined(separator: ", "))}"
    }
}

extension MappingTest.Line.Value: CustomStringConvertible {
    /// As the configuration writes it.
    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .text(let text): "\"\(text)\""
        case .nothing: "null"
        }
    }
}
