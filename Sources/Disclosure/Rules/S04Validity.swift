import Readings

/// S04, bounded validity: it begins before it ends, lasts a year at most, and is not over.
enum S04Validity: StaticRule {
    static let id = DisclosureRule.s04

    /// A leap year.
    static let lengthMaxMs: Int64 = 366 * 86_400_000

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for agreement in book.book.active {
            let validity = agreement.validity
            guard validity.notBefore < validity.notAfter else {
                found.add(
                    agreement,
                    nil,
                    ["validity"],
                    "ends before it begins: notBefore must lie before notAfter"
                )
                continue
            }
            if validity.notAfter.msSince(validity.notBefore) > lengthMaxMs {
                let message = "is longer than 366 days: end it earlier, and renew it each year"
                found.add(agreement, nil, ["validity"], message)
            }
            if let now = book.book.now, now >= validity.notAfter {
                let message = "ended at \(validity.notAfter.iso8601): renew it, or set status: suspended"
                found.add(agreement, nil, ["validity", "notAfter"], message)
            }
        }
    }
}
