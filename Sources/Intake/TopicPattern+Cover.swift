extension TopicPattern {
    /// Whether every topic that matches `other` matches this one too. When in doubt: no.
    func covers(_ other: TopicPattern) -> Bool {
        Self.covers(levels[...], other.levels[...])
    }

    private static func covers(_ mine: ArraySlice<Level>, _ other: ArraySlice<Level>) -> Bool {
        guard let level = mine.first else { return other.isEmpty }
        if level == .rest { return true }
        guard let theirs = other.first else { return false }
        if case .many = level {
            // A level that may be empty is no level of a {name*}.
            guard theirs != .rest, theirs.isNeverEmpty else { return false }
            return covers(mine.dropFirst(), other.dropFirst()) || covers(mine, other.dropFirst())
        }
        switch theirs {
        case .rest, .many: return false
        case .literal, .any, .capture, .parts:
            return level.covers(theirs) && covers(mine.dropFirst(), other.dropFirst())
        }
    }

    /// The narrowest MQTT filter that lets all its topics through.
    var filter: TopicCover {
        var filter: [String] = []
        for level in levels {
            switch level {
            case .literal(let text): filter.append(String(decoding: text, as: UTF8.self))
            case .any, .capture, .parts: filter.append("+")
            case .many, .rest: return TopicCover(levels: filter + ["#"])
            }
        }
        return TopicCover(levels: filter)
    }
}

extension TopicPattern.Level {
    fileprivate var isNeverEmpty: Bool {
        switch self {
        case .literal(let text): !text.isEmpty
        case .any, .rest: false
        case .capture, .parts, .many: true
        }
    }

    fileprivate func covers(_ other: TopicPattern.Level) -> Bool {
        switch self {
        case .rest, .many: return false
        case .any: return true
        case .capture: return other.isNeverEmpty
        case .literal: return self == other
        case .parts(let texts, let captures):
            if case .parts(let otherTexts, _) = other { return texts == otherTexts }
            guard case .literal(let literal) = other else { return false }
            let pattern = TopicPattern(parts: texts, captures)
            var found = [ByteRange?](repeating: nil, count: (captures.max() ?? 0) + 1)
            let whole = ByteRange(start: 0, count: literal.count)
            return pattern.matches(literal.span, [whole], captures: &found)
        }
    }
}

extension TopicPattern {
    fileprivate init(parts texts: [[UInt8]], _ captures: [Int]) {
        text = ""
        levels = [.parts(texts: texts, captures: captures)]
    }
}

/// An MQTT filter as levels, and the arithmetic to make few of many.
struct TopicCover: Hashable, Sendable {
    var levels: [String]

    var text: String { levels.joined(separator: "/") }

    /// Whether every topic that passes `other` passes this one.
    func covers(_ other: TopicCover) -> Bool {
        if isHidden(from: other) { return false }
        for (index, level) in levels.enumerated() {
            if level == "#" { return true }
            guard index < other.levels.count, other.levels[index] != "#" else { return false }
            guard level == "+" || level == other.levels[index] else { return false }
        }
        return levels.count == other.levels.count
    }

    /// Whether some topic passes both; then a broker may deliver it twice.
    func overlaps(_ other: TopicCover) -> Bool {
        if isHidden(from: other) || other.isHidden(from: self) { return false }
        for (mine, theirs) in zip(levels, other.levels) {
            if mine == "#" || theirs == "#" { return true }
            guard mine == theirs || mine == "+" || theirs == "+" else { return false }
        }
        if levels.count == other.levels.count { return true }
        // `a/#` also passes the topic `a`.
        let longer = levels.count > other.levels.count ? levels : other.levels
        let shorter = min(levels.count, other.levels.count)
        return longer.count == shorter + 1 && longer[shorter] == "#"
    }

    /// A wildcard at the first level does not open the broker's own tree.
    private func isHidden(from other: TopicCover) -> Bool {
        (levels.first == "+" || levels.first == "#") && (other.levels.first ?? "").hasPrefix("$")
    }

    /// A filter that covers both.
    func joined(with other: TopicCover) -> TopicCover {
        var joined: [String] = []
        for (mine, theirs) in zip(levels, other.levels) {
            if mine == "#" || theirs == "#" { return TopicCover(levels: joined + ["#"]) }
            joined.append(mine == theirs ? mine : "+")
        }
        return TopicCover(levels: levels.count == other.levels.count ? joined : joined + ["#"])
    }

    /// Whether the topic passes.
    func passes(_ topic: String) -> Bool {
        let parts = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        return covers(TopicCover(levels: parts))
    }

    /// As few filters as cover all of `wanted`, no two of which let the same topic through.
    static func fewest(_ wanted: [TopicCover]) -> [TopicCover] {
        var filters: [TopicCover] = []
        for filter in wanted {
            var grown = filter
            while let index = filters.firstIndex(where: { $0.overlaps(grown) }) {
                grown = filters.remove(at: index).joined(with: grown)
            }
            filters.append(grown)
        }
        return filters
    }
}
