/// Which series are meant, in one of two forms:
///
///     ota/press-*/temperature                      a pattern over paths, see PathGlob
///     temperature{site="ota", asset=~"press-.*"}   conditions on labels, as in PromQL
///
/// A text with `{` in it is of the second form. Labels are `site`, `asset`, `metric` and the names of tags; a missing
/// one is empty. `=` and `!=` compare, `=~` and `!~` match the whole value against a regular expression (see
/// ``Regex``); all conditions must hold. A name before the `{` is the metric's.
public struct Selector: Hashable, Sendable, CustomStringConvertible {
    /// The two forms, read.
    public enum Form: Hashable, Sendable {
        case path(PathGlob)
        /// All must hold; none selects everything.
        case labels([LabelMatcher])
    }

    /// A selector may not be longer, in UTF-8.
    public static let bytesMax = 4096
    /// Nor have more conditions.
    public static let matchersMax = 32

    /// As written.
    public let pattern: String
    /// What it says.
    public let form: Form

    /// Reads either form; the empty text selects everything.
    public init(_ pattern: String) throws(SelectorFailure) {
        guard pattern.utf8.count <= Selector.bytesMax else { throw .tooLong(bytes: pattern.utf8.count) }
        self.pattern = pattern
        if pattern.unicodeScalars.contains("{") {
            var parser = SelectorParser(pattern)
            form = .labels(try parser.parse())
        } else {
            form = .path(PathGlob(pattern))
        }
    }

    /// A pattern over paths, even with `{` in it: every text is one.
    public init(glob pattern: String) {
        self.pattern = pattern
        form = .path(PathGlob(pattern))
    }

    /// Conditions on labels that were read elsewhere.
    public init(_ matchers: [LabelMatcher]) {
        let written = matchers.map { "\($0.label.name)\($0.operation.rawValue)\"\($0.text)\"" }
        pattern = "{\(written.joined(separator: ", "))}"
        form = .labels(matchers)
    }

    /// As written.
    public var description: String { pattern }

    /// Whether the key is selected.
    public func matches(_ key: SeriesKey) -> Bool {
        var machine = RegexMachine()
        return matches(key, with: &machine)
    }

    /// The same for many keys, with one machine's buffers.
    public func matches(_ key: SeriesKey, with machine: inout RegexMachine) -> Bool {
        switch form {
        case .path(let glob): return glob.matches(path: key.path)
        case .labels(let matchers):
            for matcher in matchers where !matcher.matches(key, with: &machine) { return false }
            return true
        }
    }
}
