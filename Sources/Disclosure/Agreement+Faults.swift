/// What of an agreement lies outside its schema, and where.
public struct AgreementFault: Hashable, Sendable {
    /// The 0-based index of the grant, or nil for the agreement itself.
    public var grant: Int?
    /// From the agreement or the grant to the member: `["provider", "houjin"]`, `["precision", "base"]`.
    public var members: [String]
    /// What was found and what was expected.
    public var message: String

    /// One fault, at a member of the agreement or of one of its grants.
    public init(grant: Int? = nil, members: [String], message: String) {
        self.grant = grant
        self.members = members
        self.message = message
    }
}

extension Agreement {
    /// Everything that breaks a bound of the schema, in the order of its members; empty for a well-formed one.
    public func faults() -> [AgreementFault] {
        var found = FaultList()
        found.check(
            Pattern.id(id, bytes: 3...41),
            ["id"],
            "\"\(id)\" is no agreement id: 3 to 41 characters of a-z, 0-9 and -, the first no hyphen"
        )
        found.check(version >= 1, ["version"], "\(version) is no version: expected 1 or more")
        faults(of: provider, at: "provider", into: &found)
        faults(of: recipient, at: "recipient", into: &found)
        let relations = Relationship.allCases.map(\.rawValue).joined(separator: ", ")
        found.check(
            recipient.relationship != nil,
            ["recipient"],
            "key \"relationship\" is missing: what the recipient is to the provider (\(relations))"
        )
        found.check(
            (0...Revocation.noticeSecondsMax).contains(revocation.noticeSeconds),
            ["revocation", "noticeSeconds"],
            "\(revocation.noticeSeconds) lies outside 0 … \(Revocation.noticeSecondsMax)"
        )
        found.checkUnique(approvedBy, ["approvedBy"])
        if let emergency {
            found.check(
                emergency.approvers >= 2,
                ["emergency", "approvers"],
                "\(emergency.approvers) is too few: an emergency needs at least 2 approvers"
            )
        }
        found.check(
            (1...Agreement.grantCountMax).contains(grants.count),
            ["grants"],
            "\(grants.count) grants: expected 1 … \(Agreement.grantCountMax)"
        )
        var firstIndex: [String: Int] = [:]
        for (index, grant) in grants.enumerated() {
            found.grant = index
            if let first = firstIndex[grant.id] {
                found.add(["id"], "grant id \"\(grant.id)\" is already that of grants[\(first)]")
            } else {
                firstIndex[grant.id] = index
            }
            grant.faults(into: &found)
        }
        return found.list
    }

    private func faults(of party: Party, at side: String, into found: inout FaultList) {
        found.check(
            Pattern.id(party.id, bytes: 2...31),
            [side, "id"],
            "\"\(party.id)\" is no party id: 2 to 31 characters of a-z, 0-9 and -, the first no hyphen"
        )
        if let houjin = party.houjin {
            found.check(
                Pattern.houjin(houjin),
                [side, "houjin"],
                "\"\(houjin)\" is no corporate number: expected 13 digits, the first not 0"
            )
        }
        if let bpnl = party.bpnl {
            found.check(
                Pattern.bpnl(bpnl),
                [side, "bpnl"],
                "\"\(bpnl)\" is no business partner number: expected BPNL and 12 letters or digits"
            )
        }
    }
}

