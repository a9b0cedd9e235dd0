/// S18, disaster mode ends by itself: two approvers or more, and two weeks at most.
enum S18Emergency: StaticRule {
    static let id = DisclosureRule.s18

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for agreement in book.book.active {
            guard let emergency = agreement.emergency else { continue }
            if emergency.approvers < Emergency.approversMin {
                let message = "\(emergency.approvers) is too few: expected \(Emergency.approversMin) or more"
                found.add(agreement, nil, ["emergency", "approvers"], message)
            }
            if emergency.maxDuration > Emergency.durationMax || emergency.maxDuration == .zero {
                let message = "\(emergency.maxDuration) must be above PT0S, and P14D at most"
                found.add(agreement, nil, ["emergency", "maxDuration"], message)
            }
        }
    }
}
