import Disclosure
import Readings

/// A line of the file of disaster modes: one JSON object.
extension EmergencyMode {
    var line: [UInt8] {
        var json = JSONText()
        json.object { json in
            var texts = [
                ("agreement", agreement), ("agreementSha256", agreementDigest.hex),
                ("lasting", lasting.description),
            ]
            if let started { texts.append(("started", started.iso8601)) }
            if let ended { texts.append(("ended", ended.iso8601)) }
            for (name, value) in texts {
                json.key(name)
                json.string(value)
            }
            json.key("grants")
            json.array { json in for grant in grants { json.string(grant) } }
            json.key("approvals")
            json.array { json in
                for approval in approvals {
                    json.object { json in
                        json.key("by")
                        json.string(approval.name)
                        json.key("at")
                        json.string(approval.at.iso8601)
                    }
                }
            }
        }
        return json.bytes
    }

    /// Nil when it is none.
    init?(line: [UInt8]) {
        guard let members = JSONValue(line)?.members, let agreement = members["agreement"]?.string,
            let digest = members["agreementSha256"]?.string.flatMap({ Digest(hex: $0) }),
            let lasting = members["lasting"]?.string.flatMap({ Period($0) }),
            let grants = members["grants"]?.list, let approvals = members["approvals"]?.list
        else { return nil }
        self.init(
            agreement: agreement,
            agreementDigest: digest,
            grants: grants.compactMap(\.string),
            lasting: lasting,
            approvals: approvals.compactMap { entry in
                guard let name = entry.members?["by"]?.string,
                    let at = entry.members?["at"]?.string.flatMap({ Instant(iso8601: $0) })
                else { return nil }
                return Approval(name: name, at: at)
            },
            started: members["started"]?.string.flatMap { Instant(iso8601: $0) },
            ended: members["ended"]?.string.flatMap { Instant(iso8601: $0) }
        )
    }
}
