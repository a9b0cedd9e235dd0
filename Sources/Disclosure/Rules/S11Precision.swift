/// S11, one precision per series: of two grants one is the coarser form of the other, so that both together tell no
/// more than the finer one, which is allowed by itself.
enum S11Precision: StaticRule {
    static let id = DisclosureRule.s11

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        book.pairs(alike: { $0.grant.precision }) { subject, left, right in
            guard !left.grant.precision.nests(right.grant.precision) else { return }
            let message =
                "cuts \(subject.product) at other places than \(left.name) does, and both together tell "
                + "more than either: use the same edges, or leave some out of one"
            found.add(right.agreement, right.grant, ["precision"], message)
        }
    }
}

extension Precision {
    /// Whether one of two precisions is the other with some of its edges left out.
    ///
    /// Rounding to a base cuts in the middle between its multiples, so 50 and 100 do not nest, 50 and 150 do.
    public func nests(_ other: Precision) -> Bool {
        switch (self, other) {
        case (.exact, _), (_, .exact):
            return true
        case (.band(let left), .band(let right)):
            return Set(left).isSubset(of: right) || Set(right).isSubset(of: left)
        case (.round(let left), .round(let right)):
            return isOddWhole(max(left, right) / min(left, right))
        case (.band(let edges), .round(let base)), (.round(let base), .band(let edges)):
            return edges.allSatisfy { isOddWhole($0 / base * 2) }
        }
    }

    private func isOddWhole(_ ratio: Double) -> Bool {
        ratio == ratio.rounded() && ratio.truncatingRemainder(dividingBy: 2) != 0
    }
}
