/// S02, identities check out: corporate numbers by their check digit. Partner numbers and trade item numbers that fail
/// theirs are only warned of: many in use do.
enum S02Identities: StaticRule {
    static let id = DisclosureRule.s02

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for agreement in book.book.active {
            check(agreement.provider, "provider", agreement, &found)
            check(agreement.recipient, "recipient", agreement, &found)
            for grant in agreement.grants {
                for product in grant.products where isGTIN(product) && !Identifier.gtin.accepts(product) {
                    let message =
                        "\(product) looks like a GTIN, but its check digit is wrong; is a digit mistyped?"
                    found.add(agreement, grant, ["products"], message, weight: .warning)
                }
            }
        }
    }

    private static func check(
        _ party: Party,
        _ side: String,
        _ agreement: Agreement,
        _ found: inout Refusals
    ) {
        if let houjin = party.houjin, !Identifier.houjin.accepts(houjin) {
            let message =
                "\(houjin) is no corporate number: its check digit is wrong; look it up at the tax agency"
            found.add(agreement, nil, [side, "houjin"], message)
        }
        if let bpnl = party.bpnl, !Identifier.bpnChecksum.accepts(bpnl) {
            let message =
                "\(bpnl) fails its check characters, as many in use do; make sure it is the partner's"
            found.add(agreement, nil, [side, "bpnl"], message, weight: .warning)
        }
    }

    private static func isGTIN(_ text: String) -> Bool {
        (13...14).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}
