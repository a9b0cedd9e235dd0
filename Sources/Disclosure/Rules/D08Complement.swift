/// D08, complementary withholding: when a part of a published total is withheld, more parts have to be, or the total
/// less the others gives it away.
public enum D08Complement {
    /// Which further cells have to be withheld so that none of those in `primary` can be told within p percent.
    ///
    /// - Parameters:
    ///   - cells: what each cell holds; not negative.
    ///   - sums: the places of the cells in each published total.
    ///   - primary: cells that are withheld for reasons of their own.
    ///   - p: percent of a cell that its interval must leave open on either side.
    /// - Returns: nil when no cells are left to withhold: then a total has to be.
    /// - Complexity: two linear programs for each cell of `primary` and each that is added. Smallest cells are taken
    ///   first: not always the fewest that would do.
    public static func complement(
        cells: [Double],
        sums: [[Int]],
        primary: Set<Int>,
        p: Double
    ) -> Set<Int>? {
        var withheld = primary
        while true {
            // A total with one withheld cell gives it away; then what the solver finds still too narrow.
            let bare = sums.first { sum in sum.count { withheld.contains($0) } == 1 }
            let open = primary.sorted().first { !isProtected($0, cells, sums, withheld, p) }
            guard let open else { return withheld.subtracting(primary) }
            let beside = (bare ?? sums.filter { $0.contains(open) }.flatMap { $0 }).filter {
                !withheld.contains($0)
            }
            // What tells nothing protects nothing: empty cells come last.
            let next = beside.min {
                (cells[$0] == 0 ? 1 : 0, cells[$0], $0) < (cells[$1] == 0 ? 1 : 0, cells[$1], $1)
            }
            guard let next else { return nil }
            withheld.insert(next)
        }
    }

    /// Whether a withheld cell stays open by p percent on either side.
    static func isProtected(
        _ cell: Int,
        _ cells: [Double],
        _ sums: [[Int]],
        _ withheld: Set<Int>,
        _ p: Double
    ) -> Bool {
        guard let range = range(of: cell, cells, sums, withheld) else { return false }
        let protection = p * cells[cell]
        return 100 * (cells[cell] - range.low) >= protection && 100 * (range.high - cells[cell]) >= protection
    }

    /// What a reader of the table can tell of a withheld cell.
    static func range(
        of cell: Int,
        _ cells: [Double],
        _ sums: [[Int]],
        _ withheld: Set<Int>
    ) -> ValueInterval? {
        let unknown = withheld.sorted()
        guard let place = unknown.firstIndex(of: cell) else { return nil }
        var system = SumSystem(count: unknown.count)
        for sum in sums {
            let places = unknown.indices.filter { sum.contains(unknown[$0]) }
            guard !places.isEmpty else { continue }
            system.add(places, ValueInterval(places.reduce(0) { $0 + cells[unknown[$1]] }))
        }
        return system.range(of: place)
    }
}
