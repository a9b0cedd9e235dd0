extension Agreement {
    /// In the place of a grant, for what is told of the emergency clause itself.
    public static let emergencyGrant = "emergency"
    /// In the place of a grant, for what is told of the end of the agreement before it comes.
    public static let noticeGrant = "notice"

    /// What of it is told to the recipient beside its grants, each in the place of one.
    public var announcements: [String] {
        (emergency == nil ? [] : [Agreement.emergencyGrant])
            + (revocation.noticeSeconds == 0 ? [] : [Agreement.noticeGrant])
    }

    /// What a well-formed agreement asks for that this gateway does not do yet, in the order of its members.
    ///
    /// An active agreement with any of it must not be taken: a clause that is read and then ignored lets out more, or
    /// something else, than both sides wrote down. Drafts may say anything.
    public func unshared() -> [AgreementFault] {
        var found = FaultList()
        for (index, grant) in grants.enumerated() {
            found.grant = index
            found.check(
                !announcements.contains(grant.id),
                ["id"],
                "\(grant.id) is where the recipient is told of that clause of the agreement: take another"
            )
            grant.unshared(into: &found)
        }
        return found.list
    }
}

extension Measure {
    /// How a bucket of this measure may become one value; empty for a measure that is not shared yet.
    func aggregates(_ kind: GrantKind) -> [Aggregate] {
        switch kind {
        case .own: aggregates
        case .consortium: pooledAggregates
        }
    }

    /// How the values of several firms may become one: a sum of days or of percents would mean nothing.
    private var pooledAggregates: [Aggregate] {
        switch self {
        case .stock, .output, .energy, .plannedOutput, .capacityFree: [.sum, .mean, .count]
        case .daysOfSupply, .oee: [.mean, .count]
        case .status, .process: []
        }
    }

    /// How a bucket of one's own values may become one value.
    public var aggregates: [Aggregate] {
        switch self {
        case .stock, .status, .daysOfSupply, .plannedOutput, .capacityFree: [.last]
        case .output, .energy: [.sum]
        case .oee: [.mean]
        case .process: Aggregate.allCases
        }
    }
}

extension Grant {
    fileprivate func unshared(into found: inout FaultList) {
        let expected = measure.aggregates(kind)
        if !expected.isEmpty {
            let words = expected.map(\.rawValue).joined(separator: ", ")
            found.check(
                expected.contains(aggregate),
                ["aggregate"],
                "\(aggregate.rawValue) of measure \(measure.rawValue) is not shared: expected \(words)"
            )
        } else {
            let shared = Measure.allCases.filter { !$0.aggregates(kind).isEmpty }.map(\.rawValue)
            found.add(
                ["measure"],
                "\(measure.rawValue) is not shared yet: expected \(shared.joined(separator: ", "))"
            )
        }
        found.check(
            kind == .consortium || disclosure == DisclosureLimits(),
            ["disclosure"],
            "goes with kind consortium alone: its thresholds are for pooled values"
        )
        found.check(
            kind == .own || formats == [.tsunagi],
            ["formats"],
            "of pooled values are tsunagi alone: leave the key out"
        )
        found.check(
            kind == .own || historyBuckets == 0,
            ["historyBuckets"],
            "goes with kind own alone: what members told of the past is not kept"
        )
    }
}
