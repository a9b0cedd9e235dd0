/// S12, one delay per series: if one coalition gets a series at once and again later, the later one delays nothing.
enum S12Delay: StaticRule {
    static let id = DisclosureRule.s12

    private struct Kind: Hashable {
        let delay: Period
        let contributors: Set<String>
    }

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        let kind = { (line: GrantBook.Line) in
            Kind(delay: line.grant.delay, contributors: Set(line.grant.contributors))
        }
        book.pairs(alike: kind) { subject, left, right in
            guard left.grant.delay != right.grant.delay,
                Set(left.grant.contributors) == Set(right.grant.contributors)
            else { return }
            let message =
                "differs from that of \(left.name), \(left.grant.delay), for \(subject.product): the longer "
                + "one delays nothing; use one"
            found.add(right.agreement, right.grant, ["delay"], message)
        }
    }
}
