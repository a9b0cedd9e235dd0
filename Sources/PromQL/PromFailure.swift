/// Why a query in Prometheus's language is not answered; its text says where, and what to write instead.
public enum PromFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be read, or asks for what is not there.
    case unreadable(Place, String)
    /// The range or the step makes no sense.
    case badRange(String)
    /// What it asks for cannot be told: two rows of one answer would be the same, or have the same partner.
    case ambiguous(String)
    /// It is too much for one answer.
    case tooMuch(String)
    /// It took too long.
    case overtime(seconds: Int)
    /// The disk cannot be read.
    case store(String)

    /// Where in the text: line and column, from 1, in characters.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        /// From 1.
        public var line: Int
        /// From 1.
        public var column: Int

        /// The place of a character.
        ///
        /// - Parameter index: 0-based, in Unicode scalars.
        init(of index: Int, in text: some Collection<Unicode.Scalar>) {
            let before = text.prefix(index)
            line = 1 + before.count { $0 == "\n" }
            column = 1 + before.reversed().prefix { $0 != "\n" }.count
        }

        /// As compilers write it.
        public var description: String { "\(line):\(column)" }
    }

    /// One line for whoever asks; it begins as Prometheus's own does.
    public var description: String {
        switch self {
        case .unreadable(let place, let text): "\(place): parse error: \(text)"
        case .badRange(let text), .ambiguous(let text), .tooMuch(let text), .store(let text): text
        case .overtime(let seconds):
            "the query took longer than \(seconds) s; ask for a shorter range, a longer step or fewer series"
        }
    }
}
