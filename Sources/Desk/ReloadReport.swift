/// How far a reload may go.
public enum ReloadWish: Sendable, Hashable {
    /// Only tell what would change.
    case dry
    /// Go by it, unless more would leave to a partner than before.
    case unlessMoreLeaves
    /// Go by it: somebody saw what newly leaves, and said yes.
    case confirmed
}

/// What became of a configuration that was read again: the answer of `POST /v1/reload`.
public struct ReloadReport: Codable, Sendable, Hashable {
    /// A part that is otherwise from now on.
    public struct Change: Codable, Sendable, Hashable {
        /// `+`, `-` or `~`.
        public var sign: String
        /// `rule`, `filter`, `agreement`, or a section of the configuration.
        public var part: String
        /// Which one; empty for a section.
        public var name: String

        /// One part.
        public init(sign: String, part: String, name: String) {
            self.sign = sign
            self.part = part
            self.name = name
        }
    }

    /// Whether the gateway goes by it; false when anything in it is wrong: then all is as before.
    public var applied: Bool
    /// Nothing is wrong, but more would leave than before, and nobody said yes to it yet (S20).
    public var needsConfirmation = false
    /// What newly leaves to whom, and what stops: `+ buyer-1 agr-1/stock: …`.
    public var sharing: [String] = []
    /// What is wrong, one line each with `file:line:column`.
    public var findings: [String] = []
    /// What takes effect.
    public var changes: [Change] = []
    /// Rules that stay as they are.
    public var rulesUnchanged = 0
    /// Sections that are otherwise too, and stay as they were until the daemon is started again.
    public var restart: [String] = []
    /// What else the operator should know.
    public var notes: [String] = []
    /// From reading the file to going by it.
    public var milliseconds = 0

    /// Nothing yet.
    public init(applied: Bool) {
        self.applied = applied
    }

    /// A line for each thing that is to be told.
    public var lines: [String] {
        var lines = changes.map { "\($0.sign) \($0.part)\($0.name.isEmpty ? "" : " \($0.name)")" }
        lines += sharing
        lines += restart.map { "! \($0): changed, but only a restart applies it" }
        lines += notes.map { "! \($0)" }
        let same = "= \(rulesUnchanged) rule\(rulesUnchanged == 1 ? "" : "s") unchanged"
        return lines + ["\(same)   applied in \(milliseconds) ms, no message lost"]
    }
}
