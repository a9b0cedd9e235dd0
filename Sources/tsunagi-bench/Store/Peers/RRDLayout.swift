/// How W2 lies in the files of RRDtool: a file for each device with its series and three folds of a minute.
struct RRDLayout {
    static let step = Int(SyntheticFactory.stepMs / 1000)

    let lines: LineBook
    private let folder: String
    /// By device, its first series and how many it has.
    private let first: [Int]
    private let sources: [Int]

    init(folder: String, lines: LineBook) {
        var first = [Int](repeating: 0, count: lines.devices.count)
        var sources = [Int](repeating: 0, count: lines.devices.count)
        for series in (0..<lines.count).reversed() {
            first[lines.device[series]] = series
            sources[lines.device[series]] += 1
        }
        (self.folder, self.lines, self.first, self.sources) = (folder, lines, first, sources)
    }

    /// The file of a device.
    func path(_ device: Int) -> String { "\(folder)/\(lines.devices[device]).rrd" }

    /// The place of a series within its device.
    func source(of series: Int) -> Int { series - first[lines.device[series]] }

    /// The words that make a device's file, which knows no time before `seconds`.
    func words(_ device: Int, before seconds: Int) -> [String] {
        // The devices that reach a day back begin before the common start.
        let isDeep = Int64(seconds) * 1000 < SyntheticFactory.start - SyntheticFactory.stepMs
        let rows = SyntheticFactory.ticks + (isDeep ? SyntheticFactory.ticksBefore : 0)
        return (0..<sources[device]).map { "DS:s\($0):GAUGE:\(RRDLayout.step * 2):U:U" }
            + ["RRA:AVERAGE:0.5:1:\(rows)"]
            + ["AVERAGE", "MIN", "MAX"].map {
                "RRA:\($0):0.5:\(60 / RRDLayout.step):\(rows * RRDLayout.step / 60)"
            }
    }

    /// The rows of a batch by device, `seconds:value:value…`.
    func rows(_ samples: ArraySlice<Workload.Sample>) throws -> [Int: [String]] {
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
        return rows
    }

    /// The instant of a row, in seconds.
    static func seconds(_ row: String) -> Int {
        row.split(separator: ":").first.flatMap { Int($0) } ?? 0
    }
}

/// What the files of RRDtool answer, whoever wrote them.
struct RRDFiles {
    let library: RRDLibrary
    let layout: RRDLayout

    /// How many of the series have a latest value.
    func latest(of series: Range<Int>) throws -> Int {
        try layout.lines.devices(of: series).reduce(0) { try $0 + library.latest(layout.path($1)) }
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        let start = Int(from / 1000) - RRDLayout.step
        let rows = try fetch(series, "AVERAGE", RRDLayout.step, start, Int(to / 1000))
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

    private func fetch(_ series: Int, _ fold: String, _ step: Int, _ from: Int, _ to: Int) throws
        -> [(seconds: Int, value: Double)]
    {
        try library.fetch(
            layout.path(layout.lines.device[series]),
            fold,
            stepSeconds: step,
            from: from,
            to: to,
            source: layout.source(of: series)
        )
    }
}
