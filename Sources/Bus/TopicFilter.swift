/// Why a text is not a topic, or not a filter, of MQTT 5.
public enum TopicFailure: Error, Hashable, Sendable {
    case empty
    case tooLong(bytes: Int)
    case tooDeep(levels: Int)
    /// A character that brokers close the connection for: NUL or another control character.
    case controlCharacter(code: UInt32)
    /// `+` or `#` next to other characters of the same level, such as `press+`. The level is 1-based.
    case wildcardInsideLevel(level: Int)
    /// `#` before the last level. The level is 1-based.
    case hashNotLast(level: Int)
    /// A wildcard in a topic that is to be published to.
    case wildcardInTopic
    /// `$share/<group>/<filter>` without a group, without a filter, or with a wildcard in the group.
    case badShare
}

extension TopicFailure: CustomStringConvertible {
    /// What is wrong and what to write instead.
    public var description: String {
        switch self {
        case .empty: "the topic is empty; write at least one character"
        case .tooLong(let bytes):
            "the topic has \(bytes) bytes; MQTT allows \(TopicFilter.bytesMax)"
        case .tooDeep(let levels):
            "the topic has \(levels) levels; brokers refuse more than \(TopicFilter.levelsMax)"
        case .controlCharacter(let code):
            "the topic holds the control character U+\(String(code, radix: 16, uppercase: true)); remove it"
        case .wildcardInsideLevel(let level):
            "in level \(level) a + or # stands beside other characters; a wildcard takes a whole level"
        case .hashNotLast(let level): "# stands in level \(level); it may only be the last level"
        case .wildcardInTopic: "a topic to publish to holds + or #; wildcards belong into filters"
        case .badShare: "a shared filter is written $share/<group>/<filter>, without wildcards in the group"
        }
    }
}

/// A topic filter of MQTT 5: levels, `+` for any one level, `#` for this level and all below.
///
/// `$share/<group>/<filter>` matches as `<filter>` does, but covers only filters of its group.
public struct TopicFilter: Hashable, Sendable, CustomStringConvertible {
    /// The most UTF-8 bytes of a topic or filter (a 16-bit length on the wire).
    public static let bytesMax = 65_535
    /// Mosquitto closes the connection of a client that exceeds it.
    public static let levelsMax = 200

    /// As written.
    public let description: String
    /// The group of a shared filter.
    public let share: String?
    /// The levels' bytes, the share's two levels left out.
    private let levels: [[UInt8]]

    private static let plus: [UInt8] = [UInt8(ascii: "+")]
    private static let hash: [UInt8] = [UInt8(ascii: "#")]

