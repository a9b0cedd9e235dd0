public import Readings

/// What a person counted, beside what the ledger expected: the difference stays visible until the next count.
public struct StockCount: Hashable, Sendable {
    /// When it was counted.
    public internal(set) var at: Instant
    /// What lay there.
    public internal(set) var counted: Double
    /// What should have lain there, by the level or count before it and all movements since, those included that were
    /// told after the count; nil when nothing was known before, or when it could not be told any more.
    public internal(set) var expected: Double?
    /// The stamp of that level or count; movements at or before it say nothing about this one.
    var since: Instant

    /// Less than nothing when stock is missing; nil without an expectation.
    public var difference: Double? {
        guard let expected else { return nil }
        return StockLine.tidied(counted - expected)
    }
}
