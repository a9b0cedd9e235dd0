/// S19, every contributor consents: each firm in a pooled grant has an active agreement of its own with the hub that
/// gives it the measure and the products for pooling.
enum S19Consent: StaticRule {
    static let id = DisclosureRule.s19

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        guard let consents = book.book.consents else { return }
        var given: Set<Consent> = []
        for agreement in consents where agreement.status == .active {
            if let now = book.book.now, !agreement.validity.contains(now) { continue }
            for grant in agreement.grants {
                for product in book.book.leaves(of: grant.products) {
                    given.insert(
                        Consent(
                            firm: agreement.provider.id,
                            hub: agreement.recipient.id,
                            measure: grant.measure,
                            product: product
                        )
                    )
                }
            }
        }
        for line in book.lines where line.grant.kind == .consortium {
            let products = book.book.leaves(of: line.grant.products)
            for firm in line.grant.contributors {
                let missing = products.filter { product in
                    let consent = Consent(
                        firm: firm,
                        hub: line.agreement.provider.id,
                        measure: line.grant.measure,
                        product: product
                    )
                    return !given.contains(consent)
                }
                guard let product = missing.min() else { continue }
                let message =
                    "\(firm) has no active agreement with \(line.agreement.provider.id) that gives it "
                    + "\(line.grant.measure.rawValue) of \(product): ask for one, or leave the firm out"
                found.add(line.agreement, line.grant, ["contributors"], message)
            }
        }
    }

    private struct Consent: Hashable {
        let firm: String
        let hub: String
        let measure: Measure
        let product: String
    }
}
