/// S14, no bands finer than a lot: who sees each lot come and go sees the orders behind it.
enum S14Lots: StaticRule {
    static let id = DisclosureRule.s14

    /// So many lots are in the narrowest step.
    static let lotsMin = 2.0

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines {
            guard line.grant.measure == .stock,
                let step = line.grant.precision.narrowestStep
            else { continue }
            let unknown = line.grant.products.filter { book.book.typicalLots[$0] == nil }
            if !unknown.isEmpty {
                let message =
                    "steps of \(step) are not compared with lots: none is known of "
                    + "\(unknown.joined(separator: ", ")); say lot: under items:"
                found.add(line.agreement, line.grant, ["precision"], message, weight: .warning)
            }
            for product in line.grant.products {
                guard let lot = book.book.typicalLots[product], step < lotsMin * lot else { continue }
                let message =
                    "steps of \(step) show single lots of \(product) (\(lot)): expected \(lotsMin * lot) or more"
                found.add(line.agreement, line.grant, ["precision"], message)
            }
        }
    }
}

extension Precision {
    /// The least distance between two edges; nil where there is none.
    var narrowestStep: Double? {
        switch self {
        case .exact: nil
        case .round(let base): base
        case .band(let edges): zip(edges, edges.dropFirst()).map { $1 - $0 }.min()
        }
    }
}
