/// Finds the word that was probably meant.
package enum NearestWord {
    /// Longer words are not compared: nobody mistypes them by a letter or two only.
    static let scalarsMax = 64

    /// The known word that is closest to `word`, if it is close enough to be a slip of the fingers: the same but
    /// for case, `-` and `_`, or at most one edit in three letters.
    package static func find(_ word: String, among known: [String]) -> String? {
        let wanted = plain(word)
        guard !wanted.isEmpty, wanted.count <= scalarsMax else { return nil }
        var best: (word: String, edits: Int)?
        for candidate in known {
            let other = plain(candidate)
            guard other.count <= scalarsMax else { continue }
            let edits = distance(wanted, other)
            guard edits <= max(1, max(wanted.count, other.count) / 3), edits < other.count else { continue }
            if edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.word
    }

    /// ` (did you mean "…"?)`, or nothing.
    static func hint(_ word: String, among known: [String]) -> String {
        guard let near = find(word, among: known) else { return "" }
        return " (did you mean \"\(near)\"?)"
    }

    private static func plain(_ word: String) -> [Unicode.Scalar] {
        word.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" }
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var before = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                var edits = min(last[column + 1] + 1, next[column] + 1)
                edits = min(edits, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    edits = min(edits, before[column - 1] + 1)
                }
                next.append(edits)
            }
            before = last
            last = next
        }
        return last[right.count]
    }
}
