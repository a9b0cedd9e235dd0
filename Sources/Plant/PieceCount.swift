import Readings

/// Pieces made, all series together that count them: counters, which may restart from zero and then count on from
/// there, and deltas.
public struct PieceCount: Hashable, Sendable {
    /// Pieces made since the gateway first saw the counters, restarts bridged.
    public internal(set) var made: Double = 0
    /// One for each series; few.
    var counters: [PieceCounter] = []

    /// Takes the next value of the counter at that place. A counter's that is out of order is left to history; a
    /// delta's counts whenever it comes.
    mutating func take(_ value: Double, at instant: Instant, counter: Int, isDelta: Bool) {
        let isLate = instant < counters[counter].shownAt
        if !isLate { counters[counter].shownAt = instant }
        if isDelta { return add(value) }
        guard !isLate else { return }
        if let shown = counters[counter].shown { add(PieceCount.increase(from: shown, to: value)) }
        counters[counter].shown = value
    }

    /// A number beyond all numbers is no count of pieces.
    private mutating func add(_ pieces: Double) {
        if (made + pieces).isFinite { made += pieces }
    }

    /// How far a counter went from one value to the next: a smaller value means that it restarted from zero.
    public static func increase(from earlier: Double, to later: Double) -> Double {
        later >= earlier ? later - earlier : later
    }
}

/// One series that counts pieces, and what it showed last.
struct PieceCounter: Hashable, Sendable {
    var series: SeriesID
    /// Nil before its first value, and always for a delta.
    var shown: Double?
    /// The latest stamp.
    var shownAt: Instant = .distantPast
}
