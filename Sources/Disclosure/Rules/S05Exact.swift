/// S05, exact numbers only inside a supply relation: to a customer or a supplier, and of one's own.
enum S05Exact: StaticRule {
    static let id = DisclosureRule.s05

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines where line.grant.precision == .exact && line.grant.measure != .status {
            if line.grant.kind != .own {
                let message = "exact is for own values alone: round pooled ones, or put them in bands"
                found.add(line.agreement, line.grant, ["precision"], message)
            }
            let relationship = line.agreement.recipient.relationship
            guard relationship != .customer, relationship != .supplier else { continue }
            let who = relationship?.rawValue ?? "no relation"
            let message =
                "exact is for customers and suppliers, and \(line.agreement.recipient.id) is \(who): "
                + "round, or put the values in bands"
            found.add(line.agreement, line.grant, ["precision"], message)
        }
    }
}
