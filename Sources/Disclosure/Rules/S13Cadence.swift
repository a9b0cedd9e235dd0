/// S13, clock cadence for anything obscured: that a release comes at all tells that a value crossed an edge.
enum S13Cadence: StaticRule {
    static let id = DisclosureRule.s13

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines where line.grant.cadence == .onChange {
            let grant = line.grant
            guard grant.precision != .exact || grant.kind != .own || grant.delay != .zero else { continue }
            let message =
                "onChange tells when a value crosses an edge: expected clock, "
                + "or exact own values without delay"
            found.add(line.agreement, grant, ["cadence"], message)
        }
    }
}
