/// S17, topic and access are generated: partner, agreement and grant are one topic level each, so that what is
/// generated from them can neither widen nor leave its place.
enum S17Topics: StaticRule {
    static let id = DisclosureRule.s17

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines where !isLevel(line.grant.id) {
            found.add(line.agreement, line.grant, ["id"], "\"\(line.grant.id)\" cannot be a level of a topic")
        }
        for agreement in book.book.active {
            for (member, id) in [("id", agreement.id), ("recipient", agreement.recipient.id)]
            where !isLevel(id) {
                found.add(agreement, nil, [member], "\"\(id)\" cannot be a level of a topic")
            }
        }
    }

    /// 1 to 64 of `[a-z0-9-]`.
    static func isLevel(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 0x2D }
    }
}
