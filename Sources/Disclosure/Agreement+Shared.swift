extension Agreement {
    /// What a well-formed agreement asks for that this gateway does not do yet, in the order of its members.
    ///
    /// An active agreement with any of it must not be taken: a clause that is read and then ignored lets out more, or
    /// something else, than both sides wrote down. Drafts may say anything.
    public func unshared() -> [AgreementFault] {
        var found = FaultList()
        found.check(
            revocation.noticeSeconds == 0,
            ["revocation", "noticeSeconds"],
            "a notice is not kept yet: a revoked agreement ends at once; leave the key out"
        )
        found.check(emergency == nil, ["emergency"], "is not shared yet: leave the key out")
        for (index, grant) in grants.enumerated() {
            found.grant = index
            grant.unshared(into: &found)
        }
        return found.list
    }
}

extension Measure {
    /// How a bucket of this measure may become one value.
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
        let expected = measure.aggregates
        found.check(
            expected.contains(aggregate),
            ["aggregate"],
            "\(aggregate.rawValue) of measure \(measure.rawValue) is not shared: "
                + "expected \(expected.map(\.rawValue).joined(separator: ", "))"
        )
        found.check(
            kind == .own,
            ["kind"],
            "\(kind.rawValue) is not shared yet: values are the provider's own, expected own"
        )
        found.check(contributors.isEmpty, ["contributors"], "are not pooled yet: leave the key out")
        found.check(
            cadence == .clock,
            ["cadence"],
            "\(cadence.rawValue) is not shared yet: expected clock"
        )
        found.check(
            disclosure == DisclosureLimits(),
            ["disclosure"],
            "is not held yet: its thresholds are for pooled values; leave the key out"
        )
        found.check(historyBuckets == 0, ["historyBuckets"], "is not shared yet: leave the key out")
    }
}
