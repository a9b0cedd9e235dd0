import Disclosure
import Readings

/// One agreement's file: the members of the schema, under the schema's own names.
enum AgreementPart {
    static let keys = [
        "id", "version", "status", "provider", "recipient", "purpose", "validity", "revocation",
        "onwardSharing",
        "approvedBy", "emergency", "grants",
    ]
    static let partyKeys = ["id", "name", "houjin", "bpnl", "relationship", "colludesWith"]
    static let validityKeys = ["notBefore", "notAfter"]
    static let revocationKeys = ["noticeSeconds", "clearRetained"]
    static let emergencyKeys = ["trigger", "maxDuration", "approvers"]

    /// - Parameters:
    ///   - gatewayZone: where days and weeks begin in grants that do not say.
    ///   - trade: what partners' systems know items and sites by.
    ///   - isOurs: whether this gateway is to share by it.
    /// - Returns: nil, after complaints, when anything in it is wrong.
    static func read(_ root: Entry, gatewayZone: String?, trade: TradeBook, isOurs: Bool) -> Agreement? {
        guard let table = YamlTable(root, keys: keys) else { return nil }
        let before = root.findings.list.count
        let id = table.need("id", "id: buyer-1-stock")?.text()
        let version = table.need("version", "version: 1")?.whole(.min ... .max)
        let status = table.need("status", "status: active")?.choice(AgreementStatus.self)
        let provider = table.need("provider", "provider: {id: plant-ota}").flatMap(party)
        let recipient = table.need("recipient", "recipient: {id: buyer-1, relationship: customer}").flatMap(
            party
        )
        let purpose = table.need("purpose", "purpose: supply-assurance")?.choice(Purpose.self)
        let example = "validity: {notBefore: 2026-01-01T00:00:00+09:00, notAfter: 2026-12-31T00:00:00+09:00}"
        let validity = table.need("validity", example).flatMap(validity)
        let revocation = table["revocation"].flatMap(revocation) ?? Revocation()
        if let entry = table["onwardSharing"], entry.flag() == true {
            entry.refuse("must be false: what is shared stays with its recipient")
        }
        let approvedBy = table["approvedBy"].map(names) ?? []
        if let entry = table["approvedBy"], entry.isList, approvedBy.isEmpty {
            entry.refuse("is empty: leave the key out, or name somebody")
        }
        let emergency = table["emergency"].flatMap(emergency)
        let grants = table.need("grants", "grants: [{id: stock, measure: stock, …}]")?.list()
        let read = (grants ?? []).compactMap { GrantPart.read($0, gatewayZone: gatewayZone) }
        guard root.findings.list.count == before, let id, let version, let status, let provider,
            let recipient,
            let purpose, let validity
        else { return nil }
        let agreement = Agreement(
            id: id,
            version: version,
            status: status,
            provider: provider,
            recipient: recipient,
            purpose: purpose,
            validity: validity,
            revocation: revocation,
            approvedBy: approvedBy,
            emergency: emergency,
            grants: read
        )
        return isWithinBounds(agreement, trade, root, isOurs: isOurs) ? agreement : nil
    }

    /// Lays each fault of an agreement at the line it stands in; what an active one asks for and would not get is a
    /// fault too.
    private static func isWithinBounds(
        _ agreement: Agreement,
        _ trade: TradeBook,
        _ root: Entry,
        isOurs: Bool
    ) -> Bool {
        var faults = agreement.faults()
        // What is not shared yet is told once the rest is right, and of what would let something out.
        if faults.isEmpty, isOurs, agreement.status == .active {
            faults = agreement.unshared()
            faults += agreement.unsaid(trade).filter { fault in
                !faults.contains { $0.grant == fault.grant && $0.members == fault.members }
            }
        }
        for fault in faults { place(of: fault.members, grant: fault.grant, in: root).refuse(fault.message) }
        return faults.isEmpty
    }

    /// Where a member of an agreement or of one of its grants stands; what holds it where it is not written.
    static func place(of members: [String], grant: Int?, in root: Entry) -> Entry {
        var entry = root
        if let grant, let list = YamlTable(quietly: root)?["grants"]?.list(), grant < list.count {
            entry = list[grant]
        }
        for member in members { entry = YamlTable(quietly: entry)?[member] ?? entry }
        return entry
    }

    /// A list of texts.
    static func names(_ entry: Entry) -> [String] {
        (entry.list() ?? []).compactMap { $0.name() }
    }

    static func period(_ entry: Entry) -> Period? {
        guard let text = entry.text() else { return nil }
        guard let period = Period(text) else {
            entry.refuse("\"\(Entry.short(text))\" is no length of time, e.g. PT15M, PT6H, P1D, P2W")
            return nil
        }
        return period
    }

    private static func party(_ entry: Entry) -> Party? {
        guard let table = YamlTable(entry, keys: partyKeys) else { return nil }
        let id = table.need("id", "id: buyer-1")?.text()
        let party = Party(
            id: id ?? "",
            name: table["name"]?.text(),
            houjin: table["houjin"]?.text(),
            bpnl: table["bpnl"]?.text(),
            relationship: table["relationship"]?.choice(Relationship.self),
            colludesWith: table["colludesWith"].map(names) ?? []
        )
        return id == nil ? nil : party
    }

    private static func validity(_ entry: Entry) -> Validity? {
        guard let table = YamlTable(entry, keys: validityKeys) else { return nil }
        let notBefore = table.need("notBefore", "notBefore: 2026-01-01T00:00:00+09:00").flatMap(instant)
        let notAfter = table.need("notAfter", "notAfter: 2026-12-31T00:00:00+09:00").flatMap(instant)
        guard let notBefore, let notAfter else { return nil }
        return Validity(notBefore: notBefore, notAfter: notAfter)
    }

    private static func instant(_ entry: Entry) -> Instant? {
        guard let text = entry.text() else { return nil }
        guard let instant = Instant(iso8601: text) else {
            entry.refuse(
                "\"\(Entry.short(text))\" is no date and time with a zone, e.g. 2026-01-01T00:00:00+09:00"
            )
            return nil
        }
        return instant
    }

    private static func revocation(_ entry: Entry) -> Revocation? {
        guard let table = YamlTable(entry, keys: revocationKeys) else { return nil }
        var revocation = Revocation()
        if let seconds = table["noticeSeconds"]?.whole(.min ... .max) { revocation.noticeSeconds = seconds }
        if let clear = table["clearRetained"]?.flag() { revocation.clearRetained = clear }
        return revocation
    }

    private static func emergency(_ entry: Entry) -> Emergency? {
        guard let table = YamlTable(entry, keys: emergencyKeys) else { return nil }
        let trigger = table.need("trigger", "trigger: earthquake-warning")?.text()
        let duration = table.need("maxDuration", "maxDuration: P14D").flatMap(period)
        let approvers = table.need("approvers", "approvers: 2")?.whole(.min ... .max)
        guard let trigger, let duration, let approvers else { return nil }
        return Emergency(trigger: trigger, maxDuration: duration, approvers: approvers)
    }
}
