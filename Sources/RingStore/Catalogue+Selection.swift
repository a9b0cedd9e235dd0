internal import Readings
internal import Synchronization

/// Series by selector. The index follows the catalogue when it is asked: registering a series costs nothing for it,
/// opening a store neither, and the first question after many new series pays for them.
extension Catalogue {
    /// Series that are copied, or indexed, in one go.
    private static let pieceCount = 4096

    /// Hands out the selected ones of the first `count` series, in no order, some at a time.
    func select(_ selector: Selector, below count: Int, _ take: ([Series]) -> Void) {
        let found = find(selector, below: count)
        var machine = RegexMachine()
        for (ids, isSure) in [(found.sure, true), (found.unsure, false)] {
            var start = 0
            while start < ids.count {
                let end = min(ids.count, start + Catalogue.pieceCount)
                var piece = series(ids[start..<end])
                if !isSure { piece.removeAll { !selector.matches($0.key, with: &machine) } }
                take(piece)
                start = end
            }
        }
    }

    /// How many of the first `count` series are selected.
    func countSelected(_ selector: Selector, below count: Int) -> Int {
        let found = find(selector, below: count)
        var machine = RegexMachine()
        var sum = found.sure.count
        for start in stride(from: 0, to: found.unsure.count, by: Catalogue.pieceCount) {
            let end = min(found.unsure.count, start + Catalogue.pieceCount)
            for each in series(found.unsure[start..<end]) where selector.matches(each.key, with: &machine) {
                sum += 1
            }
        }
        return sum
    }

    private func find(_ selector: Selector, below count: Int) -> SeriesIndex.Found {
        follow(to: count)
        return index.withLock { index in
            switch selector.form {
            case .path(let glob): index.find(glob, below: count)
            case .labels(let matchers): index.find(matchers, below: count)
            }
        }
    }

    /// Brings the index up to `count` ids. One lock at a time: what somebody else added meanwhile is passed over, and
    /// what was copied before the index had to forget everything goes nowhere.
    private func follow(to count: Int) {
        var known = index.withLock { $0.place }
        while known.count < count {
            let piece = series(from: known.count, to: min(count, known.count + Catalogue.pieceCount))
            known = index.withLock { index in
                if index.place == known { index.add(piece) }
                return index.place
            }
        }
    }
}
