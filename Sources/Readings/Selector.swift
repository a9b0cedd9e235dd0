/// A pattern over series paths: `osaka/press-*/temperature`.
///
/// `*` stands for any run of characters without `/`, `**` for any run at all, `?` for one character, which may not
/// be `/` either.
/// A pattern without any of these is a prefix of whole levels: `osaka/press-1` selects all its metrics.
public struct Selector: Hashable, Sendable, CustomStringConvertible {
    /// As written.
    public let pattern: String
    private let parts: [Unicode.Scalar]
    private let isPlain: Bool

    /// Every text is a valid pattern.
    public init(_ pattern: String) {
        self.pattern = pattern
        parts = Array(pattern.unicodeScalars)
        isPlain = !pattern.contains { $0 == "*" || $0 == "?" }
    }

    /// As written.
    public var description: String { pattern }

    /// Whether the key's path is selected.
    public func matches(_ key: SeriesKey) -> Bool {
        matches(path: key.path)
    }

    /// Whether the path is selected.
    ///
    /// - Complexity: O(pattern × path): the set of reachable pattern positions is carried along, so that no
    ///   pattern blows up.
    public func matches(path: String) -> Bool {
        if isPlain {
            return pattern.isEmpty || path == pattern || path.hasPrefix(pattern + "/")
        }
        var reachable = [Bool](repeating: false, count: parts.count + 1)
        reachable[0] = true
        stepOverStars(&reachable)
        for scalar in path.unicodeScalars {
            var next = [Bool](repeating: false, count: parts.count + 1)
            for position in parts.indices where reachable[position] {
                switch parts[position] {
                case "*": if scalar != "/" || isDoubleStar(position) { next[position] = true }
                case "?": if scalar != "/" { next[position + 1] = true }
                case scalar: next[position + 1] = true
                default: break
                }
            }
            stepOverStars(&next)
            reachable = next
        }
        return reachable[parts.count]
    }

    private func stepOverStars(_ reachable: inout [Bool]) {
        for position in parts.indices where reachable[position] && parts[position] == "*" {
            reachable[position + 1] = true
        }
    }

    private func isDoubleStar(_ position: Int) -> Bool {
        (position + 1 < parts.count && parts[position + 1] == "*")
            || (position > 0 && parts[position - 1] == "*")
    }
}
