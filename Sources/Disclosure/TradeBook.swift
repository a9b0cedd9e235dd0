/// The numbers by which partners' systems know a gateway's items and sites.
///
/// Each stays at home unless a grant's form asks for it; see ``Agreement/unsaid(_:)``.
public struct TradeBook: Hashable, Sendable {
    /// The numbers of one item.
    public struct Item: Hashable, Sendable {
        /// Its GTIN, 8, 12, 13 or 14 digits.
        public var gtin: String?
        /// In place of a GTIN, the URI of its class.
        public var epcClass: String?
        /// The UUID of the supplier's part type, as Catena-X has it; for every partner that has none of its own.
        public var material: String?
        /// The same by a partner's id.
        public var materialOfPartner: [String: String] = [:]

        /// An item without numbers.
        public init() {}

        /// The UUID by which a partner knows it, lower-case.
        public func material(for partner: String) -> String? {
            (materialOfPartner[partner] ?? material)?.lowercased()
        }

        /// The URI of its class: a GS1 Digital Link of its GTIN, or what was written in its place.
        public var classURI: String? {
            guard let gtin else { return epcClass }
            return "https://id.gs1.org/01/" + String(repeating: "0", count: max(0, 14 - gtin.utf8.count))
                + gtin
        }
    }

    /// The numbers of one site.
    public struct Site: Hashable, Sendable {
        /// Business partner number of the site, `BPNS` and 12 letters or digits.
        public var bpns: String?
        /// Business partner number of its address, `BPNA` and 12 letters or digits.
        public var bpna: String?
        /// Its global location number, 13 digits.
        public var gln: String?
        /// In place of a GLN, its URI.
        public var location: String?

        /// A site without numbers.
        public init() {}

        /// Its URI: a GS1 Digital Link of its GLN, or what was written in its place.
        public var locationURI: String? { gln.map { "https://id.gs1.org/414/\($0)" } ?? location }
    }

    /// By the item's name in the readings.
    public var items: [String: Item] = [:]
    /// By the site's name in the readings.
    public var sites: [String: Site] = [:]

    /// A book with nothing in it.
    public init() {}
}
