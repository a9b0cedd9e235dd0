/// The widths that closed buckets may have, as ISO 8601 durations.
public enum BucketWidth: String, Hashable, Sendable, CaseIterable {
    case minute = "PT1M"
    case fiveMinutes = "PT5M"
    case quarterHour = "PT15M"
    case hour = "PT1H"
    case day = "P1D"
    case week = "P1W"

    /// In milliseconds; a day is 24 hours.
    public var widthMs: Int64 {
        switch self {
        case .minute: 60_000
        case .fiveMinutes: 300_000
        case .quarterHour: 900_000
        case .hour: 3_600_000
        case .day: 86_400_000
        case .week: 604_800_000
        }
    }

    /// Whether it begins at a zone's midnight rather than on a lattice that all zones share.
    public var dependsOnZone: Bool { self == .day || self == .week }
}
