public import Readings

extension Snapshot {
    /// The series that a selector selects, by path, then tags.
    ///
    /// - Parameter limit: at most so many, the first ones by path.
    /// - Complexity: by lists of ids, without a look at series that are out of the question; what is found is sorted.
    ///   The first question after many new series takes about a microsecond for each of them.
    public func series(matching selector: Selector, limit: Int = .max) -> [Series] {
        guard limit > 0 else { return [] }
        var found: [(path: String, series: Series)] = []
        // Twice the limit at most, and what one piece has: the rest is let go as it comes.
        let most = limit.addingReportingOverflow(max(limit, 10_000))
        core.catalogue.select(selector, below: seriesCount) { piece in
            for series in piece { found.append((series.key.path, series)) }
            if !most.overflow, found.count > most.partialValue { Snapshot.sort(&found, limit: limit) }
        }
        Snapshot.sort(&found, limit: limit)
        return found.map(\.series)
    }

    /// How many series a selector selects.
    public func seriesCount(matching selector: Selector) -> Int {
        core.catalogue.countSelected(selector, below: seriesCount)
    }

    private static func sort(_ found: inout [(path: String, series: Series)], limit: Int) {
        found.sort { left, right in
            if left.path != right.path { return left.path < right.path }
            if left.series.key.tags != right.series.key.tags {
                return left.series.key.tags.lexicographicallyPrecedes(right.series.key.tags)
            }
            return left.series.id < right.series.id
        }
        if found.count > limit { found.removeLast(found.count - limit) }
    }
}
