/// Why a selector cannot be read. Columns are 1-based, in characters of the whole text.
public enum SelectorFailure: Error, Hashable, Sendable {
    /// What may stand at a place of a selector.
    public enum Expected: String, Hashable, Sendable {
        case brace = "{"
        case label = "a label (site, asset, metric or a tag's name) or }"
        case operation = "=, !=, =~ or !~"
        case text = "a text in quotes"
        case closingQuote = "the closing quote"
        case comma = ", or }"
        case end = "nothing more"
        case metric = "one metric's name before the {, without * and ?; for several write {metric=~\"…\"}"
        case escape = "\\n, \\t, \\\\, the quote, \\x and 2 hexadecimal digits, \\u and 4, or \\U and 8"
        case unicode = "bytes that are UTF-8"
    }

    /// Something else stood there; `found` is its first character, or empty at the end.
    case expected(Expected, column: Int, found: String)
    /// A regular expression that is not understood; the column is that of its opening quote.
    case regex(RegexFailure, column: Int)
    /// Over ``Selector/bytesMax``.
    case tooLong(bytes: Int)
    /// Over ``Selector/matchersMax``; the column is that of the first one too many.
    case tooManyMatchers(column: Int)
}

extension SelectorFailure: CustomStringConvertible {
    /// One line for the operator.
    public var description: String {
        switch self {
        case .expected(let expected, let column, let found):
            "column \(column): expected \(expected.rawValue)"
                + (found.isEmpty ? ", but the selector ends" : ", not \(found)")
        case .regex(let failure, let column):
            "column \(column): character \(failure.position + 1) of the expression: \(failure.message)"
        case .tooLong(let bytes):
            "\(bytes) bytes are over the limit of \(Selector.bytesMax)"
        case .tooManyMatchers(let column):
            "column \(column): one condition more than the limit of \(Selector.matchersMax)"
        }
    }
}
