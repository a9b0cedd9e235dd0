/// Writes figures as OpenMetrics 1.0, or as the older text format of Prometheus (0.0.4).
///
/// They differ in little: only the older one calls a counter's family `…_total`, has no kind for plain facts, no unit and
/// no end.
struct MetricsWriter {
    enum Form {
        case openMetrics, text

        /// As HTTP announces it.
        var contentType: String {
            switch self {
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            }
        }
    }

    enum Kind: String {
        case gauge, counter
        /// Facts in labels; the value is always 1.
        case info

        var suffix: String {
            switch self {
            case .gauge: ""
            case .counter: "_total"
            case .info: "_info"
            }
        }
    }

    /// Figures of one name.
    typealias Points = [(labels: [(String, String)], value: Double)]

    private let form: Form
    private(set) var text = ""

    init(_ form: Form) {
        self.form = form
    }

    /// What goes up and down; nothing when there is no figure.
    ///
    /// - Parameters:
    ///   - name: ends in the unit, where there is one.
    ///   - help: one sentence.
    mutating func gauge(_ name: String, unit: String = "", _ help: String, _ points: Points) {
        add(name, .gauge, unit, help, points)
    }

    /// The same without labels.
    mutating func gauge(_ name: String, unit: String = "", _ help: String, _ value: Double?) {
        gauge(name, unit: unit, help, value.map { [([], $0)] } ?? [])
    }

    /// What only goes up; nothing when there is no figure.
    ///
    /// - Parameter name: without `_total`.
    mutating func counter(_ name: String, _ help: String, _ points: Points) {
        add(name, .counter, "", help, points)
    }

    /// The same without labels.
    mutating func counter(_ name: String, _ help: String, _ value: Double) {
        counter(name, help, [([], value)])
    }

    /// Facts.
    ///
    /// - Parameter name: without `_info`.
    mutating func info(_ name: String, _ help: String, _ facts: [(String, String)]) {
        add(name, .info, "", help, [(facts, 1)])
    }

    private mutating func add(_ name: String, _ kind: Kind, _ unit: String, _ help: String, _ points: Points)
    {
        guard !points.isEmpty else { return }
        precondition(unit.isEmpty || name.hasSuffix("_\(unit)"), "\(name) must end in its unit")
        let full = name + kind.suffix
        let family = form == .openMetrics ? name : full
        let word = form == .text && kind == .info ? "gauge" : kind.rawValue
        text += "# TYPE \(family) \(word)\n"
        if form == .openMetrics && !unit.isEmpty { text += "# UNIT \(family) \(unit)\n" }
        text += "# HELP \(family) \(MetricsWriter.escaped(help))\n"
        for point in points {
            text += full
            if !point.labels.isEmpty {
                let labels = point.labels.map { "\($0.0)=\"\(MetricsWriter.escaped($0.1))\"" }
                text += "{\(labels.joined(separator: ","))}"
            }
            text += " \(PromReply.number(point.value))\n"
        }
    }

    /// The page is whole.
    mutating func end() {
        if form == .openMetrics { text += "# EOF\n" }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
