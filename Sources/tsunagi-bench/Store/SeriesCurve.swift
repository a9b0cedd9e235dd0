import Foundation

/// The ring store alone: what a sample and a series cost when there are more and more series, and with small
/// batches.
///
/// Every point of the curve takes 20 million samples, and ten minutes of every series at least (60 samples); it begins
/// when all series are known and ends when all samples are merged, so that no work is left for later.
struct SeriesCurve {
    private let folder: BenchFolder
    private let isQuick: Bool
    private static let rounds = 5
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
        var each = 0.0
        try opened(series) { own in
            // A first turn of all, merged, so that no series is new.
            try MemoryProbe.append(own, series: series, turns: 0..<1)
            try own.merge()
            let turns = max(60, (isQuick ? 2_000_000 : 20_000_000) / series)
            let cpu = BenchClock.cpuSeconds
            let making = try MemoryProbe.append(own, series: series, turns: 1..<(1 + turns))
            try own.merge()
            let used = BenchClock.cpuSeconds - cpu - making
            each = used * 1e9 / Double(turns * series)
            board.add(
                "CPU per sample until merged, \(SeriesCurve.shown(series)) series",
                "ns",
                own.name,
                each
            )
        }
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
