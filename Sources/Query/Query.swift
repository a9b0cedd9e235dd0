public import Readings

/// A question to the store, in words an operator types.
public struct Query: Hashable, Sendable {
    /// Which series.
    public var selector: Selector
    /// Inclusive.
    public var from: Instant
    /// Exclusive.
    public var to: Instant
    /// Fold into steps of this width, or nil for the samples themselves.
    public var everyMs: Int64?
    /// The most rows that the answer may have, all series together: 1 … ``rowLimitMax``.
    public var rowLimit: Int

    /// A million rows are 100 MB of JSON; more than that is a job for `store export`.
    public static let rowLimitMax = 1_000_000
    /// More series than this in one answer are refused.
    public static let seriesLimit = 1000

    /// A question; its bounds are checked when it is asked, see ``table(over:)``.
    public init(selector: Selector, from: Instant, to: Instant, everyMs: Int64? = nil, rowLimit: Int = 10_000)
    {
        self.selector = selector
        self.from = from
        self.to = to
        self.everyMs = everyMs
        self.rowLimit = rowLimit
    }
}

/// Why a question cannot be answered; its text says what to write instead.
public enum QueryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case badDuration(String)
    case badInstant(String)
    case badSelector(String, SelectorFailure)
    case emptyRange
    case rowLimit(Int)
    case nothingSelected(String)
    case tooManySeries(count: Int)
    case store(String)

    /// One line for the operator.
    public var description: String {
        switch self {
        case .badDuration(let text):
            "“\(text)” is no duration; write a number and s, m, h, d or w, such as 15m"
        case .badInstant(let text):
            "“\(text)” is no instant; write 2025-06-17T10:15:00+09:00, or a duration such as 6h for that long ago"
        case .badSelector(let text, let failure):
            "the selector “\(text)” cannot be read: \(failure); write osaka/press-*/temperature, or"
                + " temperature{site=\"osaka\", asset=~\"press-.*\"}"
        case .emptyRange: "the range is empty: its end must lie after its start"
        case .rowLimit(let rows): "\(rows) rows are out of bounds; ask for 1 to \(Query.rowLimitMax)"
        case .nothingSelected(let pattern):
            "no series matches “\(pattern)”; tsunagi series lists what there is"
        case .tooManySeries(let count):
            "\(count) series match, more than \(Query.seriesLimit) at once; narrow the selector"
        case .store(let text): text
        }
    }
}
