/// A folder whose files a rule reads instead of a topic's messages.
public struct DropPlace: Hashable, Sendable {
    /// Each rule has a folder of its own.
    public var rule: String
    /// As the settings found it.
    public var folder: String

    /// The folder of a rule.
    public init(rule: String, folder: String) {
        self.rule = rule
        self.folder = folder
    }

    /// What the topics of dropped files begin with: `$drop/<rule>/<file>`. No broker delivers it to a wildcard, and
    /// none is asked for it.
    static let prefix = "$drop/"

    /// The topic pattern of a rule that reads a folder; `{file}` is the file's name.
    public static func pattern(rule: String) -> String { prefix + rule + "/{file}" }

    /// The topic of a file.
    static func topic(rule: String, file: String) -> String { "\(prefix)\(rule)/\(file)" }
}

extension RuleTable {
    /// The largest payload, and the largest file, in bytes.
    public var payloadBytesMax: Int { options.payloadBytesMax }

    /// The folders that rules read, in their order.
    public var drops: [DropPlace] {
        options.rules.compactMap { rule in rule.drop.map { DropPlace(rule: rule.name, folder: $0) } }
    }
}
