import FoundationEssentials

/// Which filters the broker's session may hold, over restarts: a line each in `<data>/filters`.
///
/// A broker keeps the subscriptions of a session while we are away. A filter that the configuration no longer
/// has must be given back, or its messages come for ever, and twice where two filters overlap.
struct FilterMemory {
    private let path: String

    init(_ folder: String) {
        path = folder + "/filters"
    }

    /// Writes down what will be asked for beside what may still be there.
    ///
    /// Old filters stay on the list, since nobody knows when the broker has let go of them; giving back one
    /// that is not there does no harm.
    /// - Returns: what earlier runs may have left.
    func exchange(_ filters: [String]) throws(Trouble) -> [String] {
        let before =
            (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").map(String.init)
            ?? []
        let all = Set(before).union(filters).sorted()
        guard all != before else { return before }
        do {
            try Data((all.joined(separator: "\n") + "\n").utf8).write(
                to: URL(filePath: path),
                options: .atomic
            )
        } catch {
            throw Trouble("error: cannot write \(path): \(error); check its owner, or set data.directory")
        }
        return before
    }
}
