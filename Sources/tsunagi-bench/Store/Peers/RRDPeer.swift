import Glibc

/// RRDtool's library in this process: a file for each device with its ten series and three folds of a minute.
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
    private let library: RRDLibrary
    private var lines = LineBook(plain: 0)
    private var folder = ""
    private var first: [Int] = []
    private var sources: [Int] = []
    private static let step = Int(SyntheticFactory.stepMs / 1000)

    /// Nil when it is not installed.
    init?() {
        guard let library = RRDLibrary() else { return nil }
        self.library = library
    }

    func open(folder: String, lines: LineBook) throws {
        (self.folder, self.lines) = (folder, lines)
        first = [Int](repeating: 0, count: lines.devices.count)
        sources = [Int](repeating: 0, count: lines.devices.count)
        for series in (0..<lines.count).reversed() {
            first[lines.device[series]] = series
            sources[lines.device[series]] += 1
        }
    }

    /// A device's file is made with its first row, since it knows no time before that.
    private func make(_ device: Int, before seconds: Int) throws {
        // The devices that reach a day back begin before the common start.
        let isDeep = Int64(seconds) * 1000 < SyntheticFactory.start - SyntheticFactory.stepMs
        let rows = SyntheticFactory.ticks + (isDeep ? SyntheticFactory.ticksBefore : 0)
        let words =
            (0..<sources[device]).map { "DS:s\($0):GAUGE:\(RRDPeer.step * 2):U:U" }
            + ["RRA:AVERAGE:0.5:1:\(rows)"]
            + ["AVERAGE", "MIN", "MAX"].map {
                "RRA:\($0):0.5:\(60 / RRDPeer.step):\(rows * RRDPeer.step / 60)"
            }
        try library.create(path(device), stepSeconds: RRDPeer.step, before: seconds, words)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        var rows: [Int: [String]] = [:]
        var place = samples.startIndex
        while place < samples.endIndex {
            let sample = samples[place]
            let device = lines.device[Int(sample.series)]
            var row = "\(sample.instant / 1000)"
            for _ in 0..<sources[device] {
                guard place < samples.endIndex, samples[place].instant == sample.instant else {
                    throw BenchFailure("a row of RRDtool needs a sample of every series of its device")
                }
                row += ":\(samples[place].number(isNumeric: true))"
                place += 1
            }
            rows[device, default: []].append(row)
        }
        for (device, rows) in rows {
            if unsafe access(path(device), F_OK) != 0, let row = rows.first,
                let seconds = row.split(separator: ":").first.flatMap({ Int($0) })
            {
                try make(device, before: seconds - RRDPeer.step)
            }
            try library.update(path(device), rows)
        }
    }

    func settle() {}

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        try Set(series.map { lines.device[$0] }).reduce(0) { try $0 + library.latest(path($1)) }
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        let rows = try fetch(series, "AVERAGE", RRDPeer.step, Int(from / 1000) - RRDPeer.step, Int(to / 1000))
        return rows.map { RawSample(instant: Int64($0.seconds) * 1000, bits: $0.value.bitPattern) }
            .filter { $0.instant >= from && $0.instant < to }
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        var count = 0
        for place in series {
            let folds = try ["AVERAGE", "MIN", "MAX"].map {
                try fetch(place, $0, 60, Int(from / 1000), Int(to / 1000)).count
            }
            count += folds.min() ?? 0
        }
        return count
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: folder) }

    func cpuSeconds() -> Double { BenchClock.cpuSeconds }

    func kill() {}

    func close() {}

    private func path(_ device: Int) -> String { "\(folder)/\(lines.devices[device]).rrd" }

    private func fetch(_ series: Int, _ fold: String, _ step: Int, _ from: Int, _ to: Int) throws
        -> [(seconds: Int, value: Double)]
    {
        let device = lines.device[series]
        return try library.fetch(
            path(device),
            fold,
            stepSeconds: step,
            from: from,
            to: to,
            source: series - first[device]
        )
    }
}
