/// S09, no differencing between sets: what one coalition gets of one measure and product must not come to a few firms
/// when it is subtracted, nor to one firm when it is combined in any way.
///
/// A mean counts as the sum over its set. Lattices that fit into each other (S10) count as one: at the end of a day
/// the hour's stock is the day's.
enum S09Differencing: StaticRule {
    static let id = DisclosureRule.s09

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for (subject, places) in book.shared where subject.kind == .consortium {
            var seen: [Set<String>: GrantBook.Line] = [:]
            var order: [Set<String>] = []
            for place in places {
                let line = book.lines[place]
                let set = Set(line.grant.contributors)
                if seen.updateValue(line, forKey: set) == nil { order.append(set) }
            }
            guard order.count > 1, let first = seen[order[0]] else { continue }
            let lines = order.compactMap { seen[$0] }
            let coalition = first.coalition
            for (left, right) in ContributorSets(order, coalition).tooClose(lines.map(\.floor)) {
                let line = lines[right]
                let message =
                    "differs from that of \(lines[left].name) by fewer than "
                    + "\(max(line.floor, lines[left].floor)) firms, and who gets both can subtract: "
                    + "make the sets equal or further apart"
                found.add(line.agreement, line.grant, ["contributors"], message)
            }
            for firm in ContributorSets(order, coalition).isolated.sorted() {
                let line = lines[lines.count - 1]
                let message =
                    "together with \(lines.dropLast().map(\.name).joined(separator: ", ")) comes to the "
                    + "value of \(firm) alone: leave one of them out"
                found.add(line.agreement, line.grant, ["contributors"], message)
            }
        }
    }
}
