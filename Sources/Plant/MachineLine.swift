public import Readings

/// Which machine.
public struct MachineKey: Hashable, Comparable, Sendable {
    /// The place, e.g. `ota`.
    public var site: String
    /// The asset of its readings.
    public var asset: String

    /// The machine of an asset at a site.
    public init(site: String, asset: String) {
        self.site = site
        self.asset = asset
    }

    /// The order of tables and lists.
    public static func < (left: MachineKey, right: MachineKey) -> Bool {
        (left.site, left.asset) < (right.site, right.asset)
    }
}

/// What a machine does and what it has made.
public struct MachineLine: Hashable, Sendable {
    /// What it is a line of.
    public let key: MachineKey
    /// The last state's text, if one was ever told.
    public internal(set) var state: TextID?
    /// When that state began.
    public internal(set) var stateSince: Instant?
    /// Good pieces.
    public internal(set) var good = PieceCount()
    /// Rejected pieces.
    public internal(set) var reject = PieceCount()
    /// The latest stamp of anything told about this machine.
    public internal(set) var asOf: Instant = .distantPast
    /// The series of its state, if there is one.
    public internal(set) var stateSeries: SeriesID?
    /// The latest stamp of a state; a word that is older than that changes nothing.
    var stateAt: Instant = .distantPast

    init(key: MachineKey) {
        self.key = key
    }

    /// Whether no series tells of it.
    var isUntold: Bool { stateSeries == nil && good.counters.isEmpty && reject.counters.isEmpty }

    mutating func forget(_ ids: Set<SeriesID>) {
        if let series = stateSeries, ids.contains(series) { stateSeries = nil }
        good.counters.removeAll { ids.contains($0.series) }
        reject.counters.removeAll { ids.contains($0.series) }
    }

    mutating func enter(state: TextID, at instant: Instant) {
        guard instant >= stateAt else { return }
        stateAt = instant
        if self.state != state {
            self.state = state
            stateSince = instant
        }
        if instant > asOf { asOf = instant }
    }
}
