import Foundation

/// The ring store alone: what a sample costs when there are more and more series, and with small batches.
struct SeriesCurve {
    private let folder: BenchFolder
    private let isQuick: Bool

    init(_ folder: BenchFolder, isQuick: Bool) {
        self.folder = folder
        self.isQuick = isQuick
    }

    func run(_ board: FigureBoard) throws {
        let work = SyntheticFactory.workload(devices: 100)
        let flow = work.flow
        try opened(work.seriesCount) { own in
            let (began, cpu) = (BenchClock.seconds, BenchClock.cpuSeconds)
            try append(flow, batch: 1000, own)
            let wall = BenchClock.seconds - began
            let used = BenchClock.cpuSeconds - cpu
            board.add("sync per 1,000: samples per second", "1/s", own.name, Double(flow.count) / wall)
            board.add("sync per 1,000: samples per CPU second", "1/s", own.name, Double(flow.count) / used)
        }
        for series in [1000, 10_000, 100_000, 1_000_000] where !isQuick || series <= 10_000 {
            try opened(series) { own in
                // A first turn of all, so that no series is new.
                try MemoryProbe.append(own, series: series, turns: 0..<1)
                let samples = MemoryProbe.samples(series: series, turns: 1..<(1 + max(5, 5_000_000 / series)))
                let cpu = BenchClock.cpuSeconds
                try append(samples, batch: 10_000, own)
                let perMillion = (BenchClock.cpuSeconds - cpu) * 1e6 / Double(samples.count)
                board.add("CPU per million samples, \(series) series", "s", own.name, perMillion)
            }
        }
    }

    private func append(_ samples: [Workload.Sample], batch: Int, _ own: OwnContestant) throws {
        var next = 0
        while next < samples.count {
            let end = min(samples.count, next + batch)
            try own.append(samples[next..<end])
            next = end
        }
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
