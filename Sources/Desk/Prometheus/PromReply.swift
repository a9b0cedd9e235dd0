import PromQL
import Readings

/// Writes answers as Prometheus does: `{"status":"success","data":…}`.
struct PromReply {
    /// UTF-8.
    private(set) var bytes: [UInt8] = []

    /// The answer of a query.
    ///
    /// - Parameter isRange: a range's answer is a matrix, whatever it is of.
    init(_ answer: PromQuery.Answer, isRange: Bool) {
        begin()
        switch answer.rows {
        case .scalar(let numbers) where !isRange:
            write("{\"resultType\":\"scalar\",\"result\":")
            point(answer.grid[0], numbers[0])
        case .scalar(let numbers):
            write("{\"resultType\":\"matrix\",\"result\":[")
            matrixRow(LabelSet(), answer.grid, numbers)
            write("]")
        case .lines(let lines):
            write("{\"resultType\":\"\(isRange ? "matrix" : "vector")\",\"result\":")
            list(lines) { reply, line in
                if isRange {
                    reply.matrixRow(line.labels, answer.grid, line.values)
                } else {
                    reply.vectorRow(line.labels, answer.grid[0], line.values[0])
                }
            }
        case .samples(let samples):
            write("{\"resultType\":\"matrix\",\"result\":")
            list(samples) { reply, row in
                reply.write("{\"metric\":")
                reply.object(row.labels)
                reply.write(",\"values\":")
                reply.list(row.instants.indices) { $0.point(row.instants[$1], row.values[$1]) }
                reply.write("}")
            }
        }
        write("}")
        end(
            warning: answer.expiredBefore.map {
                "samples before \($0.iso8601) are gone: what stands for them are buckets, where "
                    + "the store still has those"
            }
        )
    }

    /// A list of texts.
    init(_ texts: some Collection<String>) {
        begin()
        list(texts) { $0.text($1) }
        end()
    }

    /// A list of series.
    init(_ series: some Collection<LabelSet>) {
        begin()
        list(series) { $0.object($1) }
        end()
    }

    /// What is known of metrics by name: kind, unit and a word of help.
    init(_ metadata: [(metric: String, entries: [(type: String, help: String, unit: String)])]) {
        begin()
        write("{")
        for (place, line) in metadata.enumerated() {
            if place > 0 { write(",") }
            text(line.metric)
            write(":")
            list(line.entries) { reply, entry in
                reply.object([("type", entry.type), ("help", entry.help), ("unit", entry.unit)])
            }
        }
        write("}")
        end()
    }

    /// Names and texts.
    init(_ members: [(String, String)]) {
        begin()
        object(members)
        end()
    }

    /// A refusal.
    init(_ refusal: PromRefusal) {
        write("{\"status\":\"error\",\"errorType\":\"\(refusal.kind.rawValue)\",\"error\":")
        text(refusal.text)
        write("}")
    }

    // MARK: Rows

    private mutating func vectorRow(_ labels: LabelSet, _ ms: Int64, _ value: Double) {
        write("{\"metric\":")
        object(labels)
        write(",\"value\":")
        point(ms, value)
        write("}")
    }

    private mutating func matrixRow(_ labels: LabelSet, _ grid: Grid, _ values: [Double]) {
        write("{\"metric\":")
        object(labels)
        write(",\"values\":[")
        var isFirst = true
        for step in values.indices where !Line.isGap(values[step]) {
            if !isFirst { write(",") }
            isFirst = false
            point(grid[step], values[step])
        }
        write("]}")
    }

    /// `[1435781451.781,"1.5"]`.
    private mutating func point(_ ms: Int64, _ value: Double) {
        write("[")
        if ms < 0 { write("-") }
        let (seconds, rest) = (ms.magnitude / 1000, ms.magnitude % 1000)
        write("\(seconds)")
        if rest > 0 { write(rest < 10 ? ".00\(rest)" : rest < 100 ? ".0\(rest)" : ".\(rest)") }
        write(",\"")
        write(PromReply.number(value))
        write("\"]")
    }

    /// As Go and Prometheus write it; digits enough to tell it from its neighbours.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    // MARK: JSON

    private mutating func begin() { write("{\"status\":\"success\",\"data\":") }

    private mutating func end(warning: String? = nil) {
        if let warning {
            write(",\"warnings\":[")
            text(warning)
            write("]")
        }
        write("}")
    }

    private mutating func list<Element>(
        _ elements: some Collection<Element>,
        _ each: (inout PromReply, Element) -> Void
    ) {
        write("[")
        var isFirst = true
        for element in elements {
            if !isFirst { write(",") }
            isFirst = false
            each(&self, element)
        }
        write("]")
    }

    private mutating func object(_ labels: LabelSet) {
        object(labels.labels.map { ($0.name, $0.value) })
    }

    private mutating func object(_ members: [(String, String)]) {
        write("{")
        for (place, member) in members.enumerated() {
            if place > 0 { write(",") }
            text(member.0)
            write(":")
            text(member.1)
        }
        write("}")
    }

    private mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// In quotes, with what JSON escapes.
    private mutating func text(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): write("\\n")
            case 0..<0x20:
                write(byte < 0x10 ? "\\u000\(String(byte, radix: 16))" : "\\u00\(String(byte, radix: 16))")
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
