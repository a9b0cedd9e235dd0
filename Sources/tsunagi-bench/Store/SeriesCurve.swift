import Foundation

/// The ring store alone: what a sample and a series cost when there are more and more series, and with small
/// batches.
///
/// Every point of the curve takes forty minutes of every series (240 samples), because a page of few samples costs
/// more for each of them than a full one, however many series there are. It begins when all series are known and
/// the store has the memory it works in, and ends when all samples are merged, so that no work is left for later.
struct SeriesCurve {
    private let folder: BenchFolder
    private let isQuick: Bool
    private static let rounds = 5
    /// Samples of each series before a measurement: both halves of the head are in use after them.
    private static let turnsBefore = 20
    private static let turns = 240
    /// A point takes so many samples in all at least, in as many stores as need be.
    private static let samplesMin = 4_800_000
    private static let counts = [1000, 10_000, 100_000, 1_000_000]

    init(_ folder: BenchFolder, isQuick: Bool) {
        self.folder = folder
        self.isQuick = isQuick
    }

    private var counts: [Int] { SeriesCurve.counts.filter { !isQuick || $0 <= 10_000 } }

    func run(_ board: FigureBoard) throws {
        // Wall time of a shared disk: one look is no measurement.
        for _ in 0..<(isQuick ? 1 : SeriesCurve.rounds) { try measureSmallBatches(board) }
        var curve: [Double] = []
        for series in counts { curve.append(try measureCPU(series, board)) }
        if let least = curve.min(), let most = curve.max() {
            board.add("CPU per sample, the dearest point over the cheapest", "", "tsunagi", most / least)
        }
        try measureMemory(board)
    }

    private func measureSmallBatches(_ board: FigureBoard) throws {
        let work = SyntheticFactory.workload(devices: 100)
        let flow = work.flow
        try opened(work.seriesCount) { own in
            let (began, cpu) = (BenchClock.seconds, BenchClock.cpuSeconds)
            for start in stride(from: 0, to: flow.count, by: 1000) {
                try own.append(flow[start..<min(flow.count, start + 1000)])
            }
            let wall = BenchClock.seconds - began
            let used = BenchClock.cpuSeconds - cpu
            board.add("sync per 1,000: samples per second", "1/s", own.name, Double(flow.count) / wall)
            board.add("sync per 1,000: samples per CPU second", "1/s", own.name, Double(flow.count) / used)
        }
    }

    /// Returns nanoseconds.
    private func measureCPU(_ series: Int, _ board: FigureBoard) throws -> Double {
        let turns = isQuick ? 60 : SeriesCurve.turns
        let stores = isQuick ? 1 : max(1, SeriesCurve.samplesMin / (turns * series))
        var used = 0.0
        for _ in 0..<stores {
            try opened(series) { own in
                let start = SeriesCurve.turnsBefore
                try MemoryProbe.append(own, series: series, turns: 0..<start)
                try own.merge()
                let cpu = BenchClock.cpuSeconds
                let making = try MemoryProbe.append(own, series: series, turns: start..<(start + turns))
                try own.merge()
                used += BenchClock.cpuSeconds - cpu - making
            }
        }
        let each = used * 1e9 / Double(stores * turns * series)
        let name = "CPU per sample until merged, \(SeriesCurve.shown(series)) series"
        board.add(name, "ns", "tsunagi", each)
        return each
    }

    /// The least store is mostly its head and buffers of fixed size, so that what a series costs is the step to the
    /// next size.
    private func measureMemory(_ board: FigureBoard) throws {
        var before: (series: Int, active: Int)?
        for series in counts {
            let shown = SeriesCurve.shown(series)
            let figures = try MemoryProbe("tsunagi", folder, isQuick: isQuick).child(series)
            board.add("memory of \(shown) active series at most", "B", "tsunagi", Double(figures.active))
            if let before {
                let step = Double(figures.active - before.active) / Double(series - before.series)
                let name = "memory per active series at most, step from \(SeriesCurve.shown(before.series))"
                board.add("\(name) to \(shown)", "B", "tsunagi", step)
            }
            before = (series, figures.active)
            guard series == 1_000_000 else { continue }
            for (name, bytes) in [("idle series", figures.idle), ("active series at most", figures.active)] {
                board.add("memory per \(name), of a million", "B", "tsunagi", Double(bytes) / Double(series))
            }
        }
    }

    private static func shown(_ series: Int) -> String {
        series >= 1_000_000 ? "\(series / 1_000_000)M" : "\(series / 1000)k"
    }

    private func opened(_ series: Int, _ body: (OwnContestant) throws -> Void) throws {
        let place = "\(folder.path)/curve"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let own = OwnContestant(budgetBytes: OwnContestant.budgetBytes(series: series))
        sync()
        try own.open(folder: place, lines: LineBook(plain: series))
        defer { own.close() }
        try body(own)
    }
}
