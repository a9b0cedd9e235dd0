import Glibc
import Readings

/// A recorded machine tool: what each data item said, and how long after the recording's start.
struct MachineRecording {
    /// One line: `UTC stamp|item|value`.
    struct Line {
        var afterMs: Int64
        var item: String
        var value: String
    }

    private(set) var lines: [Line] = []

    /// Reads the adapter log's lines; a line that is not of the form is passed over.
    init(text: String) {
        var start: Instant?
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let stamp = Instant(iso8601: String(parts[0])) else { continue }
            let first = start ?? stamp
            start = first
            lines.append(Line(afterMs: stamp.msSince(first), item: String(parts[1]), value: String(parts[2])))
        }
    }

    /// How long the recording is.
    var lengthMs: Int64 { lines.last?.afterMs ?? 0 }
}

/// Reads a whole text file.
///
/// - Throws: ``Trouble`` that names the file.
func readText(_ path: String) throws(Trouble) -> String {
    guard let file = unsafe fopen(path, "r") else {
        throw Trouble("error: cannot read \(path): \(unsafe String(cString: strerror(errno)))")
    }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe fread(&piece, 1, piece.count, file)
        if count == 0 { break }
        bytes += piece[..<count]
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw Trouble("error: \(path) is not UTF-8 text")
    }
    return text
}
