import Foundation

/// RRDtool's daemon: batches of updates over a Unix socket, a journal, and the files written behind.
///
/// The same files as ``RRDPeer`` has. A batch is acknowledged when it is in the journal, which is not synced.
/// Settled: all updates are in the files. Asked through the files, each brought up to date by the daemon first.
final class RRDCachedPeer: Contestant {
    let name = "rrdcached"
    let devicesMax = Int.max
    let isInProcess = false
    let survivesKills = true
    let keepsTexts = false
    /// A command of 4096 bytes is cut.
    private static let commandBytesMax = 3500
    private let program: String
    private var files: RRDFiles
    private var folder = ""
    private var server: ServerProcess?
    private var socket: LineSocket?
    private var made: Set<Int> = []

    /// Nil when it, or the library, is not installed.
    init?() {
        guard let program = Program.path("rrdcached"), let library = RRDLibrary() else { return nil }
        self.program = program
        files = RRDFiles(library: library, layout: RRDLayout(folder: "", lines: LineBook(plain: 0)))
    }

    func open(folder: String, lines: LineBook) throws {
        self.folder = folder
        files = RRDFiles(library: files.library, layout: RRDLayout(folder: "\(folder)/rrd", lines: lines))
        made = []
        for name in ["rrd", "journal"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)",
                withIntermediateDirectories: true
            )
        }
        let path = "\(folder)/socket"
        let server = try ServerProcess([
            program, "-g", "-l", "unix:\(path)", "-p", "\(folder)/pid", "-b", "\(folder)/rrd",
            "-j", "\(folder)/journal",
        ])
        var socket: LineSocket?
        try server.wait(for: "rrdcached") {
            socket = LineSocket(path)
            return socket != nil
        }
        (self.server, self.socket) = (server, socket)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        var text = "BATCH\n"
        for (device, rows) in try files.layout.rows(samples) {
            let path = files.layout.path(device)
            if !made.contains(device), let row = rows.first { try make(device, row) }
            text += updates(path, rows)
        }
        let socket = try running()
        try socket.send(text + ".\n")
        // One line that it goes ahead, then how many errors there were.
        _ = try socket.line()
        let answer = try socket.line()
        guard answer.hasPrefix("0 ") else { throw BenchFailure("rrdcached refuses rows: \(answer)") }
    }

    /// Commands for the rows of a file, none longer than the daemon's journal can hold in a line.
    private func updates(_ path: String, _ rows: [String]) -> String {
        var text = ""
        var line = ""
        for row in rows {
            if line.utf8.count + row.utf8.count > RRDCachedPeer.commandBytesMax {
                text += line + "\n"
                line = ""
            }
            if line.isEmpty { line = "UPDATE \(path)" }
            line += " " + row
        }
        return text + line + "\n"
    }

    /// A device's file is made with its first row, since it knows no time before that.
    private func make(_ device: Int, _ row: String) throws {
        made.insert(device)
        let path = files.layout.path(device)
        if FileManager.default.fileExists(atPath: path) { return }
        let before = RRDLayout.seconds(row) - RRDLayout.step
        let words = files.layout.words(device, before: before).joined(separator: " ")
        try ask("CREATE \(path) -s \(RRDLayout.step) -b \(before) \(words)")
    }

    func settle() throws {
        try ask("FLUSHALL")
        // It goes on behind the answer; at most five minutes.
        for _ in 0..<3000 {
            if try ask("STATS").contains("QueueLength: 0") { return }
            usleep(100_000)
        }
        throw BenchFailure("rrdcached does not write its updates out within five minutes")
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        try flush(series)
        return try files.latest(of: series)
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        try flush(series..<(series + 1))
        return try files.raw(series, from: from, to: to)
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        try flush(series)
        return try files.minutes(of: series, from: from, to: to)
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: "\(folder)/rrd") }

    func cpuSeconds() throws -> Double { try server?.cpuSeconds() ?? 0 }

    func kill() { end(SIGKILL) }

    func close() { end(SIGTERM) }

    private func end(_ signal: Int32) {
        socket = nil
        server?.end(signal)
        server = nil
    }

    /// Brings the files of these series up to date.
    private func flush(_ series: Range<Int>) throws {
        for device in files.layout.lines.devices(of: series) { try ask("FLUSH \(files.layout.path(device))") }
    }

    private func running() throws -> LineSocket {
        guard let socket else { throw BenchFailure("rrdcached is not open") }
        return socket
    }

    /// Sends a command; returns the lines of its answer.
    @discardableResult
    private func ask(_ command: String) throws -> [String] {
        let socket = try running()
        try socket.send(command + "\n")
        let answer = try socket.line()
        guard let count = answer.split(separator: " ").first.flatMap({ Int($0) }), count >= 0 else {
            throw BenchFailure("rrdcached refuses \(command.prefix(60)): \(answer)")
        }
        return try (0..<count).map { _ in try socket.line() }
    }
}
