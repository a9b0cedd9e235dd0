import ArgumentParser
import Glibc
import RingStore
import Settings

/// `tsunagi store import DIR FILE`: an export back into a store.
struct StoreImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes an export (lines, or our CSV) into a store that no daemon has open.",
        discussion: """
            What the store has already is left out, so an import that was interrupted is simply run again. A directory \
            without a store gets one. Stock and machine states take no notice of what is imported.
            """
    )

    @Argument(help: "The data directory.")
    var directory: String

    @Argument(help: "The file; standard input when it is “-”.")
    var file: String

    @Option(help: "The disk budget of a store that is made, in MiB.")
    var budget: Int = 256

    @Option(help: "More series than this are refused.")
    var seriesLimit: Int = 100_000

    @Option(help: "More distinct texts than this are refused.")
    var textLimit: Int = 100_000

    func validate() throws {
        guard (16...1 << 30).contains(budget) else { throw ValidationError("--budget takes 16 or more MiB") }
        guard seriesLimit > 0, textLimit > 0 else { throw ValidationError("limits begin at 1") }
    }

    func run() throws {
        let input = file == "-" ? STDIN_FILENO : unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else {
            let reason = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
            throw Trouble("cannot open \(file): \(reason)")
        }
        // An existing layout is kept; asking for it leaves no note behind.
        let existing = try? RingStore.openReadOnly(directory: directory).outline().budgetBytes
        var options = StoreOptions(directory: directory, budgetBytes: existing ?? budget << 20)
        options.keepsLayout = true
        (options.seriesLimit, options.textLimit) = (seriesLimit, textLimit)
        let store = try RingStore.openForUpkeep(options)
        defer { store.close() }
        var importer = StoreImporter(into: store, opened: WallClock.now)
        let progress = ProgressLine()
        do throws(ImportFailure) {
            try feed(input, &importer, progress)
            try importer.finish()
        } catch {
            progress.clear()
            tell(importer.tally)
            throw Trouble("\(file): \(error)")
        }
        progress.clear()
        tell(importer.tally)
    }

    private func feed(_ input: Int32, _ importer: inout StoreImporter, _ progress: ProgressLine)
        throws(ImportFailure)
    {
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(input, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 {
                throw .store(.disk(step: "read", file: file, code: errno))
            }
            if count == 0 { return }
            try importer.take(bytes.span.extracting(0..<count))
            let tally = importer.tally
            progress.show("\(Words.grouped(tally.samples)) samples, \(Words.grouped(tally.known)) known")
        }
    }

    private func tell(_ tally: ImportTally) {
        var words =
            "\(Words.grouped(tally.samples)) samples of \(Words.grouped(tally.series)) series imported"
        if tally.known > 0 { words += ", \(Words.grouped(tally.known)) were there already" }
        Console.trouble(words)
    }
}
