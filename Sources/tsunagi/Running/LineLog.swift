import Glibc
import Logging
import Readings
import Synchronization

/// The daemon's log on standard error: one line for each event, whatever stands in it.
///
///     a terminal     2026-06-17T10:15:00.000Z warning link: connection refused …
///     journald       <4>link: connection refused …
///     anything else  {"time":"2026-06-17T10:15:00.000Z","level":"warning","message":"link: connection refused …"}
///
/// Journald is told the level by the number before the text, and knows the time itself; it is what reads standard error
/// when `JOURNAL_STREAM` names that very file.
struct LineLog: LogHandler {
    /// How an event is written.
    enum Form {
        case terminal, journald, json

        /// The one that fits standard error.
        static var ofStandardError: Form {
            if isJournal { return .journald }
            return isatty(STDERR_FILENO) == 1 ? .terminal : .json
        }

        private static var isJournal: Bool {
            var facts = stat()
            guard let stream = unsafe getenv("JOURNAL_STREAM").map({ unsafe String(cString: $0) }),
                unsafe fstat(STDERR_FILENO, &facts) == 0
            else { return false }
            return stream == "\(facts.st_dev):\(facts.st_ino)"
        }
    }

    /// What is longer is cut: a message may quote a payload.
    static let textBytesMax = 16 << 10
    /// Lines of several threads do not mix; guards nothing else, a leaf.
    private static let pen = Mutex(())

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let form: Form

    init(_ form: Form, level: Logger.Level) {
        (self.form, logLevel) = (form, level)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let facts = all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let line = LineLog.line(form, event.level, event.message.description, facts, at: WallClock.now)
        LineLog.pen.withLock { _ in Console.trouble(line) }
    }

    /// One line, without its end.
    static func line(
        _ form: Form,
        _ level: Logger.Level,
        _ message: String,
        _ facts: [(String, String)],
        at now: Instant
    ) -> String {
        guard form == .json else {
            var text = plain(message)
            for (key, value) in facts { text += " \(plain(key))=\(plain(value))" }
            return form == .journald
                ? "<\(priority(level))>\(text)" : "\(now.iso8601) \(level.rawValue) \(text)"
        }
        var text =
            "{\"time\":\"\(now.iso8601)\",\"level\":\"\(level.rawValue)\",\"message\":\"\(quoted(message))\""
        for (key, value) in facts { text += ",\"\(quoted(key))\":\"\(quoted(value))\"" }
        return text + "}"
    }

    /// As syslog numbers them.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// Nothing in it ends the line, or speaks to a terminal.
    private static func plain(_ text: String) -> String {
        escaped(text) { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : nil
            }
        }
    }

    /// The inside of a JSON text.
    private static func quoted(_ text: String) -> String {
        escaped(text) { scalar in
            switch scalar {
            case "\"": return "\\\""
            case "\\": return "\\\\"
            case "\n": return "\\n"
            case "\r": return "\\r"
            case "\t": return "\\t"
            default:
                guard isControl(scalar) else { return nil }
                let digits = String(scalar.value, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
    }

    private static func escaped(_ text: String, _ replace: (Unicode.Scalar) -> String?) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            if line.utf8.count >= textBytesMax { return line + "…" }
            if let other = replace(scalar) { line += other } else { line.unicodeScalars.append(scalar) }
        }
        return line
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            || (0x2028...0x2029).contains(scalar.value)
    }
}
