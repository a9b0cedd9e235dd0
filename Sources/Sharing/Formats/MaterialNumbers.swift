import Disclosure
import Readings

/// What the documents of Catena-X have in common: one material, and its sites by their numbers.
struct MaterialNumbers: Sendable {
    /// `urn:uuid:…`, the supplier's part type, whoever tells of it.
    let globalAssetID: String
    /// `OUTBOUND` where a supplier tells a customer, `INBOUND` where a customer tells a supplier.
    let direction: String
    let clock: PlantClock
    private let sites: [String: TradeBook.Site]

    /// - Returns: nil for a grant that ``Agreement/unsaid(_:)`` complains of.
    init?(_ agreement: Agreement, _ grant: Grant, _ trade: TradeBook, _ clock: PlantClock) {
        let partner = agreement.recipient
        guard grant.products.count == 1, let product = grant.products.first,
            let material = trade.items[product]?.material(for: partner.id),
            partner.relationship == .customer || partner.relationship == .supplier
        else { return nil }
        let needsAddress = grant.measure != .plannedOutput
        for site in grant.sites {
            guard let numbers = trade.sites[site], numbers.bpns != nil,
                numbers.bpna != nil || !needsAddress
            else { return nil }
        }
        globalAssetID = "urn:uuid:\(material)"
        direction = partner.relationship == .customer ? "OUTBOUND" : "INBOUND"
        sites = trade.sites
        self.clock = clock
    }

    /// The number of a site of the grant.
    func bpns(_ site: String) -> String { sites[site]?.bpns ?? "" }

    /// The number of the address of a site of the grant.
    func bpna(_ site: String) -> String { sites[site]?.bpna ?? "" }

    /// When the partner's systems are to take a release as of: the bucket's end, never the moment of a reading.
    func updated(_ release: Release) -> String { clock.stamp(release.bucketEnd) }

    /// A quantity in one of the units that Catena-X has: not negative, and whole where it is counted.
    static func quantity(_ value: Release.Value) -> Saying {
        guard case .number(let number) = value.value else { return .unsaid("it is no number") }
        guard let unit = TradeUnits.all[value.unit], let name = unit.catenax else {
            return .unsaid("unit \"\(value.unit)\" has no name in Catena-X: convert it with to: in its rule")
        }
        return TradeUnits.amount(number * unit.factor, isCount: unit.isCount).map(in: value, unit: name)
    }
}
