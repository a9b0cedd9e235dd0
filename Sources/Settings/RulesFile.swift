public import Intake

/// A file of rules with the tests beside them: a mapping, a preset, or a plant's whole configuration.
public struct RulesFile: Sendable {
    /// As it was asked for.
    public var file: String
    /// Compiles: ``Intake`` has been asked.
    public var rules: RuleSetOptions
    /// In the order of the file.
    public var tests: [MappingTest]

    /// Reads a file; a configuration with a gateway is read as the daemon reads it.
    ///
    /// - Throws: ``SettingsFailures`` with every finding, not only the first.
    public static func load(path: String) throws(SettingsFailures) -> RulesFile {
        try load(path: path, from: .disk)
    }

    /// The same, with the files from wherever `files` finds them.
    public static func load(path: String, from files: FileSource) throws(SettingsFailures) -> RulesFile {
        let findings = Findings(file: path)
        guard let root = YamlFile(findings, from: files)?.root else {
            throw SettingsFailures(findings: findings.sorted)
        }
        if YamlTable(quietly: root)?["gateway"] != nil {
            let settings = try Settings.load(path: path, from: files)
            return RulesFile(file: path, rules: settings.rules, tests: settings.tests)
        }
        return try read(root, FilePlace(folder: FileSource.folder(of: path), files: files))
    }

    /// A preset that came with this program.
    ///
    /// - Returns: nil when there is none of that name; ``Presets/names`` are those that there are.
    /// - Throws: ``SettingsFailures`` when it is spoiled; none is.
    public static func preset(_ name: String) throws(SettingsFailures) -> RulesFile? {
        guard let bytes = Presets.bytes(of: name) else { return nil }
        let findings = Findings(file: "preset \(name)")
        guard let root = YamlFile(bytes, findings)?.root else {
            throw SettingsFailures(findings: findings.sorted)
        }
        return try read(root, FilePlace(folder: "", files: .disk))
    }

    private static func read(_ root: Entry, _ place: FilePlace) throws(SettingsFailures) -> RulesFile {
        let findings = root.findings
        if let table = YamlTable(root, keys: RuleList.keys + ["limits", "sparkplug"]),
            let rules = RulesPart.read(table, root: root, gateway: nil, place)
        {
            let tests = TestsPart.read(table["tests"], rules.options, rules.list)
            if findings.isEmpty {
                return RulesFile(file: findings.file, rules: rules.options, tests: tests)
            }
        }
        throw SettingsFailures(findings: findings.sorted)
    }
}
