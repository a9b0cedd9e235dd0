public import Disclosure
import Readings

/// tsunagi's own form: JSON that explains itself; `FEEDS.md` lists its members in English and Japanese.
///
///     {"type":"tsunagi.release/1","id":…,"source":…,"sequence":…,"agreement":…,"grant":…,"provider":…,
///      "recipient":…,"measure":"stock","aggregate":"last","bucket":{"start":…,"end":…,"width":"PT1M"},"precision":{"mode":"round","base":10},
///      "about":{"en":"the stock, as it is at the end of each minute, to the nearest 10","ja":…},
///      "status":"released","values":[{"product":…,"site":…,"value":40,"unit":"pcs","asOf":…,"age":"PT0S",
///      "quality":"good"}]}
///
/// `asOf` is the bucket's end and `age` a whole number of buckets: the moment of the last raw reading is
/// nobody's business outside. `sequence` grows by one from release to release of a grant. A planned output also has its
/// `completion`. A withheld bucket has `"status":"withheld"` and no values, and never a reason.
public struct TsunagiJSON: FeedFormat {
    /// The measure.
    public let word: String
    /// Of this version of the form.
    public let schema = "urn:tsunagi:schema:release:1"
    /// No unit of the table is longer.
    public let longestUnit = String(repeating: "u", count: 12)
    /// In words, by language; the same in every release of a grant.
    private let about: [(language: String, words: String)]

    /// The form of one grant's releases.
    public init(_ grant: Grant) {
        word = grant.measure.rawValue
        about = FeedWords.Language.allCases.map { language in
            let words = FeedWords(grant, in: language)
            let text =
                switch language {
                case .en: "\(words.measure), \(words.fold) \(words.width), \(words.precision)"
                case .ja: "\(words.measure)、\(words.width)ごとの\(words.fold)、\(words.precision)"
                }
            return (language.rawValue, text)
        }
    }

    /// It has words for every value.
    public func said(_ value: Release.Value) -> Saying { .said(value) }

    /// Says that it is withheld in its own words.
    public func withheld(_ release: Release) -> String { document(of: release) }

    /// One line.
    public func document(of release: Release) -> String {
        var json = JSONText()
        json.object { json in
            json.member("type", "tsunagi.release/1")
            json.member("id", release.id)
            json.member("source", "urn:tsunagi:party:\(release.agreement.provider.id)")
            json.key("sequence")
            json.number(release.sequence)
            json.member("agreement", release.agreement.id)
            json.member("grant", release.grant.id)
            json.member("provider", release.agreement.provider.id)
            json.member("recipient", release.agreement.recipient.id)
            json.member("measure", release.grant.measure.rawValue)
            json.member("aggregate", release.grant.aggregate.rawValue)
            json.key("bucket")
            json.object { json in
                json.member("start", release.bucketStart.iso8601)
                json.member("end", release.bucketEnd.iso8601)
                json.member("width", release.grant.bucket.rawValue)
            }
            precision(of: release, &json)
            json.key("about")
            json.object { json in
                for (language, words) in about { json.member(language, words) }
            }
            json.member("status", release.values.isEmpty ? "withheld" : "released")
            if !release.values.isEmpty { values(of: release, &json) }
        }
        return json.text
    }

    private func precision(of release: Release, _ json: inout JSONText) {
        json.key("precision")
        json.object { json in
            switch release.grant.precision {
            case .exact:
                json.member("mode", "exact")
            case .round(let base):
                json.member("mode", "round")
                json.key("base")
                json.number(base)
            case .band(let edges):
                json.member("mode", "band")
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
                    json.member("product", value.product)
                    json.member("site", value.site)
                    json.key("value")
                    write(value.value, &json)
                    if !value.unit.isEmpty { json.member("unit", value.unit) }
                    if let completion = value.completion { json.member("completion", completion.iso8601) }
                    json.member("asOf", release.bucketEnd.iso8601)
                    json.member("age", "PT\(value.ageBuckets * release.grant.bucket.widthMs / 1000)S")
                    json.member("quality", value.quality.word)
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
}
