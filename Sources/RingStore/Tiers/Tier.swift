/// A ring of buckets: what is kept of numbers and states long after the samples themselves are gone.
///
/// Buckets begin at multiples of their width since the epoch, so a day is a day of UTC. Whoever needs days of
/// another zone folds hours.
public enum Tier: Int, Hashable, Sendable, CaseIterable {
    case minute, hour, day

    /// The width of a bucket.
    public var widthMs: Int64 {
        switch self {
        case .minute: 60_000
        case .hour: 3_600_000
        case .day: 86_400_000
        }
    }

    /// The word in tables and configurations.
    public var word: String {
        switch self {
        case .minute: "minute"
        case .hour: "hour"
        case .day: "day"
        }
    }

    /// The coarsest tier of which steps of this width are made; nil when minutes are too coarse.
    public static func coarsest(for stepMs: Int64) -> Tier? {
        allCases.last { stepMs >= $0.widthMs && stepMs % $0.widthMs == 0 }
    }
}
