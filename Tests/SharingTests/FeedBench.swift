import Disclosure
import Readings
import Sharing

/// Grants of every form, with the numbers of the trade they need, and releases of many shapes.
struct FeedBench {
    var agreement: Agreement
    var trade = FeedBench.trade
    /// How far the plant's clocks are ahead of UTC.
    var offsetSeconds = 32_400

    static let material = "7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10"
    /// 2025-12-01T00:00:00Z.
    static let noon = Instant(milliseconds: 1_764_547_200_000)

    static let trade: TradeBook = {
        var trade = TradeBook()
        trade.items["ボルト-M8"] = TradeBook.Item()
        trade.items["ボルト-M8"]?.gtin = "4900000000016"
        trade.items["ボルト-M8"]?.material = material.uppercased()
        trade.items["ナット \"M8\""] = TradeBook.Item()
        trade.items["ナット \"M8\""]?.epcClass = "urn:example:class:nut-m8"
        trade.items["ナット \"M8\""]?.materialOfPartner = ["buyer-1": "0b6f3d2e-77a1-4d0c-9a52-1c4e8f6a9b33"]
        trade.sites["ota"] = TradeBook.Site()
        trade.sites["ota"]?.bpns = "BPNS0000000000WN"
        trade.sites["ota"]?.bpna = "BPNA00000000009W"
        trade.sites["ota"]?.gln = "4900000000009"
        trade.sites["神戸"] = TradeBook.Site()
        trade.sites["神戸"]?.bpns = "BPNS000000000001"
        trade.sites["神戸"]?.bpna = "BPNA000000000002"
        trade.sites["神戸"]?.location = "https://example.com/places/kobe"
        return trade
    }()

    init(
        _ form: FeedForm,
        _ measure: Measure,
        _ mode: EventMode? = nil,
        products: [String] = ["ボルト-M8"],
        sites: [String] = ["ota"],
        aggregate: Aggregate? = nil,
        precision: Precision = .exact,
        relationship: Relationship = .customer,
        bucket: BucketWidth = .quarterHour,
        delay: Period = .zero
    ) {
        let grant = Grant(
            id: "g-1",
            measure: measure,
            products: products,
            sites: sites,
            metric: measure == .process ? "temperature" : nil,
            kind: .own,
            aggregate: aggregate ?? measure.aggregates[0],
            bucket: bucket,
            delay: delay,
            precision: precision,
            cadence: .clock,
            formats: [form],
            cloudEvents: mode
        )
        agreement = Agreement(
            id: "agr-1",
            version: 1,
            status: .active,
            provider: Party(id: "maker-1", name: "大田の工場"),
            recipient: Party(id: "buyer-1", relationship: relationship),
            purpose: .supplyAssurance,
            validity: Validity(notBefore: .distantPast, notAfter: .distantFuture),
            grants: [grant]
        )
    }

    var grant: Grant { agreement.grants[0] }

    /// Nil for a grant whose form lacks something.
    var shape: FeedShape? {
        FeedShape(agreement, grant, trade: trade) { [offsetSeconds] _ in offsetSeconds }
    }

    /// A value of each product at each site, unobscured ones in turn.
    func values(_ numbers: [Double], unit: String, quality: Quality = .good) -> [Release.Value] {
        var values: [Release.Value] = []
        for product in grant.products {
            for site in grant.sites where !numbers.isEmpty {
                let number = numbers[values.count % numbers.count]
                values.append(
                    Release.Value(
                        product: product,
                        site: site,
                        value: grant.precision.obscure(number),
                        unit: unit,
                        completion: grant.measure == .plannedOutput
                            ? FeedBench.noon.advanced(byMs: 172_800_000) : nil,
                        ageBuckets: 2,
                        quality: quality
                    )
                )
            }
        }
        return values
    }

    /// What is published of some values at an instant, and why values are missing from it.
    ///
    /// - Parameter shape: the grant's, for who has it already.
    func published(_ values: [Release.Value], at start: Instant = noon, _ shape: FeedShape? = nil) -> (
        FeedMessage, unsaid: [String]
    )? {
        guard let shape = shape ?? self.shape else { return nil }
        let (said, unsaid) = shape.said(values)
        let release = Release(agreement: agreement, grant: grant, bucketStart: start, values: said)
        return (shape.message(of: release), unsaid)
    }

    /// The document itself, as text without the blanks behind it.
    func text(_ numbers: [Double], unit: String, at start: Instant = noon) -> String? {
        guard let message = published(values(numbers, unit: unit), at: start)?.0 else { return nil }
        var payload = message.payload
        while payload.last == UInt8(ascii: " ") { payload.removeLast() }
        return String(decoding: payload, as: UTF8.self)
    }
}

extension FeedMessage {
    /// All of it that differs in length from release to release.
    var wireBytes: Int {
        attributes.reduce(payload.count + contentType.utf8.count) {
            $0 + $1.name.utf8.count + $1.value.utf8.count
        }
    }
}
