internal import Codec
internal import Readings

/// How an export is written.
public enum ExportForm: String, Hashable, Sendable, CaseIterable {
    /// `time,series,unit,value,quality`, RFC 4180: for spreadsheets.
    case csv
    /// InfluxDB's line protocol, stamps in nanoseconds.
    case influx
    /// JSON lines of our own that lose nothing: for ``StoreImporter``.
    case lines
}

/// What an export came to.
public struct ExportTally: Hashable, Sendable {
    /// Series that were selected.
    public internal(set) var series = 0
    /// Samples that were written.
    public internal(set) var samples = 0
    /// Samples that the form has no words for.
    public internal(set) var leftOut = 0

    init() {}
}

/// Writes CSV after RFC 4180, lines ending in CR LF:
///
///     time,series,unit,value,quality
///     2025-06-17T01:15:00.000Z,大阪/プレス/温度,Cel,21.5,good
///
/// `series` is the path, with `{name=value,…}` behind it where there are tags. A text is always in quotes, numbers
/// and `true` or `false` never are; nothing at all is a value that its source said to be absent.
struct CSVForm {
    static let head = "time,series,unit,value,quality\r\n"
    /// `,大阪/プレス/温度,Cel,`, the same for all rows of a series.
    private var middle = ""

    mutating func begin(_ series: Series) {
        middle = ",\(CSVForm.field(series.key.description)),\(CSVForm.field(series.unit)),"
    }

    func put(_ sample: Sample, _ text: (TextID) -> String, into sink: inout TextSink) {
        sink.put(sample.instant)
        sink.put(middle)
        switch sample.value {
        case .number(let number): sink.put(number.description)
        case .flag(let flag): sink.put(flag ? "true" : "false")
        case .text(let id): sink.put(CSVForm.quoted(text(id)))
        case .absent: break
        }
        sink.put(UInt8(ascii: ","))
        sink.put(sample.quality.word)
        sink.put("\r\n")
    }

    /// In quotes only where that is needed.
    private static func field(_ text: String) -> String {
        let needs = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needs ? quoted(text) : text
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

/// Writes InfluxDB's line protocol:
///
///     温度,asset=プレス/1号機,site=大阪,班=夜 value=21.5,quality="uncertain" 1750122900000000000
///
/// The metric is the line's name, site, asset and the series' tags are its tags, sorted; quality stands there unless
/// it is good. The protocol has no words for absent values, numbers that are none, and stamps beyond the years 1677 …
/// 2262: those are left out. Line ends in names become spaces, and a backslash at a name's end becomes a slash, because
/// there it would hide what follows.
struct InfluxForm {
    /// `温度,asset=…,site=… `.
    private var head = ""

    mutating func begin(_ series: Series) {
        let key = series.key
        var tags = [("site", key.site), ("asset", key.asset)]
        for tag in key.tags {
            // These names are taken, by us or by the protocol.
            let isTaken = ["site", "asset", "time"].contains(tag.name)
            tags.append((isTaken ? tag.name + "_" : tag.name, tag.value))
        }
        tags.removeAll { $0.0.isEmpty || $0.1.isEmpty }
        tags.sort { Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8)) }
        head = key.metric.isEmpty ? "unnamed" : InfluxForm.escaped(key.metric, ", ")
        // A line that begins with # is a remark.
        if head.hasPrefix("#") { head = "\\" + head }
        for (name, value) in tags {
            head += ",\(InfluxForm.escaped(name, ",= "))=\(InfluxForm.escaped(value, ",= "))"
        }
        head += " value="
    }

    /// False when the protocol has no words for the sample.
    func put(_ sample: Sample, _ text: (TextID) -> String, into sink: inout TextSink) -> Bool {
        let (stamp, isBeyond) = sample.instant.milliseconds.multipliedReportingOverflow(by: 1_000_000)
        // The protocol keeps the two ends for itself.
        if isBeyond || stamp <= .min + 1 || stamp == .max { return false }
        switch sample.value {
        case .absent: return false
        case .number(let number) where !number.isFinite: return false
        case .number(let number):
            sink.put(head)
            sink.put(number.description)
        case .flag(let flag):
            sink.put(head)
            sink.put(flag ? "true" : "false")
        case .text(let id):
            sink.put(head)
            sink.put(UInt8(ascii: "\""))
            for byte in text(id).utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { sink.put(UInt8(ascii: "\\")) }
                sink.put(byte)
            }
            sink.put(UInt8(ascii: "\""))
        }
        if sample.quality != .good { sink.put(",quality=\"\(sample.quality.word)\"") }
        sink.put(UInt8(ascii: " "))
        sink.put(String(stamp))
        sink.put(UInt8(ascii: "\n"))
        return true
    }

    private static func escaped(_ text: String, _ special: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            let isLineEnd = scalar == "\n" || scalar == "\r"
            let next: Unicode.Scalar = isLineEnd ? " " : scalar
            if special.unicodeScalars.contains(next) { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(next)
        }
        if escaped.unicodeScalars.last == "\\" {
            escaped.unicodeScalars.removeLast()
            escaped.unicodeScalars.append("/")
        }
        return escaped
    }
}
