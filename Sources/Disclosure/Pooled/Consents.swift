public import Readings

/// What the members of a hub let it pool: their own agreements with it.
///
/// A hub knows nothing of its members but what they release to it under these. Pooled values are never pooled again:
/// only a grant of a member's own values is a consent, so a reading passes one hub and no more.
public struct Consents: Hashable, Sendable {
    /// A grant under which a member's values come in.
    public struct Source: Hashable, Sendable {
        /// The member's agreement with the hub.
        public var agreement: String
        /// Its grant.
        public var grant: String
        /// Those of the pooled grant's sites that are read from it.
        public var sites: [String]
    }

    private let agreements: [String: [Agreement]]

    /// - Parameter agreements: with members as providers; only active ones count.
    public init(_ agreements: [Agreement]) {
        let active = agreements.filter { $0.status == .active }.sorted { $0.id < $1.id }
        self.agreements = Dictionary(grouping: active) { $0.provider.id }
    }

    /// The grants under which a firm gives a hub what a pooled grant adds up, each site once.
    ///
    /// - Parameter bucketEnd: within the validity of the agreements that are named.
    /// - Returns: none when the firm does not consent, or not any more.
    public func sources(
        of firm: String,
        to hub: String,
        for pooled: Grant,
        product: String,
        bucketEnd: Instant
    ) -> [Source] {
        var found: [Source] = []
        var open = pooled.sites
        for agreement in agreements[firm] ?? []
        where agreement.recipient.id == hub && agreement.validity.contains(bucketEnd) {
            for grant in agreement.grants
            where grant.products.contains(product) && grant.misfit(pooled) == nil {
                let sites = open.filter(grant.sites.contains)
                guard !sites.isEmpty else { continue }
                open.removeAll(where: sites.contains)
                found.append(Source(agreement: agreement.id, grant: grant.id, sites: sites))
            }
        }
        return found
    }

    /// Why nothing that a firm gives a hub of a product can be added up by a pooled grant, though it gives something of
    /// the measure; nil when something can, or when it gives nothing.
    func misfit(of firm: String, to hub: String, for pooled: Grant, product: String) -> String? {
        var misfit: String?
        for agreement in agreements[firm] ?? [] where agreement.recipient.id == hub {
            for grant in agreement.grants
            where grant.measure == pooled.measure && grant.products.contains(product) {
                guard let found = grant.misfit(pooled) else { return nil }
                misfit = "\(agreement.id)/\(grant.id) \(found)"
            }
        }
        return misfit
    }
}

extension Grant {
    /// Why a pooled grant cannot add up what this one releases; nil when it can.
    func misfit(_ pooled: Grant) -> String? {
        guard kind == .own else { return "pools already" }
        guard measure == pooled.measure, metric == pooled.metric else { return "is of another measure" }
        // The stock at the end of an hour is the stock at the end of its last minute; a sum has to be the hour's.
        let fits = measure.isFlow ? bucket == pooled.bucket : pooled.bucket.widthMs % bucket.widthMs == 0
        guard fits, endsWith(pooled) else {
            return "has buckets of \(bucket.rawValue), which do not fit"
        }
        if case .band = precision { return "tells bands, which have no sum" }
        guard delay <= pooled.delay else {
            return "comes only after \(delay), later than it is to be released"
        }
        guard !Set(sites).isDisjoint(with: pooled.sites) else { return "is of other sites" }
        return nil
    }
}

extension Grant {
    /// Whether one of its buckets ends whenever one of the other grant does, which are as wide or wider.
    private func endsWith(_ other: Grant) -> Bool {
        guard !bucket.dependsOnZone, other.bucket.dependsOnZone else { return sharesLattice(with: other) }
        let zoneMs = Int64(Grant.offsetSeconds(ofZone: other.timezone ?? "UTC") ?? 0) * 1000
        return zoneMs % bucket.widthMs == 0
    }
}

extension Measure {
    /// Whether a bucket holds what came to pass in it, rather than how things stood at its end.
    public var isFlow: Bool {
        switch self {
        case .output, .energy, .plannedOutput: true
        case .stock, .daysOfSupply, .capacityFree, .status, .oee, .process: false
        }
    }
}

/// Where a hub's store keeps what its members released to it.
public enum MemberSeries {
    /// Metrics that begin so hold what others released: they leave pooled, or not at all.
    public static let prefix = "release/"

    /// The metric of a measure of a product.
    public static func metric(_ measure: Measure, product: String) -> String {
        "\(prefix)\(measure.rawValue)/\(product)"
    }
}
