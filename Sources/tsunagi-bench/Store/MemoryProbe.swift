import Foundation

/// What a series costs in memory: the step from 10,000 to 100,000 series of three samples each.
///
/// Anonymous memory of the process, pages of files left out. The ring store runs in a child.
struct MemoryProbe {
    private let name: String
    private let folder: BenchFolder
    private let isQuick: Bool
    static let batchSamples = 10_000

    init(_ name: String, _ folder: BenchFolder, isQuick: Bool) {
        self.name = name
        self.folder = folder
        self.isQuick = isQuick
    }

    func run(_ board: FigureBoard) throws {
        guard let peer = Contestants.make(name) else { return }
        let (few, many) = isQuick ? (1000, 10_000) : (10_000, 100_000)
        let step: Int
        if name == "tsunagi" {
            step = try child(many).filled - child(few).filled
        } else if let server = peer as? any ServerContestant {
            step = try measure(server, many) - measure(server, few)
        } else {
            return
        }
        let figure = "memory per series, step to ten times as many"
        board.add(figure, "B", peer.name, Double(step) / Double(many - few))
    }

    /// What a store of so many series holds in memory: filled with three samples of each, idle right after opening,
    /// and at most while it takes 24 samples more of each, 200,000 in all at least.
    func child(_ series: Int) throws -> (filled: Int, idle: Int, active: Int) {
        let place = "\(folder.path)/\(name)-memory-\(series)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let words = ["memory", "--folder", place, "--series", "\(series)"]
        // The first fills the folder, the second opens what is there.
        let figures = try [words + ["--fill"], words].flatMap { words -> [Int] in
            let worker = try Worker("tsunagi-bench", words)
            defer { worker.finish() }
            return try worker.line().split(separator: " ").compactMap { Int($0) }
        }
        guard figures.count == 4 else { throw BenchFailure("the child gave no figures") }
        return (figures[1], figures[2], figures[3])
    }

    private func measure(_ server: any ServerContestant, _ series: Int) throws -> Int {
        let place = "\(folder.path)/\(name)-memory"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try server.open(folder: place, lines: LineBook(plain: series))
        defer { server.close() }
        try MemoryProbe.append(server, series: series, turns: 0..<3)
        return try server.residentBytes()
    }

    /// Appends one sample of each series in each turn, in the order of time. Returns the CPU time that it took to
    /// make them up, in seconds.
    ///
    /// - Parameter eachBatch: called after every batch.
    @discardableResult
    static func append(
        _ peer: any Contestant,
        series: Int,
        turns: Range<Int>,
        eachBatch: () throws -> Void = {}
    ) throws -> Double {
        let count = series * turns.count
        var making = 0.0
        var samples: [Workload.Sample] = []
        samples.reserveCapacity(batchSamples)
        var next = 0
        while next < count {
            let began = BenchClock.threadSeconds
            samples.removeAll(keepingCapacity: true)
            for number in next..<min(count, next + batchSamples) {
                samples.append(sample(turn: turns.lowerBound + number / series, place: number % series))
            }
            making += BenchClock.threadSeconds - began
            next += samples.count
            try peer.append(samples[...])
            try eachBatch()
        }
        return making
    }

    private static func sample(turn: Int, place: Int) -> Workload.Sample {
        let instant = SyntheticFactory.start + Int64(turn) * SyntheticFactory.stepMs
        let value = Double((place &* 7 &+ turn &* 13) % 1000)
        return Workload.Sample(instant: instant, bits: value.bitPattern, series: UInt32(place))
    }
}

/// A contestant whose memory is that of a server.
protocol ServerContestant: Contestant {
    /// Anonymous memory of the server now.
    func residentBytes() throws -> Int
}
