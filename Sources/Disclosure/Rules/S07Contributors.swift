/// S07, enough contributors: the floor is at least 3 firms, and counts none that the recipient speaks with.
enum S07Contributors: StaticRule {
    static let id = DisclosureRule.s07

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines where line.grant.kind == .consortium {
            let named = line.grant.disclosure.minContributors ?? 0
            if named < DisclosureLimits.contributorsMin {
                let message = "needs minContributors of \(DisclosureLimits.contributorsMin) or more"
                found.add(line.agreement, line.grant, ["disclosure"], message)
            }
            guard line.outsiders.count < line.floor, !line.grant.contributors.isEmpty else { continue }
            let own = line.grant.contributors.count - line.outsiders.count
            let message =
                "holds \(line.outsiders.count) firms"
                + (own > 0 ? " beside \(own) of the recipient's own coalition" : "")
                + ": expected \(line.floor) or more"
            found.add(line.agreement, line.grant, ["contributors"], message)
        }
    }
}
