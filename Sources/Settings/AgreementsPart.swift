import Disclosure

/// `agreements:` and `consents:`, each a folder of files or a list of them; a file holds one agreement, as YAML or JSON.
enum AgreementsPart {
    /// More agreements than this are refused: a gateway has partners, not subscribers.
    static let countMax = 10_000
    /// More recipients of Sparkplug feeds are refused: each is a thread and two descriptors, of which libmosquitto can use
    /// 1,024.
    static let sparkplugCountMax = 200
    /// The endings of the files that are read from a folder.
    static let endings = [".yaml", ".yml", ".json"]

    /// - Parameters:
    ///   - gatewayZone: where days and weeks begin in grants that do not say.
    ///   - trade: what partners' systems know items and sites by.
    ///   - know: puts what the gateway knows beside the agreements for the rules.
    ///   - failures: takes what is wrong with the files, each with its own name and lines.
    ///   - warnings: takes what somebody should look at.
    static func read(
        _ entry: Entry?,
        _ place: FilePlace,
        gatewayZone: String?,
        trade: TradeBook,
        know: (inout AgreementBook) -> Void,
        _ failures: inout [SettingsFailure],
        _ warnings: inout [SettingsFailure]
    ) -> [Agreement] {
        let (agreements, roots) = files(entry, place, gatewayZone: gatewayZone, trade: trade, &failures)
        let hosts = Set(
            agreements.filter { agreement in
                agreement.status == .active && agreement.grants.contains { $0.form == .sparkplug }
            }.map(\.recipient.id)
        )
        if hosts.count > sparkplugCountMax, let entry {
            failures.append(
                SettingsFailure(
                    file: entry.findings.file,
                    line: entry.spot.line,
                    column: entry.spot.column,
                    message: "agreements have \(hosts.count) recipients of Sparkplug feeds: at most "
                        + "\(sparkplugCountMax) are served, each by a connection of its own"
                )
            )
        }
        // The rules are asked about all agreements together, once each is well-formed.
        guard failures.isEmpty else { return agreements }
        var book = AgreementBook(agreements)
        know(&book)
        let byID = Dictionary(agreements.map { ($0.id, $0) }) { first, _ in first }
        for found in StaticRules.check(book) {
            guard let root = roots[found.agreement] else { continue }
            let finding = finding(found, in: root, byID[found.agreement])
            if finding.isWarning { warnings.append(finding) } else { failures.append(finding) }
        }
        return agreements
    }

    /// `consents:`, the agreements that a hub's members made with it, in the same form. What of them a gateway does not
    /// share yet is between the member's and ours; no rule is asked about them here.
    ///
    /// - Returns: nil when nothing is said of them.
    static func readConsents(
        _ entry: Entry?,
        _ place: FilePlace,
        gatewayZone: String?,
        _ failures: inout [SettingsFailure]
    ) -> [Agreement]? {
        guard entry != nil else { return nil }
        return files(entry, place, gatewayZone: gatewayZone, trade: nil, &failures).agreements
    }

    /// All agreements of a folder or a list of files, and the root of each file by the agreement's id.
    ///
    /// - Parameter trade: what partners' systems know items and sites by; nil of agreements that are not ours to share by.
    private static func files(
        _ entry: Entry?,
        _ place: FilePlace,
        gatewayZone: String?,
        trade: TradeBook?,
        _ failures: inout [SettingsFailure]
    ) -> (agreements: [Agreement], roots: [String: Entry]) {
        guard let entry else { return ([], [:]) }
        let before = entry.findings.list.count
        let paths = paths(entry, place)
        failures.append(contentsOf: entry.findings.list.dropFirst(before))
        var agreements: [Agreement] = []
        var roots: [String: Entry] = [:]
        var firstSpot: [String: String] = [:]
        let files = paths.concurrentMap { path in
            let findings = Findings(file: path)
            let root = YamlFile(findings, from: place.files)?.root
            let agreement = root.flatMap { root in
                AgreementPart.read(
                    root,
                    gatewayZone: gatewayZone,
                    trade: trade ?? TradeBook(),
                    isOurs: trade != nil
                )
            }
            return (findings: findings, root: root, agreement: agreement)
        }
        for file in files {
            if let id = file.root.flatMap({ YamlTable(quietly: $0) })?["id"], let text = id.writing {
                if let first = firstSpot[text] {
                    id.refuse("\"\(Entry.short(text))\" is already that of the agreement at \(first)")
                } else {
                    firstSpot[text] = "\(file.findings.file):\(id.spot.line)"
                }
            }
            if let agreement = file.agreement {
                agreements.append(agreement)
                roots[agreement.id] = file.root
            }
            failures.append(contentsOf: file.findings.sorted)
        }
        return (agreements, roots)
    }

    /// What a rule found, with the line it is about.
    private static func finding(_ found: Refusal, in root: Entry, _ agreement: Agreement?)
        -> SettingsFailure
    {
        let grant = agreement?.grants.firstIndex { $0.id == found.grant }
        let entry = AgreementPart.place(of: found.members, grant: grant, in: root)
        let place = (grant.map { ["grants[\($0)]"] } ?? []) + found.members
        let findings = Findings(file: root.findings.file)
        findings.add(entry.spot, "\(found.rule.rawValue): \(place.joined(separator: ".")) \(found.message)")
        var finding = findings.list[0]
        finding.isWarning = found.weight == .warning
        return finding
    }

    private static func paths(_ entry: Entry, _ place: FilePlace) -> [String] {
        if entry.isList {
            return (entry.list() ?? []).compactMap { $0.name() }.map(place.path)
        }
        guard let name = entry.name() else { return [] }
        let folder = place.path(name)
        guard let names = place.files.names(folder) else {
            entry.refuse("\(folder) is no folder that can be read; make it, or leave \(entry.path): out")
            return []
        }
        let files = names.filter { name in
            !name.hasPrefix(".") && endings.contains { name.hasSuffix($0) }
        }.sorted()
        guard files.count <= countMax else {
            entry.refuse("\(folder) holds \(files.count) agreements: at most \(countMax) are read")
            return []
        }
        return files.map { FileSource.join(folder, $0) }
    }
}
