/// A value after its agreement's precision has been applied: what a partner may know.
public enum Obscured: Hashable, Sendable {
    case number(Double)
    /// A state's name; precision does not apply to it.
    case text(String)
    /// `[low, high)`; nil stands for no bound on that side.
    case band(low: Double?, high: Double?)
}

extension Precision {
    /// The value as this precision lets it be seen.
    ///
    /// Rounding goes to the nearest multiple of the base, halves up, so that a stock of 5 rounded to tens reads 10,
    /// and one of −5 reads 0. A function of the value and of nothing else (D12): whoever sees it a thousand times
    /// knows no more than at the first.
    /// - Parameter value: finite.
    public func obscure(_ value: Double) -> Obscured {
        precondition(value.isFinite, "only finite values can be shared")
        switch self {
        case .exact:
            return .number(value)
        case .round(let base):
            let steps = value / base + 0.5
            // 0.35 / 0.1 comes to a little less than 3.5, which it is meant to be.
            let rounded = (steps + 4 * steps.ulp).rounded(.down) * base
            // A value so large that it has no digits left to round.
            return .number(rounded.isFinite ? tidy(rounded) : value)
        case .band(let edges):
            let above = edges.firstIndex { value < $0 } ?? edges.count
            return .band(
                low: above == 0 ? nil : edges[above - 1],
                high: above == edges.count ? nil : edges[above]
            )
        }
    }

    /// Three tenths, not 0.30000000000000004; and no minus zero: to a partner nothing is nothing.
    private func tidy(_ value: Double) -> Double {
        let scaled = value * 1_000_000_000
        let tidied = scaled.magnitude < 9_007_199_254_740_992 ? scaled.rounded() / 1_000_000_000 : value
        return tidied == 0 ? 0 : tidied
    }
}
