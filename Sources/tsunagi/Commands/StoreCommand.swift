import ArgumentParser
import Glibc
import Readings
import RingStore
import Settings

/// `tsunagi store …`: what is kept on disk, without the daemon.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Looks at, checks and moves what is kept on disk, while no daemon has it open.",
        discussion: "Beside a running daemon, restore a backup elsewhere and work on that.",
        subcommands: [
            StoreOutlineCommand.self, StoreVerify.self, StoreExport.self, StoreImport.self, StoreCompact.self,
        ]
    )
}

/// Which directory a command works on.
struct StoreOptionGroup: ParsableArguments {
    @Argument(help: "The data directory; that of --config when left out.")
    var directory: String?

    @Option(name: .shortAndLong, help: "The daemon's configuration; its data.directory is taken.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    /// The directory.
    ///
    /// - Throws: ``Trouble`` when the configuration is needed and cannot be read.
    func path() throws(Trouble) -> String {
        if let directory { return directory }
        return try Settings.reading(config).store.directory
    }
}

/// `tsunagi store compact`: the smallest that a history gets.
struct StoreCompact: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Brings everything into full pages, as the daemon does by itself in time."
    )

    @OptionGroup var place: StoreOptionGroup

    func run() throws {
        let path = try place.path()
        let before = try RingStore.openReadOnly(directory: path).outline()
        var options = StoreOptions(directory: path, budgetBytes: before.budgetBytes)
        options.keepsLayout = true
        let store = try RingStore.openForUpkeep(options)
        defer { store.close() }
        try store.compact()
        let (old, new) = (Words.bytes(before.usedBytes), Words.bytes(store.status.usedBytes))
        Console.say("\(path): \(old) before, \(new) now")
    }
}

/// A line on standard error that is written over and over, where a person looks at it; else nothing.
final class ProgressLine {
    private static let isTerminal = isatty(STDERR_FILENO) == 1
    private static let everyMs: Int64 = 200
    private var shownAt: Int64 = 0
    private var isShown = false

    /// Shows a text unless one was shown just now.
    func show(_ text: @autoclosure () -> String) {
        guard ProgressLine.isTerminal else { return }
        let now = WallClock.now.milliseconds
        guard now - shownAt >= ProgressLine.everyMs || now < shownAt else { return }
        shownAt = now
        isShown = true
        write("\r\u{1B}[K" + text())
    }

    /// Leaves the line empty.
    func clear() {
        if isShown { write("\r\u{1B}[K") }
        isShown = false
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        // What a terminal does not take is no loss.
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
