import ArgumentParser
import Glibc
import Readings
import RingStore
import Settings

/// `tsunagi backup FILE`: everything that is kept, in one file.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Writes all that is kept into one file, while the daemon runs or not.",
        discussion: """
            History, stock, releases, audit log, keys and the managed broker's secrets, as they were at one moment; the \
            configuration is not part of it. By root or the daemon's own user: the file holds secrets, and has mode 0600. \
            It is a tar archive with a checksum; tsunagi restore unpacks it.
            """
    )

    @Argument(help: "The file to write; standard output when it is “-”.")
    var file: String

    @Option(help: "The data directory; that of --config when left out.")
    var data: String?

    @Option(name: .shortAndLong, help: "The daemon's configuration; its data.directory is taken.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    func run() throws {
        let root = absolute(try data ?? Settings.reading(config).store.directory)
        if file == "-", isatty(STDOUT_FILENO) == 1 {
            throw Trouble(
                "error: a backup is not for a terminal; name a file, or send it on: tsunagi backup - | …"
            )
        }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        guard file == "-" || !(absolute(folder) + "/").hasPrefix(root + "/") else {
            throw Trouble("error: \(file) lies within what is to be backed up; name a file elsewhere")
        }
        let draft = file == "-" ? file : file + ".part"
        unsafe _ = unlink(draft)
        let output = try OutputFile(draft)
        do {
            let bytes = try write(root, to: output)
            if file != "-", unsafe rename(draft, file) != 0 {
                throw Trouble(
                    "error: cannot name \(draft) \(file): \(unsafe String(cString: strerror(errno)))"
                )
            }
            Console.trouble(
                "\(root): \(Words.bytes(bytes)) written to \(file == "-" ? "standard output" : file)"
            )
        } catch {
            if file != "-" { unsafe _ = unlink(draft) }
            throw error
        }
    }

    private func write(_ root: String, to output: OutputFile) throws -> Int {
        let progress = ProgressLine()
        defer { progress.clear() }
        let archive = ArchiveWriter { try output.write($0) }
        let title = """
            {"type":"tsunagi.backup/1","version":"\(Version.text)","taken":"\(WallClock.now.iso8601)"}

            """
        try archive.add(ArchiveWriter.titleName, Array(title.utf8))
        var copy = try DataCopy(root, to: archive) { progress.show("\(Words.bytes($0)) written") }
        try copy.run()
        try archive.finish()
        try output.close()
        return archive.bytes
    }
}

/// `tsunagi restore FILE DIR`: a backup back into an empty folder.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Unpacks a backup into an empty data directory, and checks all of it.",
        discussion: """
            The whole file is read first: damaged, it is refused before anything is written. What is written belongs to \
            whom the directory belongs to. Exit code 0 when every checksum holds.
            """
    )

    @Argument(help: "What tsunagi backup wrote.")
    var file: String

    @Argument(help: "The data directory; new, or empty.")
    var directory: String

    func run() throws {
        let progress = ProgressLine()
        defer { progress.clear() }
        let archive = try ArchiveReader(file)
        let entries = try archive.entries { progress.show("\(Words.bytes($0)) looked at") }
        let restore = try DataRestore(archive, to: directory)
        try restore.run(entries) { progress.show("\(Words.bytes($0)) written") }
        let store = "\(directory)/\(DataCopy.storeFolder)"
        guard entries.contains(where: { $0.name == "\(DataCopy.storeFolder)/\(StoreCopy.journal)" }) else {
            return Console.say("\(directory): restored from \(file); there was no store in it")
        }
        let verdict = try StoreInspector.verify(store) { done, total in
            progress.show("\(Words.bytes(done)) of \(Words.bytes(total)) checked")
        }
        progress.clear()
        guard verdict.isWhole else {
            throw Trouble(
                "error: \(directory) is restored as it was, but \(verdict.damaged) places were damaged when the backup was"
                    + " taken; see tsunagi store verify \(store)"
            )
        }
        Console.say(
            "\(directory): whole: \(Words.grouped(verdict.samples)) samples, \(Words.grouped(verdict.buckets)) buckets, "
                + "\(Words.grouped(verdict.records)) journal records"
        )
    }
}
