public import Disclosure
import Readings

extension Agreement {
    /// The agreement as one line of JSON: the schema's members in the schema's order, defaults written out. Equal
    /// agreements have equal texts, whatever their files look like; its digest stands in the audit log.
    public var canonicalText: String {
        var json = JSONText()
        json.object { json in
            json.member("id", id)
            json.key("version")
            json.number(Int64(version))
            json.member("status", status.rawValue)
            write("provider", provider, &json)
            write("recipient", recipient, &json)
            json.member("purpose", purpose.rawValue)
            json.key("validity")
            json.object { json in
                json.member("notBefore", validity.notBefore.iso8601)
                json.member("notAfter", validity.notAfter.iso8601)
            }
            json.key("revocation")
            json.object { json in
                json.key("noticeSeconds")
                json.number(Int64(revocation.noticeSeconds))
                json.key("clearRetained")
                json.bool(revocation.clearRetained)
            }
            list("approvedBy", approvedBy, &json)
            if let emergency {
                json.key("emergency")
                json.object { json in
                    json.member("trigger", emergency.trigger)
                    json.member("maxDuration", emergency.maxDuration.description)
                    json.key("approvers")
                    json.number(Int64(emergency.approvers))
                }
            }
            json.key("grants")
            json.array { json in
                for grant in grants { json.object { grant.write(to: &$0) } }
            }
        }
        return json.text
    }

    private func write(_ side: String, _ party: Party, _ json: inout JSONText) {
        json.key(side)
        json.object { json in
            json.member("id", party.id)
            if let name = party.name { json.member("name", name) }
            if let houjin = party.houjin { json.member("houjin", houjin) }
            if let bpnl = party.bpnl { json.member("bpnl", bpnl) }
            if let relationship = party.relationship { json.member("relationship", relationship.rawValue) }
            if !party.colludesWith.isEmpty { list("colludesWith", party.colludesWith, &json) }
        }
    }
}

extension Grant {
    fileprivate func write(to json: inout JSONText) {
        json.member("id", id)
        json.member("measure", measure.rawValue)
        list("products", products, &json)
        list("sites", sites, &json)
        if let metric { json.member("metric", metric) }
        json.member("kind", kind.rawValue)
        if !contributors.isEmpty { list("contributors", contributors, &json) }
        json.member("aggregate", aggregate.rawValue)
        json.member("bucket", bucket.rawValue)
        if let timezone { json.member("timezone", timezone) }
        json.member("delay", delay.description)
        json.key("precision")
        json.object { precision.write(to: &$0) }
        json.member("cadence", cadence.rawValue)
        json.key("disclosure")
        json.object { disclosure.write(to: &$0) }
        list("formats", formats.map(\.rawValue), &json)
        if let cloudEvents { json.member("cloudevents", cloudEvents.rawValue) }
        json.key("retain")
        json.bool(retain)
        json.key("historyBuckets")
        json.number(Int64(historyBuckets))
    }
}

extension Precision {
    fileprivate func write(to json: inout JSONText) {
        json.member("mode", mode)
        switch self {
        case .exact: break
        case .round(let base):
            json.key("base")
            json.number(base)
        case .band(let edges):
            json.key("edges")
            json.array { json in
                for edge in edges { json.number(edge) }
            }
        }
    }
}

extension DisclosureLimits {
    fileprivate func write(to json: inout JSONText) {
        if let minContributors {
            json.key("minContributors")
            json.number(Int64(minContributors))
        }
        if let pPercent {
            json.key("pPercent")
            json.number(pPercent)
        }
        if let nk {
            json.key("nk")
            json.object { json in
                json.key("n")
                json.number(Int64(nk.n))
                json.key("k")
                json.number(nk.k)
            }
        }
        if let maxStaleness { json.member("maxStaleness", maxStaleness.description) }
        if let membershipCooldownBuckets {
            json.key("membershipCooldownBuckets")
            json.number(Int64(membershipCooldownBuckets))
        }
    }
}

private func list(_ name: String, _ values: [String], _ json: inout JSONText) {
    json.key(name)
    json.array { json in
        for value in values { json.string(value) }
    }
}
