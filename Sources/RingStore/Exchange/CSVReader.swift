internal import Readings

/// One row of our CSV, see ``CSVForm``.
struct CSVRow {
    /// As the column has it.
    var series: String
    var unit: String
    var row: ImportRow

    /// A field and whether it stood in quotes.
    private struct Field {
        var text: String
        var isQuoted: Bool
    }

    /// The reason when a row is not as it should be.
    struct Failure: Error {
        var reason: String
    }

    /// Reads a row without its line end.
    init(_ line: [UInt8]) throws(Failure) {
        let fields = try CSVRow.fields(line)
        guard fields.count == 5 else {
            throw Failure(reason: "5 fields were expected and \(fields.count) found")
        }
        let stamp = fields[0].text
        guard let instant = Instant(iso8601: stamp) ?? Int64(stamp).map(Instant.init(milliseconds:)) else {
            throw Failure(reason: "“\(stamp)” is no time such as 2025-06-17T01:15:00.000Z")
        }
        guard let quality = Quality(word: fields[4].text) else {
            throw Failure(reason: "“\(fields[4].text)” is none of good, uncertain, bad and stale")
        }
        (series, unit) = (fields[1].text, fields[2].text)
        row = ImportRow(instant: instant, value: try CSVRow.value(fields[3]), quality: quality)
    }

    private static func value(_ field: Field) throws(Failure) -> JSONScanner.Value {
        if field.isQuoted { return .text(field.text) }
        switch field.text {
        case "": return .absent
        case "true": return .flag(true)
        case "false": return .flag(false)
        default:
            guard let number = Double(field.text) else {
                throw Failure(reason: "“\(field.text)” is no number; put a text in quotes")
            }
            return .number(number)
        }
    }

    private static func fields(_ line: [UInt8]) throws(Failure) -> [Field] {
        var fields: [Field] = []
        var field: [UInt8] = []
        var offset = 0
        while true {
            field.removeAll(keepingCapacity: true)
            let isQuoted = offset < line.count && line[offset] == 0x22
            if isQuoted {
                offset += 1
                while true {
                    guard offset < line.count else { throw Failure(reason: "a quote is not closed") }
                    let byte = line[offset]
                    offset += 1
                    if byte != 0x22 {
                        field.append(byte)
                    } else if offset < line.count && line[offset] == 0x22 {
                        field.append(byte)
                        offset += 1
                    } else {
                        break
                    }
                }
            } else {
                while offset < line.count && line[offset] != 0x2C {
                    field.append(line[offset])
                    offset += 1
                }
            }
            guard let text = String(validating: field, as: UTF8.self) else {
                throw Failure(reason: "the text is not UTF-8")
            }
            fields.append(Field(text: text, isQuoted: isQuoted))
            if offset == line.count { return fields }
            guard line[offset] == 0x2C else { throw Failure(reason: "a comma must follow a closing quote") }
            offset += 1
        }
    }

    /// The key that a path with `{name=value,…}` behind it stands for, as well as it can be told: the first level is
    /// the site, the last one the metric.
    static func key(_ text: String) -> SeriesKey {
        var path = text[...]
        var tags: [Tag] = []
        if text.hasSuffix("}"), let open = text.firstIndex(of: "{") {
            path = text[..<open]
            for pair in text[open...].dropFirst().dropLast().split(separator: ",") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count > 1 ? String(parts[1]) : ""
                tags.append(Tag(name: String(parts[0]), value: value))
            }
        }
        var levels = path.split(separator: "/").map(String.init)
        let metric = levels.popLast() ?? String(path)
        let site = levels.isEmpty ? "" : levels.removeFirst()
        return SeriesKey(site: site, asset: levels.joined(separator: "/"), metric: metric, tags: tags)
    }
}
