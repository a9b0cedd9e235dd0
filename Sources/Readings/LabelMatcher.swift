/// One condition of a selector: `asset=~"press-.*"`.
///
/// A series without the label has the empty text there, as in PromQL: `lot=""` selects what has no lot.
public struct LabelMatcher: Hashable, Sendable {
    /// What is asked of the label's value.
    public enum Operation: String, Hashable, Sendable {
        case equal = "="
        case notEqual = "!="
        /// The whole value matches the regular expression.
        case matches = "=~"
        case matchesNot = "!~"
    }

    private enum Test: Sendable {
        /// One of these.
        case texts(Set<String>)
        /// Begins so, and matches.
        case regex(Regex, prefix: [UInt8])
    }

    /// Whose value is asked for.
    public let label: Label
    /// What is asked of it.
    public let operation: Operation
    /// The text or the expression.
    public let text: String
    private let test: Test

    /// - Parameter text: for `=~` and `!~` a regular expression of the house, see ``Regex``; it must match the whole
    ///   value.
    /// - Throws: ``RegexFailure`` for an expression that is not understood.
    public init(_ label: Label, _ operation: Operation, _ text: String) throws(RegexFailure) {
        (self.label, self.operation, self.text) = (label, operation, text)
        switch operation {
        case .equal, .notEqual: test = .texts([text])
        case .matches, .matchesNot:
            let regex = try Regex(text, isWhole: true)
            if let texts = Regex.texts(of: text) {
                test = .texts(Set(texts))
            } else {
                test = .regex(regex, prefix: Regex.prefix(of: text))
            }
        }
    }

    /// `!=` and `!~`: what is named is left out.
    public var isNegated: Bool { operation == .notEqual || operation == .matchesNot }

    /// The named values, where they can be listed: of `=` and `!=`, and of expressions such as `p1|p2`.
    public var namedTexts: Set<String>? {
        if case .texts(let texts) = test { texts } else { nil }
    }

    /// Whether the value is one that the condition names; a negated one leaves it out.
    ///
    /// - Parameter value: one of more than ``Regex/textBytesMax`` bytes is named by no expression.
    public func names(_ value: String, with machine: inout RegexMachine) -> Bool {
        switch test {
        case .texts(let texts): texts.contains(value)
        case .regex(let regex, let prefix):
            value.utf8.count <= Regex.textBytesMax && value.utf8.starts(with: prefix)
                && machine.search(regex, in: Array(value.utf8))
        }
    }

    /// Whether the key is selected.
    public func matches(_ key: SeriesKey, with machine: inout RegexMachine) -> Bool {
        names(label.value(in: key), with: &machine) != isNegated
    }

    /// Equal as written.
    public static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
        left.label == right.label && left.operation == right.operation && left.text == right.text
    }

    /// As written.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(label)
        hasher.combine(operation)
        hasher.combine(text)
    }
}

extension Regex {
    private static let special = "\\.[](){}^$*+?|".unicodeScalars

    /// The texts of an expression that is nothing but texts with `|` between them; nil for any other.
    static func texts(of pattern: String) -> [String]? {
        guard pattern.unicodeScalars.allSatisfy({ $0 == "|" || !special.contains($0) }) else { return nil }
        return pattern.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }

    /// What every text begins with that the expression matches whole; may be less than could be known.
    static func prefix(of pattern: String) -> [UInt8] {
        guard !pattern.unicodeScalars.contains("|") else { return [] }
        var plain = String.UnicodeScalarView(pattern.unicodeScalars.prefix { !special.contains($0) })
        let behind = pattern.unicodeScalars.dropFirst(plain.count).first
        if let behind, "*+?{".unicodeScalars.contains(behind), !plain.isEmpty { plain.removeLast() }
        return Array(String(plain).utf8)
    }
}
