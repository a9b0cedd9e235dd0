/// S19, every contributor consents: each firm in a pooled grant has an active agreement of its own with the hub that
/// gives it the measure and the products for pooling.
///
/// Asked again for every release: a firm whose agreement is over does not count, see ``Consents``.
enum S19Consent: StaticRule {
    static let id = DisclosureRule.s19

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        guard let consents = book.book.consents else { return warn(book, &found) }
        let fitting = Consents(consents)
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
                guard let product = missing.min() else {
                    check(firm, line, products, fitting, &found)
                    continue
                }
                let message =
                    "\(firm) has no active agreement with \(line.agreement.provider.id) that gives it "
                    + "\(line.grant.measure.rawValue) of \(product): ask for one, or leave the firm out"
                found.add(line.agreement, line.grant, ["contributors"], message)
            }
        }
    }

    /// What is given may still be of no use for a sum: then it is never part of it.
    private static func check(
        _ firm: String,
        _ line: GrantBook.Line,
        _ products: Set<String>,
        _ consents: Consents,
        _ found: inout Refusals
    ) {
        for product in products.sorted() {
            let misfit = consents.misfit(
                of: firm,
                to: line.agreement.provider.id,
                for: line.grant,
                product: product
            )
            guard let misfit else { continue }
            let message = "holds \(firm), which will never count: \(misfit)"
            found.add(line.agreement, line.grant, ["contributors"], message, weight: .warning)
            return
        }
    }

    private static func warn(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines where line.grant.kind == .consortium {
            let message =
                "are pooled without a consent that is known, and all of it stays withheld: name the folder of the"
                + " members' agreements as consents:"
            found.add(line.agreement, line.grant, ["contributors"], message, weight: .warning)
        }
    }

    private struct Consent: Hashable {
        let firm: String
        let hub: String
        let measure: Measure
        let product: String
    }
}
