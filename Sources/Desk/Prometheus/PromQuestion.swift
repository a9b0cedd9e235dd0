import PromQL
import Readings

/// What is asked of `/api/v1`, as Prometheus reads it: times in seconds or ISO 8601, durations as `5m` or in seconds.
struct PromQuestion {
    let words: FormWords
    let now: Instant

    /// The query itself.
    func query() throws(PromRefusal) -> PromQuery {
        guard let text = words["query"] else { throw .badData("invalid parameter \"query\": it is missing") }
        do throws(PromFailure) {
            return try PromQuery(text)
        } catch {
            throw PromRefusal(error, parameter: "query")
        }
    }

    /// One instant: `time`, or now.
    func instant() throws(PromRefusal) -> Grid {
        let at = try time("time") ?? now.milliseconds
        do throws(PromFailure) { return try Grid(at: at) } catch {
            throw PromRefusal(error, parameter: "time")
        }
    }

    /// From `start` to `end`, every `step`.
    func range() throws(PromRefusal) -> Grid {
        guard let start = try time("start") else {
            throw .badData("invalid parameter \"start\": it is missing")
        }
        guard let end = try time("end") else { throw .badData("invalid parameter \"end\": it is missing") }
        guard let word = words["step"] else { throw .badData("invalid parameter \"step\": it is missing") }
        let step = try duration(word, of: "step")
        do throws(PromFailure) {
            return try Grid(from: start, through: end, everyMs: step)
        } catch {
            throw PromRefusal(error, parameter: "step")
        }
    }

    /// What `match[]` selects: one selector each.
    func selectors() throws(PromRefusal) -> [PromSelector] {
        let texts = words.all("match[]")
        guard texts.count <= PromQuestion.selectorsMax else {
            throw .badData("more than \(PromQuestion.selectorsMax) match[] at once")
        }
        var selectors: [PromSelector] = []
        for text in texts {
            do throws(PromFailure) {
                selectors.append(try PromSelector(text))
            } catch {
                throw PromRefusal(error, parameter: "match[]")
            }
        }
        return selectors
    }

    private static let selectorsMax = 32

    /// How many entries at most; all when it is left out.
    var limit: Int { words["limit"].flatMap { Int($0) }.map { max(0, $0) } ?? .max }

    /// What it may cost; `timeout` may shorten the time.
    func limits() throws(PromRefusal) -> PromLimits {
        var limits = PromLimits()
        if let word = words["timeout"] {
            let seconds = try duration(word, of: "timeout") / 1000
            limits.seconds = Int(max(1, min(Int64(limits.seconds), seconds)))
        }
        return limits
    }

    // MARK: Times

    private func time(_ name: String) throws(PromRefusal) -> Int64? {
        guard let word = words[name] else { return nil }
        if let seconds = Double(word), let ms = PromQuestion.milliseconds(seconds) { return ms }
        if let stamp = Instant(iso8601: word) { return stamp.milliseconds }
        throw .badData("invalid parameter \"\(name)\": cannot parse \"\(word)\" to a valid timestamp")
    }

    private func duration(_ word: String, of name: String) throws(PromRefusal) -> Int64 {
        if let seconds = Double(word), let ms = PromQuestion.milliseconds(seconds) { return ms }
        if let ms = DurationText.milliseconds(of: word) { return ms }
        throw .badData("invalid parameter \"\(name)\": cannot parse \"\(word)\" to a valid duration")
    }

    private static func milliseconds(_ seconds: Double) -> Int64? {
        let ms = (seconds * 1000).rounded()
        return ms.magnitude <= Double(Grid.reachMs) ? Int64(ms) : nil
    }
}

/// Why `/api/v1` gives no answer, in the kinds of Prometheus.
struct PromRefusal: Error {
    enum Kind: String {
        case badData = "bad_data"
        case execution, timeout, unavailable, `internal`

        /// The status of HTTP.
        var status: Int {
            switch self {
            case .badData: 400
            case .execution: 422
            case .timeout, .unavailable: 503
            case .internal: 500
            }
        }
    }

    let kind: Kind
    let text: String

    static func badData(_ text: String) -> PromRefusal { PromRefusal(kind: .badData, text: text) }

    private init(kind: Kind, text: String) {
        (self.kind, self.text) = (kind, text)
    }

    /// - Parameter parameter: whose text is to blame.
    init(_ failure: PromFailure, parameter: String? = nil) {
        switch failure {
        case .unreadable, .badRange: kind = .badData
        case .ambiguous, .tooMuch: kind = .execution
        case .overtime: kind = .timeout
        case .store: kind = .internal
        }
        text = parameter.map { "invalid parameter \"\($0)\": \(failure)" } ?? failure.description
    }

    /// All seats are taken.
    static let busy = PromRefusal(
        kind: .unavailable,
        text: "two long questions are being answered already; ask again in a moment"
    )
}
