import Foundation

/// What a series costs in memory: the step from 10,000 to 100,000 series of three samples each.
///
/// Anonymous memory of the process, pages of files left out. The ring store runs in a child, and also with a
/// million series: idle, right after opening, and active, with ten samples more of each.
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
        if name == "tsunagi" {
            let (before, after) = (try child(few).filled, try child(many).filled)
            let step = Double(after - before) / Double(many - few)
            board.add("memory per series, from 10k to 100k", "B", peer.name, step)
            let most = isQuick ? 100_000 : 1_000_000
            let large = try child(most)
            board.add(
                "memory per idle series, of a million",
                "B",
                peer.name,
                Double(large.idle) / Double(most)
            )
            let active = Double(large.active) / Double(most)
            board.add("memory per active series, of a million", "B", peer.name, active)
        } else if let server = peer as? any ServerContestant {
            let (before, after) = (try measure(server, few), try measure(server, many))
            board.add(
                "memory per series, from 10k to 100k",
                "B",
                peer.name,
                Double(after - before) / Double(many - few)
            )
        }
    }

    private func child(_ series: Int) throws -> (filled: Int, idle: Int, active: Int) {
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

    /// One sample of each series in each turn.
    static func append(_ peer: any Contestant, series: Int, turns: Range<Int>) throws {
        let samples = samples(series: series, turns: turns)
        var first = 0
        while first < samples.count {
            let end = min(samples.count, first + batchSamples)
            try peer.append(samples[first..<end])
            first = end
        }
    }

    /// One sample of each series in each turn, in the order of time.
    static func samples(series: Int, turns: Range<Int>) -> [Workload.Sample] {
        var samples: [Workload.Sample] = []
        samples.reserveCapacity(series * turns.count)
        for turn in turns {
            let instant = SyntheticFactory.start + Int64(turn) * SyntheticFactory.stepMs
            for place in 0..<series {
                let value = Double((place &* 7 &+ turn &* 13) % 1000)
                samples.append(
                    Workload.Sample(instant: instant, bits: value.bitPattern, series: UInt32(place))
                )
            }
        }
        return samples
    }
}

/// A contestant whose memory is that of a server.
protocol ServerContestant: Contestant {
    /// Anonymous memory of the server now.
    func residentBytes() throws -> Int
}
