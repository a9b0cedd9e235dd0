import Yams

/// A YAML file as a tree of nodes, within bounds that keep a bad file from hurting.
struct YamlFile {
    let root: Entry

    /// The largest file.
    static let bytesMax = 1 << 20
    /// The deepest nesting of lists and tables.
    static let depthMax = 64
    /// The most lists, tables, keys and values, aliases followed.
    static let nodeCountMax = 100_000
    /// The most `*aliases`: each may stand for a list of others, so that n of them can multiply to 3^(n/3).
    /// 3^(20/3) = 1 500 times the file at most.
    static let aliasCountMax = 20

    /// Reads and bounds a file; nil, after a complaint, when it is no readable YAML.
    init?(_ findings: Findings, from files: FileSource) {
        switch files.read(findings.file, YamlFile.bytesMax) {
        case .trouble(let trouble):
            findings.add(Spot?.none, trouble)
            return nil
        case .bytes(let bytes, _):
            self.init(bytes, findings)
        }
    }

    /// The same, of a file that is at hand.
    init?(_ bytes: [UInt8], _ findings: Findings) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let good = YamlFile.goodPrefix(of: bytes)
            findings.add(YamlFile.spot(after: good), "not UTF-8; save the file as UTF-8")
            return nil
        }
        guard let node = YamlFile.compose(text, findings) else { return nil }
        var count = 0
        guard YamlFile.isBounded(node, depth: 1, &count, findings) else { return nil }
        root = Entry(node: node, trail: .root, findings: findings)
    }

    private static func compose(_ text: String, _ findings: Findings) -> Node? {
        if let spot = excessAlias(in: text) {
            findings.add(spot, "more than \(aliasCountMax) aliases (*name); write the values out")
            return nil
        }
        do {
            // The encoding is said outright, or an environment variable could change it; the basic resolver
            // leaves every plain scalar the text it is.
            guard let node = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                findings.add(Spot?.none, "is empty; config/tsunagi.yaml shows what may stand in it")
                return nil
            }
            return node
        } catch let error as YamlError {
            complain(error, text, findings)
        } catch {
            findings.add(Spot?.none, "is no YAML: \(error)")
        }
        return nil
    }

    private static func complain(_ error: YamlError, _ text: String, _ findings: Findings) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { " (\($0.text), line \($0.mark.line))" } ?? ""
            findings.add(mark, "YAML: \(problem)\(during)")
        case .reader(let problem, let offset, _, _):
            findings.add(spot(after: text.prefix(offset ?? 0)), "YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = Entry.short(keys.first ?? "")
            let first = Spot(context.mark)
            if let second = repeatedKey(key, after: first, in: text) {
                findings.add(second, "key \"\(key)\" stands already in line \(first.line)")
            } else {
                findings.add(first, "key \"\(key)\" stands more than once in this table")
            }
        default:
            findings.add(Spot?.none, "is no YAML: \(error)")
        }
    }

    /// Where a key stands again in the same block table: in the same column, before anything stands further left.
    private static func repeatedKey(_ key: String, after first: Spot, in text: String) -> Spot? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard first.line < lines.count else { return nil }
        for index in first.line..<lines.count {
            let indent = lines[index].prefix { $0 == " " }.count
            let rest = lines[index].dropFirst(indent)
            if rest.isEmpty || rest.first == "#" { continue }
            guard indent >= first.column - 1 else { return nil }
            let isKey = [key, "\"\(key)\"", "'\(key)'"].contains { word in
                rest.hasPrefix(word) && rest.dropFirst(word.count).drop { $0 == " " }.first == ":"
            }
            if indent == first.column - 1, isKey { return Spot(line: index + 1, column: first.column) }
        }
        return nil
    }

    /// Whether a tree is within its bounds and free of tags, which mean nothing here.
    private static func isBounded(_ node: Node, depth: Int, _ count: inout Int, _ findings: Findings) -> Bool
    {
        count += 1
        guard count <= nodeCountMax else {
            findings.add(node.mark, "more than \(nodeCountMax) values, aliases followed; split the file")
            return false
        }
        guard depth <= depthMax else {
            findings.add(node.mark, "nested deeper than \(depthMax) lists and tables")
            return false
        }
        switch node {
        case .scalar(let scalar):
            return isUntagged(scalar.tag, scalar.mark, findings)
        case .sequence(let sequence):
            return isUntagged(sequence.tag, sequence.mark, findings)
                && sequence.allSatisfy { isBounded($0, depth: depth + 1, &count, findings) }
        case .mapping(let mapping):
            return isUntagged(mapping.tag, mapping.mark, findings)
                && mapping.allSatisfy {
                    isBounded($0.key, depth: depth + 1, &count, findings)
                        && isBounded($0.value, depth: depth + 1, &count, findings)
                }
        case .alias:
            return true
        }
    }

    private static func isUntagged(_ tag: Tag, _ mark: Mark?, _ findings: Findings) -> Bool {
        let name = tag.description
        // The names of the three forms are what Yams itself writes in when it compares keys.
        let own = ["", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]
        if own.contains(name) { return true }
        findings.add(mark, "tag \"\(Entry.short(name))\" means nothing here; leave it out")
        return false
    }
}

extension YamlFile {
    /// Where the first alias too many stands, as far as that can be told without parsing: a `*` that begins a word
    /// outside of a comment.
    private static func excessAlias(in text: String) -> Spot? {
        var count = 0
        for (index, line) in text.utf8.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            var last = UInt8(ascii: " ")
            for (column, byte) in line.enumerated() {
                let beginsWord = " \t[{,:-?".utf8.contains(last)
                if byte == UInt8(ascii: "#"), last == 32 || last == 9 { break }
                if byte == UInt8(ascii: "*"), beginsWord {
                    count += 1
                    if count > aliasCountMax { return Spot(line: index + 1, column: column + 1) }
                }
                last = byte
            }
        }
        return nil
    }

    /// The line and column of whatever follows a text.
    private static func spot(after text: some StringProtocol) -> Spot {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return Spot(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
    }

    /// The longest beginning that is UTF-8.
    private static func goodPrefix(of bytes: [UInt8]) -> String {
        var decoder = UTF8()
        var input = bytes.makeIterator()
        var good = String.UnicodeScalarView()
        while case .scalarValue(let scalar) = decoder.decode(&input) { good.append(scalar) }
        return String(good)
    }
}
