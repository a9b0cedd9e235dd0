/// A YAML file as a tree of values, within bounds that keep a bad file from hurting.
struct YamlFile {
    let root: Entry

    /// The largest file.
    static let bytesMax = 1 << 20
    /// Reads and bounds a file; nil, after a complaint, when it is no readable YAML.
    init?(_ findings: Findings, from files: FileSource) {
        switch files.read(findings.file, YamlFile.bytesMax) {
        case .trouble(let trouble):
            findings.add(nil, trouble)
            return nil
        case .bytes(let bytes, _):
            self.init(bytes, findings)
        }
    }

    /// The same, of a file that is at hand.
    init?(_ bytes: [UInt8], _ findings: Findings) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            let good = YamlFile.goodPrefix(of: bytes)
            findings.add(YamlFile.spot(after: good), "not UTF-8; save the file as UTF-8")
            return nil
        }
        guard let tree = YamlComposer.tree(of: bytes, findings) else { return nil }
        root = Entry(tree: tree, index: 0, findings: findings)
    }

    /// The line and column of whatever follows a text.
    static func spot(after text: some StringProtocol) -> Spot {
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
