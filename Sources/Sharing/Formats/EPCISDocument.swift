import Disclosure
import Readings

/// EPCIS 2.0 as JSON-LD: a document with one ObjectEvent for each site.
///
/// Stock is a count: `OBSERVE`, `cycle_counting`, the amounts by class, at the site's location. A stock-taking for the
/// books it is not. What machines say is `sensor_reporting` at the site's read point, with one element for each machine,
/// whose `deviceID` names it as the agreement does.
///
///     {"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],"type":"EPCISDocument",
///      "schemaVersion":"2.0","creationDate":…,"epcisBody":{"eventList":[{"type":"ObjectEvent","eventID":"urn:uuid:…",
///       "eventTime":"2025-12-01T09:15:00.000+09:00","eventTimeZoneOffset":"+09:00","action":"OBSERVE",
///       "bizStep":"cycle_counting","quantityList":[{"epcClass":"https://id.gs1.org/01/04900000000016","quantity":400}],
///       "bizLocation":{"id":"https://id.gs1.org/414/4900000000009"}}]}}
///
/// `eventTime` is the bucket's end, `creationDate` the moment from which it may leave. `eventID` is the same whenever the
/// same bucket is told, so that a repository counts it once.
struct EPCISDocument: FeedFormat {
    let word = "epcis"
    let schema = "https://ref.gs1.org/standards/epcis/epcis-json-schema.json"
    let longestUnit: String
    private let grant: Grant
    private let provider: String
    private let clock: PlantClock
    private let classes: [String: String]
    private let places: [String: String]

    private var isStock: Bool { grant.measure == .stock }

    /// - Returns: nil for a grant that ``Agreement/unsaid(_:)`` complains of.
    init?(_ agreement: Agreement, _ grant: Grant, _ trade: TradeBook, _ clock: PlantClock) {
        var (classes, places): ([String: String], [String: String]) = ([:], [:])
        for product in grant.products { classes[product] = trade.items[product]?.classURI }
        for site in grant.sites { places[site] = trade.sites[site]?.locationURI }
        (self.classes, self.places) = (classes, places)
        self.grant = grant
        self.clock = clock
        provider = agreement.provider.id
        // Its names of quantity and unit are the longest together.
        longestUnit = grant.measure == .stock ? "kg" : "uA"
        guard grant.sites.allSatisfy({ places[$0] != nil }) else { return nil }
        if grant.measure == .stock, !grant.products.allSatisfy({ classes[$0] != nil }) { return nil }
    }

    func said(_ value: Release.Value) -> Saying {
        guard case .number(let number) = value.value else { return .unsaid("it is no number") }
        if isStock {
            guard let unit = TradeUnits.all[value.unit], unit.rec20 != nil else { return noCode(value.unit) }
            return TradeUnits.amount(number, isCount: unit.isCount).map(in: value, unit: value.unit)
        }
        if grant.aggregate == .count { return .said(value) }
        guard let unit = TradeUnits.all[value.unit], unit.rec20 != nil, unit.type != nil else {
            return noCode(value.unit)
        }
        return .said(value)
    }

    func document(of release: Release) -> String {
        var json = JSONText()
        json.object { json in
            json.key("@context")
            json.array { $0.string("https://ref.gs1.org/standards/epcis/epcis-context.jsonld") }
            json.member("type", "EPCISDocument")
            json.member("schemaVersion", "2.0")
            json.member("creationDate", grant.leaves(bucketEnd: release.bucketEnd).iso8601)
            json.key("epcisBody")
            json.object { json in
                json.key("eventList")
                json.array { json in
                    for site in grant.sites {
                        let values = release.values.filter { $0.site == site }
                        if !values.isEmpty { event(of: release, at: site, values, &json) }
                    }
                }
            }
        }
        return json.text
    }

    private func event(
        of release: Release,
        at site: String,
        _ values: [Release.Value],
        _ json: inout JSONText
    ) {
        json.object { json in
            json.member("type", "ObjectEvent")
            json.member("eventID", eventID(release, site))
            json.member("eventTime", clock.stamp(release.bucketEnd))
            json.member("eventTimeZoneOffset", clock.offsetText(at: release.bucketEnd))
            json.member("action", "OBSERVE")
            json.member("bizStep", isStock ? "cycle_counting" : "sensor_reporting")
            json.key(isStock ? "quantityList" : "sensorElementList")
            json.array { json in
                for value in values {
                    if isStock { amount(value, &json) } else { element(value, of: release, &json) }
                }
            }
            json.key(isStock ? "bizLocation" : "readPoint")
            json.object { $0.member("id", places[site] ?? "") }
        }
    }

    private func amount(_ value: Release.Value, _ json: inout JSONText) {
        json.object { json in
            json.member("epcClass", classes[value.product] ?? "")
            json.key("quantity")
            json.amount(value)
            if !TradeUnits.bareCounts.contains(value.unit), let code = TradeUnits.all[value.unit]?.rec20 {
                json.member("uom", code)
            }
        }
    }

    private func element(_ value: Release.Value, of release: Release, _ json: inout JSONText) {
        json.object { json in
            json.key("sensorMetadata")
            json.object { json in
                json.member("deviceID", "urn:tsunagi:machine:\(provider):\(Self.escape(value.product))")
                json.member("startTime", clock.stamp(release.bucketStart))
                json.member("endTime", clock.stamp(release.bucketEnd))
                json.member("dataProcessingMethod", "urn:tsunagi:method:bucket-\(grant.bucket.rawValue)")
            }
            json.key("sensorReport")
            json.array { json in
                json.object { json in
                    let unit = grant.aggregate == .count ? nil : TradeUnits.all[value.unit]
                    json.member("type", unit?.type ?? "Count")
                    json.key(reported)
                    json.amount(value)
                    if let code = unit?.rec20 { json.member("uom", code) }
                }
            }
        }
    }

    /// Which member of a report the grant's aggregate is.
    private var reported: String {
        switch (grant.measure, grant.aggregate) {
        case (.process, .mean): "meanValue"
        case (.process, .min): "minValue"
        case (.process, .max): "maxValue"
        default: "value"
        }
    }

    /// A UUID of version 8 from the release's id and the site: nothing in it is by chance.
    private func eventID(_ release: Release, _ site: String) -> String {
        var hex = Array(Digest(of: Array("\(provider)/\(release.id)/\(site)".utf8)).hex.utf8.prefix(32))
        hex[12] = UInt8(ascii: "8")
        hex[16] = UInt8(ascii: "8")
        let digits = String(decoding: hex, as: UTF8.self)
        var parts: [Substring] = []
        var rest = digits[...]
        for count in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return "urn:uuid:" + parts.joined(separator: "-")
    }

    private func noCode(_ unit: String) -> Saying {
        .unsaid("unit \"\(unit)\" has no code in EPCIS: convert it with to: in its rule")
    }

    /// A name in a URI: what is no letter or digit of ASCII as %XX.
    private static func escape(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += (digits.utf8.count == 1 ? "%0" : "%") + digits
            }
        }
        return text
    }
}