    /// Reads a filter.
    ///
    /// - Throws: ``TopicFailure``, the first thing wrong with it.
    public init(_ text: String) throws(TopicFailure) {
        try TopicFilter.checkText(text)
        var levels = TopicFilter.levels(of: text)
        var share: String?
        if levels.first?.elementsEqual("$share".utf8) == true {
            let group = levels.count > 1 ? levels[1] : []
            let hasWildcard = group.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }
            let hasFilter = levels.count > 3 || (levels.count == 3 && !levels[2].isEmpty)
            guard !group.isEmpty, !hasWildcard, hasFilter else { throw .badShare }
            share = String(decoding: group, as: UTF8.self)
            levels.removeFirst(2)
        }
        for (index, level) in levels.enumerated() {
            let holdsWildcard = level.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }
            if holdsWildcard && level.count > 1 { throw .wildcardInsideLevel(level: index + 1) }
            if level == TopicFilter.hash && index < levels.count - 1 { throw .hashNotLast(level: index + 1) }
        }
        description = text
        self.share = share
        self.levels = levels
    }

    /// Whether a message may be published to the topic.
    ///
    /// - Throws: ``TopicFailure``, the first thing wrong with it.
    public static func check(topic: String) throws(TopicFailure) {
        try checkText(topic)
        if topic.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) {
            throw .wildcardInTopic
        }
    }

    /// Whether the topic is selected.
    public func matches(_ topic: String) -> Bool {
        var copy = topic
        return copy.withUTF8 { bytes in
            unsafe matches(Span(_unsafeElements: bytes))
        }
    }

    /// Whether the topic, as UTF-8, is selected.
    ///
    /// A wildcard in the first level leaves `$SYS` and its like alone.
    ///
    /// - Complexity: O(topic bytes); allocates nothing.
    public func matches(_ topic: borrowing Span<UInt8>) -> Bool {
        if topic.isEmpty { return false }
        let startsWithDollar = topic[0] == UInt8(ascii: "$")
        var start = 0
        for (index, level) in levels.enumerated() {
            // start == count + 1 means that the topic ran out of levels before this one.
            if level == TopicFilter.hash { return !(index == 0 && startsWithDollar) }
            if start > topic.count { return false }
            var end = start
            while end < topic.count && topic[end] != UInt8(ascii: "/") { end += 1 }
            if level == TopicFilter.plus {
                if index == 0 && startsWithDollar { return false }
            } else {
                guard level.count == end - start else { return false }
                for offset in level.indices where level[offset] != topic[start + offset] { return false }
            }
            start = end + 1
        }
        return start > topic.count
    }

    /// Whether every topic that `other` selects is selected by this filter too.
    public func covers(_ other: TopicFilter) -> Bool {
        guard share == other.share else { return false }
        let mine = TopicFilter.plain(levels)
        let theirs = TopicFilter.plain(other.levels)
        for index in mine.indices {
            if mine[index] == TopicFilter.hash {
                return !(index == 0 && theirs[0].first == UInt8(ascii: "$"))
            }
            guard index < theirs.count, theirs[index] != TopicFilter.hash else { return false }
            if mine[index] == TopicFilter.plus {
                if index == 0 && theirs[0].first == UInt8(ascii: "$") { return false }
            } else if mine[index] != theirs[index] {
                return false
            }
        }
        return mine.count == theirs.count
    }

    /// Whether some topic is selected by both, so that a broker may deliver its messages twice.
    public func overlaps(_ other: TopicFilter) -> Bool {
        for index in 0..<max(levels.count, other.levels.count) {
            let left = index < levels.count ? levels[index] : nil
            let right = index < other.levels.count ? other.levels[index] : nil
            if left == TopicFilter.hash || right == TopicFilter.hash {
                let facing = left == TopicFilter.hash ? right : left
                return !(index == 0 && facing?.first == UInt8(ascii: "$"))
            }
            guard let left, let right else { return false }
            if left == right { continue }
            guard left == TopicFilter.plus || right == TopicFilter.plus else { return false }
            let literal = left == TopicFilter.plus ? right : left
            if index == 0 && literal.first == UInt8(ascii: "$") { return false }
        }
        return true
    }

    /// The fewest of these filters that select the same topics.
    ///
    /// Doubles and what another one covers are left out. The order of those that stay is kept. Filters that
    /// merely overlap both stay.
    public static func covering(_ filters: [TopicFilter]) -> [TopicFilter] {
        var kept: [TopicFilter] = []
        for filter in filters where !kept.contains(where: { $0.covers(filter) }) {
            kept.removeAll { filter.covers($0) }
            kept.append(filter)
        }
        return kept
    }

    private static func checkText(_ text: String) throws(TopicFailure) {
        if text.isEmpty { throw .empty }
        if text.utf8.count > bytesMax { throw .tooLong(bytes: text.utf8.count) }
        for scalar in text.unicodeScalars where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) {
            throw .controlCharacter(code: scalar.value)
        }
        let levels = text.utf8.count { $0 == UInt8(ascii: "/") } + 1
        if levels > levelsMax { throw .tooDeep(levels: levels) }
    }

    private static func levels(of text: String) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// `+/#` selects what `#` does, since every topic has a first level.
    private static func plain(_ levels: [[UInt8]]) -> [[UInt8]] {
        levels.count == 2 && levels[0] == plus && levels[1] == hash ? [hash] : levels
    }
}
