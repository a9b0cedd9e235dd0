public import Readings

/// A question in the words of a request or a command: `select`, `from`, `to`, `every`, `limit`.
public struct QueryWords: Sendable {
    private let words: [String: String]

    /// Words by name; those left out have a usual value.
    public init(_ words: [String: String]) {
        self.words = words
    }

    /// What `select` says; all series when it is left out.
    public func selector() throws(QueryFailure) -> Selector {
        let text = words["select"] ?? ""
        do throws(SelectorFailure) {
            return try Selector(text)
        } catch {
            throw .badSelector(text, error)
        }
    }

    /// A number of rows.
    public func count(_ name: String, or usual: Int) throws(QueryFailure) -> Int {
        guard let word = words[name] else { return usual }
        guard let count = Int(word), (1...Query.rowLimitMax).contains(count) else {
            throw .rowLimit(Int(word) ?? 0)
        }
        return count
    }

    /// The question as of `now`: the last hour, as samples, at most 10,000 rows, unless it says otherwise.
    public func query(now: Instant) throws(QueryFailure) -> Query {
        var everyMs: Int64?
        if let every = words["every"] { everyMs = try TimeWords.durationMs(every) }
        return Query(
            selector: try selector(),
            from: try TimeWords.instant(words["from"] ?? "1h", now: now),
            to: try TimeWords.instant(words["to"] ?? "now", now: now),
            everyMs: everyMs,
            rowLimit: try count("limit", or: 10_000)
        )
    }
}
