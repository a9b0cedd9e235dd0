import Foundation

/// One contestant's turn with W2: it takes every sample, then answers.
struct FactoryRound {
    private let workload: Workload
    private let checksBits: Bool
    private static let batchSamples = 10_000
    private static let hourMs: Int64 = 3_600_000

    /// - Parameter checksBits: whether to read everything back and compare, which takes as long again.
    init(_ workload: Workload, checksBits: Bool) {
        self.workload = workload
        self.checksBits = checksBits
    }

    func run(_ name: String, _ folder: BenchFolder, _ board: FigureBoard) throws {
        guard let peer = Contestants.make(name) else { return }
        var work = workload
        work.devices.removeLast(max(0, work.devices.count - peer.devicesMax))
        let place = "\(folder.path)/\(name)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let flow = work.flow
        // What the one before left to be written is not this one's.
        sync()
        try peer.open(folder: place, lines: LineBook(work))
        defer { peer.close() }
        let ingesting = try ingest(flow, peer, board)
        let cpuBefore = try peer.cpuSeconds()
        try peer.settle()
        let settling = try peer.cpuSeconds() - cpuBefore
        let millions = Double(flow.count) / 1e6
        board.add("W2 settling, CPU per million samples", "s", peer.name, settling / millions)
        let both = "W2 ingest and settling, CPU per million samples"
        board.add(both, "s", peer.name, (ingesting + settling) / millions)
        board.add(
            "W2 bytes on disk per sample",
            "B",
            peer.name,
            Double(try peer.bytesOnDisk()) / Double(flow.count)
        )
        if let writtenBytes = (peer as? OwnContestant)?.writtenBytes {
            let figure = "W2 bytes written per sample, all in all"
            board.add(figure, "B", peer.name, Double(writtenBytes) / Double(flow.count))
        }
        if let tierBytes = (peer as? OwnContestant)?.tierBytes {
            let figure = "W2 bytes of minutes, hours and days beside them"
            board.add(figure, "B", peer.name, Double(tierBytes) / Double(flow.count))
        }
        try ask(work, peer, board)
        if checksBits {
            let wrong = try peer.countWrong(work.devices.prefix(100).flatMap(\.lines))
            board.add("W2 samples with other bits, of a million", "", peer.name, wrong)
        }
    }

    /// Returns the CPU time it took, in seconds.
    private func ingest(_ flow: [Workload.Sample], _ peer: any Contestant, _ board: FigureBoard) throws
        -> Double
    {
        let cpuBefore = try peer.cpuSeconds()
        let began = BenchClock.seconds
        var place = 0
        while place < flow.count {
            let end = min(flow.count, place + FactoryRound.batchSamples)
            try peer.append(flow[place..<end])
            place = end
        }
        let wall = BenchClock.seconds - began
        let cpu = try peer.cpuSeconds() - cpuBefore
        let millions = Double(flow.count) / 1e6
        board.add("W2 ingest, CPU per million samples", "s", peer.name, cpu / millions)
        board.add(
            "W2 ingest, samples per CPU second",
            "1/s",
            peer.name,
            cpu > 0 ? Double(flow.count) / cpu : 0
        )
        board.add("W2 ingest, samples per second", "1/s", peer.name, Double(flow.count) / wall)
        return cpu
    }

    private func ask(_ work: Workload, _ peer: any Contestant, _ board: FigureBoard) throws {
        let end = SyntheticFactory.start + Int64(SyntheticFactory.ticks) * SyntheticFactory.stepMs
        let last = end - SyntheticFactory.stepMs
        let many = min(1000, work.seriesCount)
        board.add(
            "latest of 1,000 series",
            "ms",
            peer.name,
            try time(21) { _ in
                let found = try peer.latest(of: 0..<many, at: last)
                guard found == many else { throw BenchFailure("\(found) of \(many) latest values") }
            }
        )
        let hour = Int(FactoryRound.hourMs / SyntheticFactory.stepMs)
        board.add(
            "1 h raw of one series",
            "ms",
            peer.name,
            try time(101) { turn in
                let series = (turn * 37) % work.seriesCount
                let found = try peer.raw(series, from: end - FactoryRound.hourMs, to: end).count
                guard found == hour else { throw BenchFailure("\(found) of \(hour) raw samples") }
            }
        )
        let deep = 100
        let buckets = 1440 * deep
        board.add(
            "24 h of minutes of 100 series",
            "ms",
            peer.name,
            try time(5) { _ in
                let from = end - 24 * FactoryRound.hourMs
                let found = try peer.minutes(of: 0..<deep, from: from, to: end)
                // Whoever ends a minute with its last instant may lack the first or the last.
                guard found >= buckets - 2 * deep, found <= buckets + deep else {
                    throw BenchFailure("\(found) of \(buckets) buckets")
                }
            }
        )
    }

    /// The median of several turns, in milliseconds; one before them warms up.
    private func time(_ turns: Int, _ body: (Int) throws -> Void) throws -> Double {
        try body(0)
        var values: [Double] = []
        for turn in 1...turns {
            let began = BenchClock.seconds
            try body(turn)
            values.append((BenchClock.seconds - began) * 1000)
        }
        return median(values)
    }
}
