/// S16, purpose fits measure: what a purpose has no need of does not leave for it.
enum S16Purpose: StaticRule {
    static let id = DisclosureRule.s16

    static func check(_ book: GrantBook, _ found: inout Refusals) {
        for line in book.lines {
            let allowed = line.agreement.purpose.measures
            guard !allowed.contains(line.grant.measure) else { continue }
            let words = Measure.allCases.filter(allowed.contains).map(\.rawValue).joined(separator: ", ")
            let message =
                "\(line.grant.measure.rawValue) does not serve \(line.agreement.purpose.rawValue): "
                + "expected \(words)"
            found.add(line.agreement, line.grant, ["measure"], message)
        }
    }
}

extension Purpose {
    /// What may leave for it.
    public var measures: Set<Measure> {
        switch self {
        case .supplyAssurance, .logisticsPlanning: [.stock, .daysOfSupply, .plannedOutput, .output, .status]
        case .capacityMatching: [.capacityFree, .plannedOutput, .status]
        case .disasterResponse:
            [.stock, .daysOfSupply, .plannedOutput, .capacityFree, .output, .status]
        case .qualityTraceability: [.process, .output, .status]
        case .carbonReporting: [.energy, .output]
        case .publicStatistics: [.stock, .daysOfSupply, .capacityFree, .output, .energy]
        case .maintenance: [.status, .oee, .process, .energy]
        }
    }
}
