public import Alerts
public import Plant

/// What a file says of alerts alone: `alerts:`, and what is beside it of items, machines and shifts.
public struct AlertRulesFile: Sendable {
    /// The usual rules among them.
    public var alerts: AlertOptions
    /// Nil when the file says nothing of the plant.
    public var plant: PlantOptions?
    /// Nil when the file says nothing of the gateway.
    public var timezone: String?

    /// Reads a whole configuration, or a file with `alerts:` alone, as far as alerts go.
    ///
    /// - Throws: ``SettingsFailures`` with every finding.
    public init(path: String) throws(SettingsFailures) {
        let findings = Findings(file: path)
        guard let root = YamlFile(findings, from: .disk)?.root,
            let table = YamlTable(root, keys: Settings.keys)
        else { throw SettingsFailures(findings: findings.sorted) }
        let place = FilePlace(folder: FileSource.folder(of: path), files: .disk)
        alerts = AlertsPart.read(table.need("alerts", "alerts: {rules: []}"), place)
        let isPlant = ["items", "machines", "shifts", "holidays"].contains { table[$0] != nil }
        plant = isPlant ? PlantPart.read(table) : nil
        timezone = table["gateway"].flatMap { GatewayPart.read($0) }?.timezone
        guard findings.isEmpty else { throw SettingsFailures(findings: findings.sorted) }
    }
}
