internal import Readings

/// One line of our lines form, see ``LinesForm``.
enum ExportLine {
    /// The first line, of that version.
    case head(version: Int)
    /// A series and its number within the file.
    case series(number: Int, key: SeriesKey, kind: Kind, type: ValueType, unit: String)
    /// Samples of a series.
    case run(number: Int, rows: [ImportRow])
    /// The last line.
    case end

    /// Reads a line.
    init(_ line: [UInt8]) throws(JSONScanner.Failure) {
        var parts = Parts()
        var scanner = JSONScanner(line)
        try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
            try parts.take(name, &scanner)
        }
        try scanner.end()
        self = try parts.line()
    }

    /// What a line says, in whatever order.
    private struct Parts {
        var words: [String: String] = [:]
        var numbers: [String: Int64] = [:]
        var tags: [Tag] = []
        var stamps: [Int64] = []
        var values: [JSONScanner.Value] = []

        mutating func take(_ name: String, _ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
            switch name {
            case "tsunagi", "site", "asset", "metric", "kind", "type", "unit", "q", "c":
                words[name] = try scanner.text()
            case "end": numbers[name] = try scanner.flag() ? 1 : 0
            case "version", "series", "of", "samples": numbers[name] = try scanner.integer()
            case "t":
                var last: Int64 = 0
                try scanner.array { (scanner) throws(JSONScanner.Failure) in
                    last = last &+ (try scanner.integer())
                    stamps.append(last)
                }
            case "v":
                try scanner.array { (scanner) throws(JSONScanner.Failure) in
                    values.append(try scanner.value())
                }
            case "tags":
                try scanner.array { (scanner) throws(JSONScanner.Failure) in
                    var pair: [String] = []
                    try scanner.array { (scanner) throws(JSONScanner.Failure) in
                        pair.append(try scanner.text())
                    }
                    guard pair.count == 2 else { throw fail("a tag's name and value") }
                    tags.append(Tag(name: pair[0], value: pair[1]))
                }
            default: throw JSONScanner.Failure(offset: scanner.offset, expected: "no “\(name)”")
            }
        }

        func line() throws(JSONScanner.Failure) -> ExportLine {
            if words["tsunagi"] == "lines", let version = numbers["version"] {
                return .head(version: Int(version))
            }
            if numbers["end"] == 1 { return .end }
            if let number = numbers["of"] { return .run(number: Int(number), rows: try rows()) }
            guard let number = numbers["series"], let site = words["site"], let asset = words["asset"],
                let metric = words["metric"], let kind = words["kind"].flatMap({ Kind(word: $0) }),
                let type = words["type"].flatMap({ ValueType(word: $0) }), let unit = words["unit"]
            else { throw fail("a series, a run of samples or the end") }
            let key = SeriesKey(site: site, asset: asset, metric: metric, tags: tags)
            return .series(number: Int(number), key: key, kind: kind, type: type, unit: unit)
        }

        private func rows() throws(JSONScanner.Failure) -> [ImportRow] {
            let qualities = words["q"].map { Array($0.utf8) } ?? []
            let clocks = words["c"].map { Array($0.utf8) } ?? []
            guard stamps.count == values.count, qualities.isEmpty || qualities.count == stamps.count,
                clocks.isEmpty || clocks.count == stamps.count
            else { throw fail("as many values, qualities and clocks as stamps") }
            var rows: [ImportRow] = []
            rows.reserveCapacity(stamps.count)
            for index in stamps.indices {
                var row = ImportRow(instant: Instant(milliseconds: stamps[index]), value: values[index])
                if !qualities.isEmpty {
                    let letter = qualities[index]
                    guard let quality = Quality.allCases.first(where: { LinesForm.letter($0) == letter })
                    else { throw fail("qualities of the letters g, u, b and s") }
                    row.quality = quality
                }
                if !clocks.isEmpty && clocks[index] == UInt8(ascii: "a") { row.timeSource = .arrival }
                rows.append(row)
            }
            return rows
        }

        private func fail(_ expected: String) -> JSONScanner.Failure {
            JSONScanner.Failure(offset: 0, expected: expected)
        }
    }
}

/// A sample on its way in, its text not registered yet.
struct ImportRow {
    var instant: Instant
    var value: JSONScanner.Value
    var quality = Quality.good
    var timeSource = TimeSource.source
}

extension ValueType {
    /// The type of that word, or nil.
    init?(word: String) {
        switch word {
        case ValueType.number.word: self = .number
        case ValueType.flag.word: self = .flag
        case ValueType.text.word: self = .text
        default: return nil
        }
    }
}
