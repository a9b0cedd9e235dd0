/// S03, nothing dangling: every product, site and firm is named in full, and is one that the gateway knows of.
enum S03Names: StaticRule {
    static let id = DisclosureRule.s03

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        let known = book.book
        for line in book.lines {
            let grant = line.grant
            check(grant.products, "products", known.products, line, &found, known)
            check(grant.sites, "sites", known.sites, line, &found, known)
            check(grant.contributors, "contributors", known.parties, line, &found, known)
            if grant.kind == .consortium, grant.contributors.isEmpty {
                found.add(
                    line.agreement,
                    grant,
                    ["contributors"],
                    "is empty: name the firms whose values are pooled"
                )
            }
            if grant.kind == .own, !grant.contributors.isEmpty {
                let message = "goes with kind consortium alone: own values are the provider's"
                found.add(line.agreement, grant, ["contributors"], message)
            }
        }
        for agreement in known.active {
            check(agreement.recipient.colludesWith, agreement, &found, known)
        }
    }

    private static func check(
        _ names: [String],
        _ member: String,
        _ there: Set<String>?,
        _ line: GrantBook.Line,
        _ found: inout Refusals,
        _ book: AgreementBook
    ) {
        for name in names {
            if isWild(name) {
                let message = "\"\(name)\" is no name: name each one, so that nothing new leaves by itself"
                found.add(line.agreement, line.grant, [member], message)
            } else if let there, !there.contains(name), book.parts[name] == nil {
                found.add(
                    line.agreement,
                    line.grant,
                    [member],
                    "\"\(name)\" is not known here; is it mistyped?"
                )
            }
        }
    }

    private static func check(
        _ others: [String],
        _ agreement: Agreement,
        _ found: inout Refusals,
        _ book: AgreementBook
    ) {
        for other in others where isWild(other) || book.parties?.contains(other) == false {
            let message = "\"\(other)\" is not known here; is it mistyped?"
            found.add(agreement, nil, ["recipient", "colludesWith"], message)
        }
    }

    /// Empty, or with a wildcard of topics, shells or patterns in it.
    static func isWild(_ name: String) -> Bool {
        name.utf8.allSatisfy { $0 == 0x20 } || name.utf8.contains { "*+#?".utf8.contains($0) || $0 < 0x20 }
    }
}
