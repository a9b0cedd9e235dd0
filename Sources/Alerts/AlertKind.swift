/// What an alert is about; closed, because each kind has its own way to look and its own words.
public enum AlertKind: String, Hashable, Sendable, CaseIterable, Codable {
    /// On-hand stock of an item at a site, all its places together, below a reorder point.
    case lowStock = "low_stock"
    /// How long that stock lasts, at the consumption of today and the seven days before: it runs out too soon.
    case lowCover = "low_cover"
    /// A machine stands while it was to work; planned time alone counts.
    case machineStopped = "machine_stopped"
    /// A source says nothing any more.
    case sourceSilent = "source_silent"
    /// A source's clock is off.
    case clockSkew = "clock_skew"
    /// Releases of a feed do not leave, or do not arrive.
    case feedLate = "feed_late"
    /// There is no link to the broker.
    case linkDown = "link_down"
    /// A certificate ends soon.
    case certificate
    /// The disk has little room left beside what is laid out on it.
    case disk

    /// What its values and limits are.
    public enum Measure: Sendable {
        /// In the item's own unit.
        case quantity
        /// Milliseconds.
        case duration
        case bytes
    }

    /// What its values and limits are.
    public var measure: Measure {
        switch self {
        case .lowStock: .quantity
        case .disk: .bytes
        default: .duration
        }
    }

    /// Whether less than the limit is too little; else more than it is too much.
    public var isFloor: Bool {
        switch self {
        case .lowStock, .lowCover, .certificate, .disk: true
        case .machineStopped, .sourceSilent, .clockSkew, .feedLate, .linkDown: false
        }
    }

    /// Whether its subjects may have limits of their own: the item's reorder point and cover, the source's rhythm.
    public var hasOwnLimits: Bool { self == .lowStock || self == .lowCover || self == .sourceSilent }

    /// Whether history can tell when it would have stood.
    public var isInHistory: Bool {
        switch self {
        case .lowStock, .lowCover, .machineStopped, .sourceSilent: true
        case .clockSkew, .feedLate, .linkDown, .certificate, .disk: false
        }
    }

    /// An alert whose subject nobody has looked at for so long is over: it was taken out of the configuration, or
    /// forgotten. A source that is silent is not known after a restart until it speaks.
    var forgottenAfterMs: Int64 { self == .sourceSilent ? 7 * AlertRule.dayMs : 5 * AlertRule.minuteMs }
}
