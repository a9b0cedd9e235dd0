public import Readings

/// Which machine.
public struct MachineKey: Hashable, Comparable, Sendable {
    /// The place, e.g. `ota`.
    public var site: String
    /// The machine, shelf or gateway.
    public var asset: String

    /// Made of its parts.
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
    /// The series of its good count, if there is one.
    public internal(set) var goodSeries: SeriesID?
    /// The series of its reject count, if there is one.
    public internal(set) var rejectSeries: SeriesID?

    init(key: MachineKey) {
        self.key = key
    }

    mutating func enter(state: TextID, at instant: Instant) {
        guard instant >= (stateSince ?? .distantPast) else { return }
        if self.state != state {
            self.state = state
            stateSince = instant
        }
        if instant > asOf { asOf = instant }
    }
}

/// A counter as pieces made: it may restart from zero, and then counts on from there.
public struct PieceCount: Hashable, Sendable {
    /// Pieces made since the gateway first saw the counter, restarts bridged.
    public internal(set) var made: Double = 0
    /// What the counter itself showed last.
    public internal(set) var shown: Double?
    var shownAt: Instant = .distantPast

    /// Takes the counter's next value; one that is out of order is left to history.
    mutating func show(_ value: Double, at instant: Instant) {
        guard instant >= shownAt else { return }
        if let shown { made += PieceCount.increase(from: shown, to: value) }
        shown = value
        shownAt = instant
    }

    /// How far a counter went from one value to the next: a smaller value means that it restarted from zero.
    public static func increase(from earlier: Double, to later: Double) -> Double {
        later >= earlier ? later - earlier : later
    }
}
