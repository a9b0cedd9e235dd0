import Glibc

/// RRDtool's library in this process: a file for each device, see ``RRDLayout``.
///
/// Steps of 10 s, so it can hold W2 only. Its files are laid out in full when they are made; nothing is synced.
final class RRDPeer: Contestant {
    let name = "RRDtool"
    /// 25,000 values a second would make a round of all devices last minutes.
    let devicesMax = 200
    let isInProcess = true
    /// It never says that a row is on the disk.
    let survivesKills = false
    let keepsTexts = false
    private var files: RRDFiles
    private var folder = ""

    /// Nil when it is not installed.
    init?() {
        guard let library = RRDLibrary() else { return nil }
        files = RRDFiles(library: library, layout: RRDLayout(folder: "", lines: LineBook(plain: 0)))
    }

    func open(folder: String, lines: LineBook) throws {
        self.folder = folder
        files = RRDFiles(library: files.library, layout: RRDLayout(folder: folder, lines: lines))
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        for (device, rows) in try files.layout.rows(samples) {
            let path = files.layout.path(device)
            // A device's file is made with its first row, since it knows no time before that.
            if unsafe access(path, F_OK) != 0, let row = rows.first {
                let before = RRDLayout.seconds(row) - RRDLayout.step
                let words = files.layout.words(device, before: before)
                try files.library.create(path, stepSeconds: RRDLayout.step, before: before, words)
            }
            try files.library.update(path, rows)
        }
    }

    func settle() {}

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int { try files.latest(of: series) }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        try files.raw(series, from: from, to: to)
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        try files.minutes(of: series, from: from, to: to)
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: folder) }

    func cpuSeconds() -> Double { BenchClock.cpuSeconds }

    func kill() {}

    func close() {}
}
