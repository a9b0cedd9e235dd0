/// How far a value may be trusted; the four words every source's own codes are folded into.
public enum Quality: UInt8, Hashable, Sendable, CaseIterable {
    /// Usable.
    case good = 0
    /// Usable with care; stamps moved for clock reasons end here too.
    case uncertain = 1
    /// Present, but not to be used in totals.
    case bad = 2
    /// Last known value; its source is offline or its age is unknown.
    case stale = 3

    /// The word in configurations, tables and JSON.
    public var word: String {
        switch self {
        case .good: "good"
        case .uncertain: "uncertain"
        case .bad: "bad"
        case .stale: "stale"
        }
    }

    /// The quality of that word, or nil.
    public init?(word: some StringProtocol) {
        guard let found = Quality.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }

    /// The less trustworthy of both: good, uncertain, stale, bad.
    public func lowered(to other: Quality) -> Quality {
        rank >= other.rank ? self : other
    }

    private var rank: Int {
        switch self {
        case .good: 0
        case .uncertain: 1
        case .stale: 2
        case .bad: 3
        }
    }
}
