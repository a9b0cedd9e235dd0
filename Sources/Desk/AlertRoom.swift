public import Alerts
import Query
import Readings

/// What the desk may ask of the alerts, and have done; without any, nothing stands.
public struct AlertRoom: Sendable {
    /// Pending and standing, and what is silenced, as of the last look.
    public var answer: @Sendable () -> AlertAnswer = { AlertAnswer() }
    /// What is wrong with telling of them, one line each.
    public var faults: @Sendable () -> [String] = { [] }
    /// Notes who has seen what; durable when it returns. Answers with what was acknowledged.
    public var acknowledge: @Sendable (_ id: String, _ name: String) async throws -> [AlertRow] = { _, _ in
        throw AlertRefusal("this gateway has no alerts")
    }
    /// Has some be quiet; durable when it returns. Answers with what is quiet.
    public var silence: @Sendable (Silence) async throws -> [SilenceRow] = { _ in
        throw AlertRefusal("this gateway has no alerts")
    }

    /// Nobody is there.
    public init() {}

    /// Pending and standing, by rule and subject.
    func rows() -> [AlertRow] { answer().alerts }
}

/// Why something was not done; its text says what to write instead.
public struct AlertRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String

    /// A refusal in words.
    public init(_ description: String) {
        self.description = description
    }
}

extension Silence {
    /// The longest, in milliseconds: what should be quiet for longer is a rule to change.
    private static let spanMsMax: Int64 = 366 * 86_400_000

    /// Reads the words of a request: `rule`, `by`, `for` (`2h`, or `0` to end one), and perhaps `subject`.
    init(_ words: [String: String], now: Instant) throws(AlertRefusal) {
        let rule = words["rule"] ?? ""
        let by = try AlertRefusal.name(words["by"])
        guard !rule.isEmpty, rule.utf8.count <= 64, (words["subject"] ?? "").utf8.count <= 1024 else {
            throw AlertRefusal(
                "name the rule to silence (or * for all) in 64 bytes, and a subject in 1,024 at most"
            )
        }
        let span = words["for"] ?? ""
        var spanMs: Int64 = 0
        if span != "0" {
            do throws(QueryFailure) {
                spanMs = try TimeWords.durationMs(span)
            } catch {
                throw AlertRefusal("“\(span)” is no span of time; write how long, such as 30m, 2h or 3d")
            }
        }
        guard spanMs <= Silence.spanMsMax else {
            throw AlertRefusal("\(span) is more than a year; take the rule out of the configuration instead")
        }
        self.init(rule: rule, subject: words["subject"] ?? "", until: now.advanced(byMs: spanMs), by: by)
    }
}

extension AlertRefusal {
    /// Who says so: a name of 1 to 128 bytes without control characters.
    static func name(_ word: String?) throws(AlertRefusal) -> String {
        let name = word ?? ""
        guard (1...128).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw AlertRefusal("say who you are, as --by NAME, in 128 bytes at most") }
        return name
    }
}

extension StatusReport.Alerts {
    /// More are not named on the screen.
    private static let firstMax = 3

    init(_ rows: [AlertRow]) {
        let open = rows.filter(\.isOpen)
        self.init(
            standing: rows.count { $0.stage == Alert.Stage.standing.rawValue },
            open: open.count,
            first: open.prefix(Self.firstMax).map { "\($0.rule): \($0.text.en)" }
        )
    }
}
