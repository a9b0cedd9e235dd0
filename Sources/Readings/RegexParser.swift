/// Reads a pattern into a tree.
struct RegexParser {
    private let characters: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private(set) var sets: [Regex.CharacterSet] = []
    private(set) var groups: [(name: String, slot: Int)] = []

    private static let digits = Regex.CharacterSet(ranges: [0x30...0x39])
    private static let words = Regex.CharacterSet(
        ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A],
        holdsLetters: true
    )
    private static let blanks = Regex.CharacterSet(ranges: [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x3000...0x3000,
    ])

    init(_ pattern: String) {
        characters = Array(pattern.unicodeScalars)
    }

    mutating func parse() throws(RegexFailure) -> RegexNode {
        let tree = try choice()
        guard position == characters.count else { throw failure("a ) without its (") }
        return tree
    }

    private func failure(_ message: String, at place: Int? = nil) -> RegexFailure {
        RegexFailure(position: place ?? position, message: message)
    }

    private var next: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == character else { return false }
        position += 1
        return true
    }

    private mutating func choice() throws(RegexFailure) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw failure("groups nested deeper than 50") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(RegexFailure) -> RegexNode {
        var parts: [RegexNode] = []
        while let character = next, character != "|", character != ")" {
            let start = position
            let atom = try atom()
            parts.append(try quantified(atom, from: start))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws(RegexFailure) -> RegexNode {
        let start = position
        guard let character = next else { return .empty }
        position += 1
        switch character {
        case "(": return try group(from: start)
        case "[": return try set(from: start)
        case ".": return .any
        case "^": return .atStart
        case "$": return .atEnd
        case "\\": return try escape(from: start)
        case "*", "+", "?": throw failure("\(character) without anything to repeat", at: start)
        default: return .character(character.value)
        }
    }

    private mutating func group(from start: Int) throws(RegexFailure) -> RegexNode {
        var slot: Int?
        if take("?") {
            if take("<") {
                slot = try name(from: start)
            } else if !take(":") {
                throw failure("of the groups that begin with (? there are (?:…) and (?<name>…)", at: start)
            }
        }
        let inner = try choice()
        guard take(")") else { throw failure("a ( without its )", at: start) }
        guard let slot else { return inner }
        return .group(inner, slot: slot)
    }

    private mutating func name(from start: Int) throws(RegexFailure) -> Int {
        var name = ""
        while let character = next, character != ">" {
            guard
                character == "_" || character.properties.isAlphabetic
                    || character.properties.numericType != nil
            else { throw failure("a group's name consists of letters, digits and _") }
            name.unicodeScalars.append(character)
            position += 1
        }
        guard take(">"), !name.isEmpty else { throw failure("a group is named (?<name>…)", at: start) }
        guard !groups.contains(where: { $0.name == name }) else {
            throw failure("two groups are named \(name)", at: start)
        }
        let slot = 2 + groups.count * 2
        groups.append((name, slot))
        return slot
    }

    private mutating func quantified(_ atom: RegexNode, from start: Int) throws(RegexFailure) -> RegexNode {
        guard let mark = next, mark == "*" || mark == "+" || mark == "?" || mark == "{" else { return atom }
        if atom == .atStart || atom == .atEnd { throw failure("an anchor cannot be repeated", at: start) }
        let bounds: (least: Int, most: Int?)
        if mark == "{" {
            bounds = try counts()
        } else {
            position += 1
            bounds = (mark == "+" ? 1 : 0, mark == "?" ? 1 : nil)
        }
        let isLazy = take("?")
        if next == "*" || next == "+" || next == "?" { throw failure("two repetitions in a row") }
        return .repeated(atom, least: bounds.least, most: bounds.most, isLazy: isLazy)
    }

    /// Reads `{m}`, `{m,}` or `{m,n}`.
    private mutating func counts() throws(RegexFailure) -> (least: Int, most: Int?) {
        let start = position
        position += 1
        let least = number()
        let hasComma = take(",")
        let most = number()
        guard let least, take("}") else {
            throw failure("expected {m}, {m,} or {m,n}; write \\{ for a brace", at: start)
        }
        if !hasComma { return (least, least) }
        if let most, most < least { throw failure("the second count is less than the first", at: start) }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let character = next, ("0"..."9").contains(character) {
            value = min((value ?? 0) * 10 + Int(character.value - 0x30), Regex.instructionsMax + 1)
            position += 1
        }
        return value
    }

    private mutating func escape(from start: Int) throws(RegexFailure) -> RegexNode {
        guard let character = next else { throw failure("the pattern ends with a \\", at: start) }
        position += 1
        if let set = Self.named(character) { return add(set) }
        return .character(try Self.literal(character, at: start))
    }

    private mutating func add(_ set: Regex.CharacterSet) -> RegexNode {
        sets.append(set)
        return .set(sets.count - 1)
    }

    private static func named(_ character: Unicode.Scalar) -> Regex.CharacterSet? {
        var set: Regex.CharacterSet
        switch character {
        case "d", "D": set = digits
        case "w", "W": set = words
        case "s", "S": set = blanks
        default: return nil
        }
        set.isInverted = character.value < 0x61
        return set
    }

    private static func literal(_ character: Unicode.Scalar, at start: Int) throws(RegexFailure) -> UInt32 {
        switch character {
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "a"..."z", "A"..."Z", "0"..."9":
            throw RegexFailure(position: start, message: "\\\(character) is not supported")
        default: return character.value
        }
    }

    private mutating func set(from start: Int) throws(RegexFailure) -> RegexNode {
        var set = Regex.CharacterSet()
        set.isInverted = take("^")
        var isFirst = true
        while true {
            guard let character = next else { throw failure("a [ without its ]", at: start) }
            position += 1
            if character == "]", !isFirst { break }
            isFirst = false
            if character == "\\" {
                guard let escaped = next else { throw failure("a [ without its ]", at: start) }
                if let named = Self.named(escaped) {
                    guard !named.isInverted else { throw failure("\\\(escaped) is not supported within [ ]") }
                    position += 1
                    set.ranges += named.ranges
                    set.holdsLetters = set.holdsLetters || named.holdsLetters
                    continue
                }
            }
            let low = try member(character)
            var high = low
            if next == "-", position + 1 < characters.count, characters[position + 1] != "]" {
                position += 1
                let end = characters[position]
                position += 1
                high = try member(end)
                guard high >= low else { throw failure("a range that runs backwards") }
            }
            set.ranges.append(low...high)
        }
        return add(set)
    }

    private mutating func member(_ character: Unicode.Scalar) throws(RegexFailure) -> UInt32 {
        guard character == "\\" else { return character.value }
        guard let escaped = next else { throw failure("a [ without its ]") }
        position += 1
        return try Self.literal(escaped, at: position - 2)
    }
}
