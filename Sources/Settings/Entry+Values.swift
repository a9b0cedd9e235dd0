/// The forms that values of a configuration have. Each answers nil after it has said what is wrong.
extension Entry {
    /// A text in which numbers and true and false have no place unless quoted.
    func text() -> String? {
        guard case .text(let text) = form else {
            let quoted = writing.map { "; to mean the text, write \"\($0)\"" } ?? ""
            refuse("must be a text, not \(kind)\(quoted)")
            return nil
        }
        return text
    }

    /// A text that is not empty.
    func name() -> String? {
        guard let text = text() else { return nil }
        guard !text.isEmpty else {
            refuse("must not be empty")
            return nil
        }
        return text
    }

    /// Any scalar as it is written: look-up values and templates, in which `0`, `true` and `on` are texts.
    func word() -> String? {
        guard let writing else {
            refuse(expected: "a text or a number")
            return nil
        }
        return writing
    }

    func flag() -> Bool? {
        guard case .flag(let flag) = form else {
            refuse(expected: "true or false")
            return nil
        }
        return flag
    }

    func whole(_ bounds: ClosedRange<Int>) -> Int? {
        guard case .whole(let number) = form else {
            refuse(expected: "a whole number")
            return nil
        }
        guard bounds.contains(number) else {
            let range =
                bounds.upperBound == .max
                ? "\(bounds.lowerBound) or more" : "\(bounds.lowerBound) … \(bounds.upperBound)"
            refuse("is \(number): expected \(range)")
            return nil
        }
        return number
    }

    func number() -> Double? {
        switch form {
        case .whole(let number): return Double(number)
        case .decimal(let number): return number
        default:
            refuse(expected: "a number")
            return nil
        }
    }

    /// One of the words of a closed list.
    func choice<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> Word? {
        let words = type.allCases.map(\.rawValue)
        guard let writing, let word = Word(rawValue: writing) else {
            guard let writing else {
                refuse(expected: "one of \(words.joined(separator: ", "))")
                return nil
            }
            let near = NearestWord.hint(writing, among: words)
            let known = words.joined(separator: ", ")
            refuse("\"\(Entry.short(writing))\" unknown\(near.isEmpty ? "; known: \(known)" : near)")
            return nil
        }
        return word
    }

    /// An id of the house: one topic level of `[a-z0-9-]`, 1 to 64 characters.
    func id() -> String? {
        guard let text = text() else { return nil }
        let isGood = text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard isGood, (1...64).contains(text.utf8.count) else {
            refuse("\"\(Entry.short(text))\" is no id: 1 to 64 characters of a-z, 0-9 and -")
            return nil
        }
        return text
    }

    /// Bytes: a whole number, or a number and a unit such as `256 MiB` or `2 GB`.
    func size() -> Int? {
        if case .whole(let bytes) = form, bytes >= 0 { return bytes }
        if let writing, let bytes = Entry.bytes(writing) { return bytes }
        refuse(expected: "a size such as 256 MiB or 8 GiB")
        return nil
    }

    private static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let factors: [Substring: Double] = [
            "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
            "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
        ]
        // 2^53 B = 8 PiB: above it a Double no longer counts bytes, and no disk is that large.
        guard let factor = factors[unit], let number = Double(digits), number * factor < 9_007_199_254_740_992
        else { return nil }
        return Int(number * factor)
    }

    /// The items of a list, each with its place; nil after a complaint.
    func list() -> [Entry]? {
        guard isList else {
            refuse(expected: "a list")
            return nil
        }
        return Array(items)
    }

    /// One value, or a list of them.
    func oneOrMore<Value>(_ read: (Entry) -> Value?) -> [Value] {
        guard isList else { return read(self).map { [$0] } ?? [] }
        return (list() ?? []).compactMap(read)
    }

    /// A table whose keys are the operator's own: names, look-ups.
    func pairs() -> [(key: String, value: Entry)]? {
        YamlTable(self)?.pairs
    }

    /// A look-up table from text to text.
    func lookup() -> [String: String]? {
        guard let pairs = pairs() else { return nil }
        var found: [String: String] = [:]
        for (key, value) in pairs { found[key] = value.word() }
        return found
    }
}
