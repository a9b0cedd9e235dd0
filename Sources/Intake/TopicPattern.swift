/// Why a topic pattern cannot be used.
struct TopicPatternFailure: Error, Hashable, Sendable {
    let message: String
}

/// A rule's topic: levels as in MQTT, some of them remembered under a name.
///
/// `+` is any level and `#` at the end any number of them, none included; `{name}` is one level or, as in
/// `switch:{ch}`, a part of one, and is never empty; `{name*}` is one or more levels.
struct TopicPattern: Sendable {
    enum Level: Hashable, Sendable {
        case literal([UInt8])
        case any
        /// The capture with that number.
        case capture(Int)
        /// Fixed texts around captures: there is one text more than captures; the outer ones may be empty.
        case parts(texts: [[UInt8]], captures: [Int])
        case many(Int)
        case rest
    }

    /// `{name*}` in one pattern, at most: each multiplies the ways to split a topic.
    static let manyMax = 3

    /// As written.
    let text: String
    let levels: [Level]

    /// - Parameter names: what captures are called; the pattern's own are appended where they are new, so
    ///   that the patterns of one rule share their numbers.
    init(_ text: String, names: inout [String]) throws(TopicPatternFailure) {
        self.text = text
        guard !text.isEmpty else { throw TopicPatternFailure(message: "a topic pattern may not be empty") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw TopicPatternFailure(message: "a topic pattern may not hold control characters")
        }
        let written = text.split(separator: "/", omittingEmptySubsequences: false)
        var levels: [Level] = []
        var mine: [String] = []
        for (index, level) in written.enumerated() {
            levels.append(try Self.level(String(level), isLast: index == written.count - 1, &names, &mine))
        }
        guard levels.count(where: \.isMany) <= Self.manyMax else {
            throw TopicPatternFailure(message: "at most \(Self.manyMax) levels may be written {name*}")
        }
        self.levels = levels
    }

    private static func level(
        _ text: String,
        isLast: Bool,
        _ names: inout [String],
        _ mine: inout [String]
    ) throws(TopicPatternFailure) -> Level {
        if text == "+" { return .any }
        if text == "#" {
            guard isLast else { throw TopicPatternFailure(message: "# may only be the last level") }
            return .rest
        }
        if text.contains("+") || text.contains("#") {
            throw TopicPatternFailure(message: "\(text): + and # take a whole level; for a part write {name}")
        }
        guard text.contains("{") || text.contains("}") else { return .literal(Array(text.utf8)) }
        return try pieces(text, &names, &mine)
    }

    private static func pieces(
        _ text: String,
        _ names: inout [String],
        _ mine: inout [String]
    ) throws(TopicPatternFailure) -> Level {
        var texts: [[UInt8]] = []
        var captures: [Int] = []
        var plain: [UInt8] = []
        var rest = text[...]
        while let first = rest.first {
            rest.removeFirst()
            guard first == "{" else {
                guard first != "}" else { throw TopicPatternFailure(message: "\(text): a } without its {") }
                plain.append(contentsOf: String(first).utf8)
                continue
            }
            guard let end = rest.firstIndex(of: "}") else {
                throw TopicPatternFailure(message: "\(text): a { without its }")
            }
            var name = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
            let isMany = name.hasSuffix("*")
            if isMany { name.removeLast() }
            let number = try number(of: name, in: text, &names, &mine)
            if isMany {
                guard text == "{\(name)*}" else {
                    throw TopicPatternFailure(
                        message: "\(text): {\(name)*} takes whole levels, nothing beside it"
                    )
                }
                return .many(number)
            }
            guard captures.isEmpty || !plain.isEmpty else {
                throw TopicPatternFailure(
                    message: "\(text): nothing tells where one capture ends and the next begins"
                )
            }
            texts.append(plain)
            plain = []
            captures.append(number)
        }
        texts.append(plain)
        let isWhole = captures.count == 1 && texts.allSatisfy(\.isEmpty)
        return isWhole ? .capture(captures[0]) : .parts(texts: texts, captures: captures)
    }

    /// Names that templates use for other things.
    static let reserved: Set<String> = ["key", "index", "path", "topic"]

