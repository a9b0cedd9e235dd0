import Disclosure

/// `agreements:`, a folder of files or a list of them; each file holds one agreement, as YAML or JSON.
enum AgreementsPart {
    /// More agreements than this are refused: a gateway has partners, not subscribers.
    static let countMax = 1000
    /// The endings of the files that are read from a folder.
    static let endings = [".yaml", ".yml", ".json"]

    /// - Parameters:
    ///   - gatewayZone: where days and weeks begin in grants that do not say.
    ///   - failures: takes what is wrong with the files, each with its own name and lines.
    static func read(
        _ entry: Entry?,
        _ place: FilePlace,
        gatewayZone: String?,
        _ failures: inout [SettingsFailure]
    ) -> [Agreement] {
        guard let entry else { return [] }
        let before = entry.findings.list.count
        let paths = paths(entry, place)
        failures.append(contentsOf: entry.findings.list.dropFirst(before))
        var agreements: [Agreement] = []
        var firstSpot: [String: String] = [:]
        for path in paths {
            let findings = Findings(file: path)
            if let root = YamlFile(findings, from: place.files)?.root {
                let agreement = AgreementPart.read(root, gatewayZone: gatewayZone)
                if let id = YamlTable(quietly: root)?["id"], let text = id.writing {
                    if let first = firstSpot[text] {
                        id.refuse("\"\(Entry.short(text))\" is already that of the agreement at \(first)")
                    } else {
                        firstSpot[text] = "\(path):\(id.spot?.line ?? 0)"
                    }
                }
                if let agreement { agreements.append(agreement) }
            }
            failures.append(contentsOf: findings.sorted)
        }
        return agreements
    }

    private static func paths(_ entry: Entry, _ place: FilePlace) -> [String] {
        if entry.isList {
            return (entry.list() ?? []).compactMap { $0.name() }.map(place.path)
        }
        guard let name = entry.name() else { return [] }
        let folder = place.path(name)
        guard let names = place.files.names(folder) else {
            entry.refuse("\(folder) is no folder that can be read; make it, or leave agreements: out")
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
