import ArgumentParser
import Glibc
import Query
import Readings
import RingStore

/// The words of `--format`.
enum ExportWord: String, ExpressibleByArgument, CaseIterable {
    case csv, influx, lines

    /// What it stands for.
    var form: ExportForm {
        switch self {
        case .csv: .csv
        case .influx: .influx
        case .lines: .lines
        }
    }
}

/// `tsunagi store export DIR [PATTERN]`: history as text, in memory that does not grow with it.
struct StoreExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes history as CSV, line protocol, or lines that lose nothing."
    )

    @Argument(help: "The data directory.")
    var directory: String

    @Argument(
        help: "A pattern over site/asset/metric such as 'osaka/press-*/temperature'; all when left out."
    )
    var pattern: String = ""

    @Option(help: "From when: 15m, 6h, 2d (ago), or an ISO 8601 stamp with a zone; all when left out.")
    var since: String?

    @Option(help: "Until when, in the same words; the end when left out.")
    var until: String?

    @Option(help: "csv for spreadsheets, influx for line protocol, lines for tsunagi store import.")
    var format = ExportWord.lines

    @Option(name: .shortAndLong, help: "The file to write; standard output when left out or “-”.")
    var output: String = "-"

    func run() throws {
        let now = WallClock.now
        let from = try since.map { try TimeWords.instant($0, now: now) } ?? .distantPast
        let to = try until.map { try TimeWords.instant($0, now: now) } ?? .distantFuture
        guard from < to else { throw Trouble("--since must lie before --until") }
        let store = try RingStore.openReadOnly(directory: directory)
        let selector = try Selector(pattern)
        let target = try OutputFile(output)
        let progress = ProgressLine()
        let exporter = StoreExporter(store.snapshot(), form: format.form, range: from..<to)
        let tally = try exporter.run(
            { selector.matches($0) },
            progress: { path, index, count in progress.show("\(index + 1) of \(count): \(path)") },
            write: { try target.write($0) }
        )
        try target.close()
        progress.clear()
        if tally.series == 0 { throw Trouble("no series in \(directory) matches “\(pattern)”") }
        var words = "\(Words.grouped(tally.samples)) samples of \(Words.grouped(tally.series)) series"
        if tally.leftOut > 0 {
            words += "; \(Words.grouped(tally.leftOut)) left out that this format has no words for"
        }
        Console.trouble(words)
        let damaged = store.recovered.damaged + store.damagedSinceOpening
        if damaged > 0 {
            throw Trouble(
                "what is damaged was skipped (met \(damaged) times); see tsunagi store verify \(directory)"
            )
        }
    }
}

/// Where an export goes.
final class OutputFile {
    private let descriptor: Int32
    private let path: String

    /// - Throws: ``Trouble`` when the file cannot be made.
    init(_ path: String) throws(Trouble) {
        self.path = path == "-" ? "standard output" : path
        guard path != "-" else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OutputFile.trouble("make", path) }
    }

    /// Writes all of it.
    func write(_ bytes: Span<UInt8>) throws(Trouble) {
        let isWritten = unsafe bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
                if count <= 0 { return false }
                done += count
            }
            return true
        }
        if !isWritten { throw OutputFile.trouble("write", path) }
    }

    /// The file is whole.
    func close() throws(Trouble) {
        guard descriptor != STDOUT_FILENO else { return }
        if fsync(descriptor) != 0 && errno != EINVAL { throw OutputFile.trouble("sync", path) }
        if Glibc.close(descriptor) != 0 { throw OutputFile.trouble("close", path) }
    }

    private static func trouble(_ step: String, _ path: String) -> Trouble {
        let reason = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        return Trouble("cannot \(step) \(path): \(reason); choose another file or make room")
    }
}
