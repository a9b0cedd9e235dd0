/// A pattern over series paths: `ota/press-*/temperature`.
///
/// `*` stands for any run of characters without `/`, `**` for any run at all, `?` for one character, which may not
/// be `/` either.
/// A pattern without any of these is a prefix of whole levels: `ota/press-1` selects all its metrics.
public struct PathGlob: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case scalar(Unicode.Scalar)
        /// `?`
        case one
        /// `*`
        case level
        /// `**`
        case run
        /// The end of a plain pattern: the path ends too, or goes on with `/`.
        case levelEnd
    }

    let parts: [Part]

    /// Every text is a valid pattern.
    public init(_ pattern: String) {
        var parts: [Part] = []
        for scalar in pattern.unicodeScalars {
            switch (scalar, parts.last) {
            case ("*", .level): parts[parts.count - 1] = .run
            case ("*", .run): break
            case ("*", _): parts.append(.level)
            case ("?", _): parts.append(.one)
            default: parts.append(.scalar(scalar))
            }
        }
        let isPlain = parts.allSatisfy { if case .scalar = $0 { true } else { false } }
        if isPlain { parts += pattern.isEmpty ? [.run] : [.levelEnd, .run] }
        self.parts = parts
    }

    /// Whether the path is selected.
    ///
    /// - Complexity: O(pattern × path), whatever the pattern.
    public func matches(path: String) -> Bool {
        var run = GlobRun(self)
        run.take(path)
        return run.isMatched
    }
}

/// A glob on its way over a path: the set of places in the pattern that the text so far can have reached, carried
/// along, so that no pattern blows up.
///
/// A text may be given in pieces, and a ``State`` kept, so that many paths that begin alike are begun once.
public struct GlobRun: Sendable {
    /// Where a pattern stands after some text; two texts with equal states are alike from there on.
    public struct State: Hashable, Sendable {
        /// Bit i: place i is reached; place `parts.count` is the end.
        fileprivate var words: [UInt64]

        /// No path that goes on from here is selected.
        public var isDead: Bool { words.allSatisfy { $0 == 0 } }
    }

    private let parts: [PathGlob.Part]
    /// Setting it goes back to an earlier place of the same glob.
    public var state: State
    private var following: [UInt64]

    /// At the beginning of a path.
    public init(_ glob: PathGlob) {
        parts = glob.parts
        following = [UInt64](repeating: 0, count: parts.count / 64 + 1)
        state = State(words: following)
        state.words[0] = 1
        close(&state.words)
    }

    /// Whether the text so far is a selected path.
    public var isMatched: Bool { state.words[parts.count / 64] >> UInt64(parts.count % 64) & 1 != 0 }

    /// Whether every path that goes on from here is selected, whatever comes.
    public var isOpen: Bool {
        guard case .run = parts.last else { return false }
        let place = parts.count - 1
        return state.words[place / 64] >> UInt64(place % 64) & 1 != 0
    }

    /// Goes on over the next piece of the path.
    ///
    /// - Complexity: O(pattern × text); allocates nothing while nobody keeps the state.
    public mutating func take(_ text: String) {
        for scalar in text.unicodeScalars { step(scalar) }
    }

    private mutating func step(_ scalar: Unicode.Scalar) {
        for word in following.indices { following[word] = 0 }
        let isSlash = scalar == "/"
        for word in state.words.indices {
            var bits = state.words[word]
            while bits != 0 {
                let place = word * 64 + bits.trailingZeroBitCount
                bits &= bits &- 1
                guard place < parts.count else { break }
                switch parts[place] {
                case .scalar(let wanted): if wanted == scalar { Self.set(place + 1, &following) }
                case .one: if !isSlash { Self.set(place + 1, &following) }
                case .level: if !isSlash { Self.set(place, &following) }
                case .run: Self.set(place, &following)
                case .levelEnd: if isSlash { Self.set(place + 1, &following) }
                }
            }
        }
        close(&following)
        swap(&state.words, &following)
    }

    /// Adds what is reached without a character.
    private func close(_ words: inout [UInt64]) {
        // Ascending, so that a place reached here is looked at too.
        for word in words.indices {
            var seen: UInt64 = 0
            while words[word] & ~seen != 0 {
                let bit = (words[word] & ~seen).trailingZeroBitCount
                seen |= 1 << UInt64(bit)
                let place = word * 64 + bit
                guard place < parts.count else { break }
                switch parts[place] {
                case .level, .run: Self.set(place + 1, &words)
                case .levelEnd: Self.set(parts.count, &words)
                case .scalar, .one: break
                }
            }
        }
    }

    private static func set(_ place: Int, _ words: inout [UInt64]) {
        words[place / 64] |= 1 << UInt64(place % 64)
    }
}
