/// One thing that is wrong with the configuration, and where it stands.
public struct SettingsFailure: Error, Hashable, Sendable {
    /// The file, named as it was asked for.
    public var file: String
    /// 1-based; 0 when the file as a whole is meant.
    public var line: Int
    /// 1-based, counted in Unicode scalars.
    public var column: Int
    /// What was found and what was expected.
    public var message: String
    /// It may stand, though somebody should look.
    public var isWarning: Bool

    /// One finding; without a line it is about the file as a whole.
    public init(file: String, line: Int = 0, column: Int = 0, message: String, isWarning: Bool = false) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.isWarning = isWarning
    }
}

extension SettingsFailure: CustomStringConvertible {
    /// `config/tsunagi.yaml:31:9: error: unit "kp/cm2" unknown (did you mean "kgf/cm2"?)`, on one line.
    public var description: String {
        let place = line == 0 ? file : "\(file):\(line):\(column)"
        return "\(place): \(isWarning ? "warning" : "error"): \(message)"
    }
}

/// Everything that is wrong with a configuration, so that it can be mended in one go.
public struct SettingsFailures: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one; by file in the order of reading, then by line and column.
    public var findings: [SettingsFailure]

    /// All findings of one reading; at least one.
    public init(findings: [SettingsFailure]) {
        precondition(!findings.isEmpty, "a refusal names what is wrong")
        self.findings = findings
    }

    /// One line for each finding.
    public var description: String {
        findings.map(\.description).joined(separator: "\n")
    }
}
