import Foundation

/// One contestant's turn with W1: what the recordings take on its disk.
struct RecordingsRound {
    private let workload: Workload
    private static let batchSamples = 10_000

    init(_ workload: Workload) {
        self.workload = workload
    }

    func run(_ name: String, _ folder: BenchFolder, _ board: FigureBoard) throws {
        guard let peer = Contestants.make(name) else { return }
        let place = "\(folder.path)/\(name)-w1"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let flow = workload.flow
        try peer.open(folder: place, lines: LineBook(workload))
        defer { peer.close() }
        let cpuBefore = try peer.cpuSeconds()
        var next = 0
        while next < flow.count {
            let end = min(flow.count, next + RecordingsRound.batchSamples)
            try peer.append(flow[next..<end])
            next = end
        }
        let cpu = try peer.cpuSeconds() - cpuBefore
        board.add("W1 ingest, CPU per million samples", "s", peer.name, cpu / Double(flow.count) * 1e6)
        try peer.settle()
        let bytes = Double(try peer.bytesOnDisk())
        board.add("W1 bytes on disk per sample", "B", peer.name, bytes / Double(flow.count))
        if let own = peer as? OwnContestant, let textBytes = own.textBytes, let tierBytes = own.tierBytes {
            let texts = "W1 bytes of texts beside them, per sample"
            board.add(texts, "B", peer.name, Double(textBytes) / Double(flow.count))
            let tiers = "W1 bytes of minutes, hours and days beside them"
            board.add(tiers, "B", peer.name, Double(tierBytes) / Double(flow.count))
        }
        let wrong = try peer.countWrong(workload.lines)
        board.add("W1 samples with other bits, of a million", "", peer.name, wrong)
    }
}
