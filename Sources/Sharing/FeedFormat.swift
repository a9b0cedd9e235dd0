import Disclosure
import Readings

/// A form in which a release travels.
public protocol FeedFormat: Sendable {
    /// What a release says, without anything to fill it up.
    func payload(of release: Release) -> [UInt8]
}

extension FeedFormat {
    /// Releases are as long as a multiple of this.
    static var stepBytes: Int { 64 }

    /// The exact bytes to publish: what the release says, and blanks behind it up to a length that tells nothing.
    ///
    /// - Parameter bytes: from ``payloadBytes(_:_:)``; what is longer still is filled up to the next multiple.
    func payload(of release: Release, bytes: Int) -> [UInt8] {
        var payload = payload(of: release)
        let length = max(bytes, (payload.count + Self.stepBytes - 1) / Self.stepBytes * Self.stepBytes)
        payload += repeatElement(UInt8(ascii: " "), count: length - payload.count)
        return payload
    }

    /// How long the releases of a grant are: as long as one of which all is known, and all of it at its longest.
    func payloadBytes(_ agreement: Agreement, _ grant: Grant) -> Int {
        let longest = -1.2345678901234567e-300
        let value: Obscured =
            switch grant.precision {
            case .band: .band(low: longest, high: longest)
            case .exact, .round:
                grant.measure == .status ? .text(String(repeating: "w", count: 32)) : .number(longest)
            }
        let values = grant.products.flatMap { product in
            grant.sites.map { site in
                Release.Value(
                    product: product,
                    site: site,
                    value: value,
                    unit: String(repeating: "u", count: 12),
                    ageBuckets: 99_999_999 / (grant.bucket.widthMs / 1000),
                    quality: .uncertain
                )
            }
        }
        // In the year 9999: no stamp and no number is longer.
        let release = Release(
            agreement: agreement,
            grant: grant,
            bucketStart: Instant(milliseconds: 253_402_300_740_000),
            values: values
        )
        return (payload(of: release).count + Self.stepBytes - 1) / Self.stepBytes * Self.stepBytes
    }
}

/// tsunagi's own form: JSON that explains itself.
///
///     {"type":"tsunagi.release/1","id":…,"source":…,"sequence":…,"agreement":…,"grant":…,"provider":…,
///      "recipient":…,"measure":"stock","aggregate":"last","bucket":{"start":…,"end":…,"width":"PT1M"},"precision":{"mode":"round","base":10},
///      "status":"released","values":[{"product":…,"site":…,"value":40,"unit":"pcs","asOf":…,"age":"PT0S",
///      "quality":"good"}]}
///
/// `asOf` is the bucket's end and `age` a whole number of buckets: the moment of the last raw reading is
/// nobody's business outside. `sequence` grows by one from release to release of a grant. A withheld bucket has `"status":"withheld"` and no values, and never a reason.
public struct TsunagiJSON: FeedFormat {
    /// The form; it has no options.
    public init() {}

    /// The exact bytes.
    public func payload(of release: Release) -> [UInt8] {
        var json = JSONText()
        json.object { json in
            member("type", "tsunagi.release/1", &json)
            member("id", release.id, &json)
            member("source", "urn:tsunagi:party:\(release.agreement.provider.id)", &json)
            json.key("sequence")
            json.number(release.sequence)
            member("agreement", release.agreement.id, &json)
            member("grant", release.grant.id, &json)
            member("provider", release.agreement.provider.id, &json)
            member("recipient", release.agreement.recipient.id, &json)
            member("measure", release.grant.measure.rawValue, &json)
            member("aggregate", release.grant.aggregate.rawValue, &json)
            json.key("bucket")
            json.object { json in
                member("start", release.bucketStart.iso8601, &json)
                member("end", release.bucketEnd.iso8601, &json)
                member("width", release.grant.bucket.rawValue, &json)
            }
            precision(of: release, &json)
            member("status", release.values.isEmpty ? "withheld" : "released", &json)
            if !release.values.isEmpty { values(of: release, &json) }
        }
        return Array(json.text.utf8)
    }

    private func precision(of release: Release, _ json: inout JSONText) {
        json.key("precision")
        json.object { json in
            switch release.grant.precision {
            case .exact:
                member("mode", "exact", &json)
            case .round(let base):
                member("mode", "round", &json)
                json.key("base")
                json.number(base)
            case .band(let edges):
                member("mode", "band", &json)
                json.key("edges")
                json.array { json in
                    for edge in edges { json.number(edge) }
                }
            }
        }
    }

    private func values(of release: Release, _ json: inout JSONText) {
        json.key("values")
        json.array { json in
            for value in release.values {
                json.object { json in
                    member("product", value.product, &json)
                    member("site", value.site, &json)
                    json.key("value")
                    write(value.value, &json)
                    if !value.unit.isEmpty { member("unit", value.unit, &json) }
                    member("asOf", release.bucketEnd.iso8601, &json)
                    member("age", "PT\(value.ageBuckets * release.grant.bucket.widthMs / 1000)S", &json)
                    member("quality", value.quality.word, &json)
                }
            }
        }
    }

    private func write(_ value: Obscured, _ json: inout JSONText) {
        switch value {
        case .number(let number): json.number(number)
        case .text(let text): json.string(text)
        case .band(let low, let high):
            json.object { json in
                json.key("from")
                if let low { json.number(low) } else { json.null() }
                json.key("below")
                if let high { json.number(high) } else { json.null() }
            }
        }
    }

    private func member(_ name: String, _ value: String, _ json: inout JSONText) {
        json.key(name)
        json.string(value)
    }
}
