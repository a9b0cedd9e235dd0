import Disclosure
import Readings

/// The envelope: CloudEvents 1.0, over MQTT in structured mode or with its attributes as user properties.
///
/// The link speaks MQTT 5, so both modes leave alike. A partner's client of MQTT 3.1.1 gets the payload alone: it needs
/// `structured`, in which the payload is the whole event.
struct CloudEvent {
    /// What all forms say of a bucket that is withheld.
    static let withheldData = #"{"status":"withheld"}"#
    /// What holds the withheld.
    static let withheldSchema = "urn:tsunagi:schema:withheld:1"
    /// Of the structured mode.
    static let contentType = "application/cloudevents+json; charset=utf-8"
    /// Of what is in it.
    static let dataContentType = "application/json"

    let release: Release
    let source: String
    let word: String
    let schema: String

    private var isWithheld: Bool { release.values.isEmpty }

    /// Its attributes but for the content type, in the order in which they are written.
    ///
    /// `time` is when the bucket may leave, not when anything happened. `sequence` compares as text.
    var attributes: [FeedAttribute] {
        var list = [
            FeedAttribute("specversion", "1.0"),
            FeedAttribute("id", release.id),
            FeedAttribute("source", source),
            FeedAttribute("type", "io.tsunagi.share.\(isWithheld ? "withheld" : word).v1"),
        ]
        if let subject { list.append(FeedAttribute("subject", subject)) }
        let time = release.grant.leaves(bucketEnd: release.bucketEnd)
        list.append(FeedAttribute("time", time.iso8601))
        list.append(FeedAttribute("dataschema", isWithheld ? Self.withheldSchema : schema))
        return list + identity
    }

    /// What a signature must stand for beside the document: which bucket of which grant it is.
    var identity: [FeedAttribute] {
        let number = String(max(0, release.sequence))
        let zeros = String(repeating: "0", count: max(0, 16 - number.utf8.count))
        return [
            FeedAttribute("agreementid", release.agreement.id),
            FeedAttribute("grantid", release.grant.id),
            FeedAttribute("bucketstart", release.bucketStart.iso8601),
            FeedAttribute("bucketend", release.bucketEnd.iso8601),
            FeedAttribute("sequence", zeros + number),
        ]
    }

    /// The whole event as JSON.
    func structured(_ data: String) -> String {
        var json = JSONText()
        json.object { json in
            for attribute in attributes {
                json.member(attribute.name, attribute.value)
                if attribute.name == "time" { json.member("datacontenttype", Self.dataContentType) }
            }
            json.key("data")
            json.document(data)
        }
        return json.text
    }

    /// What it is about, where that is one product; nil as well for a name that no attribute may have in it.
    private var subject: String? {
        let products = release.grant.products
        guard products.count == 1, !products[0].isEmpty else { return nil }
        let isPlain = products[0].unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control && scalar.value & 0xFFFE != 0xFFFE
                && !(0xFDD0...0xFDEF).contains(scalar.value)
        }
        return isPlain ? products[0] : nil
    }
}

/// A name and its value that go along with a release.
public struct FeedAttribute: Hashable, Sendable {
    /// `[a-z0-9]`, 20 characters at most.
    public var name: String
    /// Not empty.
    public var value: String

    /// One attribute.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
