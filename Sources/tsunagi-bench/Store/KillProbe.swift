import Foundation

/// What a kill in the middle of writing costs: the time to the first answer, and acknowledged samples lost.
///
/// Every contestant gets the same series, all of which have samples from the first tick on, and the same two seconds
/// at most; how many samples it took in that time is a figure of its own. A store of this process is written by a
/// child, so that there is somebody to kill.
struct KillProbe {
    private let name: String
    private let place: String
    private let devices: Int
    static let batchSamples = 1000
    private static let seconds = 2.0

    init(_ name: String, _ folder: BenchFolder, devices: Int) {
        self.name = name
        place = "\(folder.path)/\(name)-kill"
        self.devices = devices
    }

    /// W2 without the devices that reach further back: their history alone would last a slow one two seconds.
    static func workload(devices: Int) -> Workload {
        SyntheticFactory.workload(devices: devices, deepDevices: 0)
    }

    func run(_ board: FigureBoard) throws {
        guard let peer = Contestants.make(name), peer.survivesKills else { return }
        let work = KillProbe.workload(devices: devices)
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let flow = work.flow
        sync()
        let acknowledged =
            peer.isInProcess
            ? try killChild(devices: work.devices.count, samples: flow.count)
            : try killServer(peer, work, flow)
        // The first answer needs one device; the store brings back the others all the same.
        var first = work
        first.devices.removeLast(work.devices.count - 1)
        let began = BenchClock.seconds
        try peer.open(folder: place, lines: LineBook(first))
        _ = try peer.latest(of: 0..<1, at: flow[acknowledged - 1].instant)
        board.add("kill -9 to the first answer", "ms", peer.name, (BenchClock.seconds - began) * 1000)
        peer.close()
        try peer.open(folder: place, lines: LineBook(work))
        defer { peer.close() }
        let lost = try missing(flow[0..<acknowledged], work, peer)
        board.add("series at the kill", "", peer.name, Double(work.seriesCount))
        board.add("acknowledged samples at the kill", "", peer.name, Double(acknowledged))
        board.add("acknowledged samples lost by the kill", "", peer.name, Double(lost))
    }

    private func killServer(_ peer: any Contestant, _ work: Workload, _ flow: [Workload.Sample]) throws -> Int
    {
        try peer.open(folder: place, lines: LineBook(work))
        let end = BenchClock.seconds + KillProbe.seconds
        var next = 0
        while BenchClock.seconds < end, next + KillProbe.batchSamples <= flow.count {
            try peer.append(flow[next..<(next + KillProbe.batchSamples)])
            next += KillProbe.batchSamples
        }
        peer.kill()
        return next
    }

    private func killChild(devices: Int, samples: Int) throws -> Int {
        let count = "\(place).count"
        let words = [
            "writer", "--name", name, "--folder", place, "--count", count, "--devices", "\(devices)",
        ]
        let child = try ServerProcess([Worker.ownPath] + words)
        defer {
            child.end(SIGKILL)
            try? FileManager.default.removeItem(atPath: count)
        }
        try child.wait(for: "the writer") { WriterCommand.count(count) > 0 }
        // In the middle of its work, however fast it is.
        let end = BenchClock.seconds + KillProbe.seconds
        while BenchClock.seconds < end, WriterCommand.count(count) < samples / 3 { usleep(500) }
        child.end(SIGKILL)
        return WriterCommand.count(count)
    }

    /// How many of the samples do not come back. Each series is asked for its own stretch: RRDtool answers a longer
    /// one from a coarser archive.
    private func missing(_ samples: ArraySlice<Workload.Sample>, _ work: Workload, _ peer: any Contestant)
        throws -> Int
    {
        var expected = [Int](repeating: 0, count: work.seriesCount)
        var stretch = [(from: Int64, last: Int64)](repeating: (.max, .min), count: work.seriesCount)
        for sample in samples {
            let series = Int(sample.series)
            expected[series] += 1
            let (from, last) = stretch[series]
            stretch[series] = (min(from, sample.instant), max(last, sample.instant))
        }
        var lost = 0
        for series in expected.indices where expected[series] > 0 {
            let (from, last) = stretch[series]
            lost += max(0, expected[series] - (try peer.raw(series, from: from, to: last + 1).count))
        }
        return lost
    }
}