extension Grant {
    fileprivate func faults(into found: inout FaultList) {
        found.check(
            Pattern.id(id, bytes: 1...31),
            ["id"],
            "\"\(id)\" is no grant id: 1 to 31 characters of a-z, 0-9 and -, the first no hyphen"
        )
        found.check(!products.isEmpty, ["products"], "is empty: name at least one \(subjectWord)")
        found.check(!sites.isEmpty, ["sites"], "is empty: name at least one site")
        let valuesCount = products.count.multipliedReportingOverflow(by: sites.count)
        found.check(
            !valuesCount.overflow && valuesCount.partialValue <= Grant.valuesCountMax,
            ["products"],
            "times sites are more than \(Grant.valuesCountMax) values in one release: make two grants of it"
        )
        found.checkUnique(contributors, ["contributors"])
        switch (measure, metric) {
        case (.process, nil):
            found.add([], "key \"metric\" is missing: measure process needs the metric's name")
        case (.process, .some(let metric)):
            found.check(!metric.isEmpty, ["metric"], "is empty: write the metric's name")
            found.check(
                !metric.hasPrefix(MemberSeries.prefix),
                ["metric"],
                "\(metric) is what a member released to us: it leaves pooled, or not at all"
            )
        case (_, .some):
            found.add(["metric"], "goes with measure process alone; measure \(measure.rawValue) has its own")
        case (_, nil):
            break
        }
        switch precision {
        case .exact:
            break
        case .round(let base):
            found.check(
                base.isFinite && base > 0,
                ["precision", "base"],
                "\(base) is no base to round to: expected a number above 0"
            )
        case .band(let edges):
            found.check(!edges.isEmpty, ["precision", "edges"], "is empty: write at least one edge")
            let ascends = zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
            found.check(ascends && edges.allSatisfy(\.isFinite), ["precision", "edges"], "must ascend")
        }
        found.check(!formats.isEmpty, ["formats"], "is empty: leave the key out, or name at least one form")
        found.check(
            (0...Grant.historyBucketsMax).contains(historyBuckets),
            ["historyBuckets"],
            "\(historyBuckets) lies outside 0 … \(Grant.historyBucketsMax)"
        )
        disclosure.faults(into: &found)
    }

    private var subjectWord: String { measure.subject == .item ? "item" : "machine" }
}

extension DisclosureLimits {
    fileprivate func faults(into found: inout FaultList) {
        if let minContributors {
            found.check(
                minContributors >= 1,
                ["disclosure", "minContributors"],
                "\(minContributors) is too few: expected 1 or more"
            )
        }
        if let pPercent {
            found.check(
                pPercent > 0 && pPercent <= 100,
                ["disclosure", "pPercent"],
                "\(pPercent) is no percentage: expected above 0, at most 100"
            )
        }
        if let nk {
            found.check(nk.n >= 1, ["disclosure", "nk", "n"], "\(nk.n) is too few: expected 1 or more")
            found.check(nk.k.isFinite, ["disclosure", "nk", "k"], "must be finite")
        }
        if let membershipCooldownBuckets {
            found.check(
                membershipCooldownBuckets >= 0,
                ["disclosure", "membershipCooldownBuckets"],
                "\(membershipCooldownBuckets) is negative: expected 0 or more"
            )
        }
    }
}

/// Faults as they are found.
struct FaultList {
    var list: [AgreementFault] = []
    /// The grant that is being looked at.
    var grant: Int?

    mutating func add(_ members: [String], _ message: String) {
        list.append(AgreementFault(grant: grant, members: members, message: message))
    }

    mutating func check(_ holds: Bool, _ members: [String], _ message: @autoclosure () -> String) {
        if !holds { add(members, message()) }
    }

    mutating func checkUnique(_ texts: [String], _ members: [String]) {
        var seen: Set<String> = []
        if let twice = texts.first(where: { !seen.insert($0).inserted }) {
            add(members, "names \"\(twice)\" twice")
        }
    }
}

/// The schema's patterns, without a regular expression.
private enum Pattern {
    static func id(_ text: String, bytes: ClosedRange<Int>) -> Bool {
        bytes.contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    static func houjin(_ text: String) -> Bool {
        text.utf8.count == 13 && text.utf8.first != UInt8(ascii: "0") && text.utf8.allSatisfy(isDigit)
    }

    static func bpnl(_ text: String) -> Bool {
        text.utf8.count == 16 && text.hasPrefix("BPNL")
            && text.utf8.allSatisfy { isDigit($0) || isLower($0 | 0x20) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
}
