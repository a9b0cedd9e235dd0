/// S08, no extremes over firms: the least, the greatest or the last of several is a single firm's.
enum S08Extremes: StaticRule {
    static let id = DisclosureRule.s08

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines where line.grant.kind == .consortium {
            switch line.grant.aggregate {
            case .sum, .count, .mean: continue
            case .last, .min, .max:
                let message =
                    "\(line.grant.aggregate.rawValue) over firms is one firm's value: "
                    + "expected sum, count or mean"
                found.add(line.agreement, line.grant, ["aggregate"], message)
            }
        }
    }
}
