/// S15, regional products do not add up: a total, and parts of it by site, leave the rest to be subtracted.
///
/// What stands in the rest must be enough firms to be released by itself.
enum S15Regions: StaticRule {
    static let id = DisclosureRule.s15

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for (subject, places) in book.shared where subject.kind == .consortium {
            let sites = places.map { book.book.leaves(of: book.lines[$0].grant.sites) }
            for (total, whole) in sites.enumerated() {
                for other in sites.indices.dropFirst(total + 1) where sites[other].overlaps(whole) {
                    let line = book.lines[places[other]]
                    let message =
                        "overlap with those of \(book.lines[places[total]].name), and who gets both can subtract: "
                        + "use the same sites, or others"
                    found.add(line.agreement, line.grant, ["sites"], message)
                }
                // The parts of a total that are released, all together: what they leave is the complement.
                let parts = sites.indices.filter { sites[$0].isStrictSubset(of: whole) }
                guard !parts.isEmpty else { continue }
                var rests = parts.map { whole.subtracting(sites[$0]) }
                let covered = parts.reduce(into: Set<String>()) { $0.formUnion(sites[$1]) }
                if covered != whole { rests.append(whole.subtracting(covered)) }
                for rest in Set(rests) {
                    check(rest, subject, book.lines[places[total]], book.book, &found)
                }
            }
        }
    }

    private static func check(
        _ rest: Set<String>,
        _ subject: GrantBook.Subject,
        _ line: GrantBook.Line,
        _ book: AgreementBook,
        _ found: inout Refusals
    ) {
        let names = rest.sorted().joined(separator: ", ")
        guard let sitesOfParty = book.sitesOfParty else {
            let message =
                "is a total of which parts are released as well, and which firms stand at \(names) is not "
                + "known: tell it, or release either the total or the parts"
            found.add(line.agreement, line.grant, ["sites"], message)
            return
        }
        let firms = line.outsiders.filter { sitesOfParty[$0]?.isDisjoint(with: rest) == false }
        guard !firms.isEmpty, firms.count < line.floor else { return }
        let message =
            "leaves \(firms.count) firms at \(names) when the parts of \(subject.product) are subtracted: "
            + "expected \(line.floor) or more"
        found.add(line.agreement, line.grant, ["sites"], message)
    }
}

extension Set<String> {
    /// Whether two sets share something, and each has something of its own.
    fileprivate func overlaps(_ other: Set<String>) -> Bool {
        !isDisjoint(with: other) && !isSubset(of: other) && !isSuperset(of: other)
    }
}