    private static func number(
        of name: String,
        in text: String,
        _ names: inout [String],
        _ mine: inout [String]
    ) throws(TopicPatternFailure) -> Int {
        let isWord = name.unicodeScalars.allSatisfy {
            $0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil
        }
        guard !name.isEmpty, isWord else {
            throw TopicPatternFailure(message: "\(text): a capture's name consists of letters, digits and _")
        }
        guard !reserved.contains(name) else {
            throw TopicPatternFailure(
                message: "{\(name)} means something else in templates; choose another name"
            )
        }
        guard !mine.contains(name) else {
            throw TopicPatternFailure(message: "two captures of the pattern are named \(name)")
        }
        mine.append(name)
        if let known = names.firstIndex(of: name) { return known }
        names.append(name)
        return names.count - 1
    }
}

extension TopicPattern.Level {
    var isMany: Bool { if case .many = self { true } else { false } }
}

extension TopicPattern {
    /// Where each level of a topic lies.
    static func levels(of topic: Span<UInt8>, into levels: inout [ByteRange]) {
        levels.removeAll(keepingCapacity: true)
        var start = 0
        for index in 0..<topic.count where topic[index] == UInt8(ascii: "/") {
            levels.append(ByteRange(start: start, count: index - start))
            start = index + 1
        }
        levels.append(ByteRange(start: start, count: topic.count - start))
    }

    /// Whether the topic matches; then `captures`, one place for each name of the rule, holds where they lie.
    func matches(_ topic: Span<UInt8>, _ split: [ByteRange], captures: inout [ByteRange?]) -> Bool {
        // As in MQTT a wildcard does not open the broker's own tree.
        if topic.count > 0, topic[0] == UInt8(ascii: "$") {
            guard case .literal = levels[0] else { return false }
        }
        return matches(topic, split, from: 0, at: 0, &captures)
    }

    private func matches(
        _ topic: Span<UInt8>,
        _ split: [ByteRange],
        from level: Int,
        at place: Int,
        _ captures: inout [ByteRange?]
    ) -> Bool {
        guard level < levels.count else { return place == split.count }
        if levels[level] == .rest { return true }
        guard place < split.count else { return false }
        let range = split[place]
        switch levels[level] {
        case .rest, .any: break
        case .literal(let text):
            guard topic.extracting(range.indices).holdsSame(as: text.span) else { return false }
        case .capture(let number):
            guard range.count > 0 else { return false }
            captures[number] = range
        case .parts(let texts, let numbers):
            guard Self.matches(topic, range, texts, numbers, &captures) else { return false }
        case .many(let number):
            guard range.count > 0 else { return false }
            for last in place..<split.count {
                if matches(topic, split, from: level + 1, at: last + 1, &captures) {
                    captures[number] = ByteRange(start: range.start, count: split[last].end - range.start)
                    return true
                }
            }
            return false
        }
        return matches(topic, split, from: level + 1, at: place + 1, &captures)
    }

    private static func matches(
        _ topic: Span<UInt8>,
        _ range: ByteRange,
        _ texts: [[UInt8]],
        _ numbers: [Int],
        _ captures: inout [ByteRange?]
    ) -> Bool {
        let first = texts[0]
        let last = texts[texts.count - 1]
        guard range.count >= first.count + last.count,
            topic.extracting(range.start..<range.start + first.count).holdsSame(as: first.span),
            topic.extracting(range.end - last.count..<range.end).holdsSame(as: last.span)
        else { return false }
        var position = range.start + first.count
        let end = range.end - last.count
        for (index, number) in numbers.enumerated() {
            var stop = end
            if index < numbers.count - 1 {
                let text = texts[index + 1]
                stop = position + 1
                while stop + text.count <= end,
                    !topic.extracting(stop..<stop + text.count).holdsSame(as: text.span)
                {
                    stop += 1
                }
                guard stop + text.count <= end else { return false }
            }
            guard stop > position else { return false }
            captures[number] = ByteRange(start: position, count: stop - position)
            position = stop + (index < numbers.count - 1 ? texts[index + 1].count : 0)
        }
        return true
    }
}
