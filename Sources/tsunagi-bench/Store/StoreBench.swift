import ArgumentParser
import Foundation

/// `tsunagi-bench store`: the ring store beside the stores that people use, on the same work, in turn.
struct StoreBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Bytes, CPU and answering times of the ring store, beside databases of Debian.",
        discussion: """
            W1 are the recordings of --data, W2 is a synthetic factory. Each round measures every store in turn, \
            the order alternating; the ratio of the medians is what counts. A peer that is not installed is named \
            and left out. Peers that would take minutes get fewer devices; figures are per sample.
            """
    )

    @Option(help: "A folder of recordings; without it W1 is left out.")
    var data: String?

    @Option(help: "Rounds; an odd number has a true median.")
    var rounds: Int = 3

    @Flag(help: "One JSON object a line instead of a table.")
    var json = false

    @Option(help: "Which peers, with commas between; all by default.")
    var peers: String = Contestants.names.joined(separator: ",")

    @Flag(help: "A tenth of the devices and one round: a smoke test, no measurement.")
    var quick = false

    func validate() throws {
        guard rounds >= 1 else { throw ValidationError("--rounds is at least 1") }
        for name in wanted where !Contestants.names.contains(name) {
            throw ValidationError("no peer \(name); there are \(Contestants.names.joined(separator: ", "))")
        }
    }

    private var wanted: [String] { peers.split(separator: ",").map(String.init) }

    func run() throws {
        let folder = try BenchFolder()
        defer { folder.remove() }
        let board = FigureBoard(bounds: quick ? .none : .store)
        let factory = SyntheticFactory.workload(devices: quick ? 100 : 1000)
        var contestants = ["tsunagi"]
        for name in wanted {
            if Contestants.make(name) == nil {
                note("\(name) is not installed and left out; \(Contestants.remedy(name))")
            } else {
                contestants.append(name)
            }
        }
        note("W2: \(factory.seriesCount) series, \(factory.sampleCount) samples")
        for name in contestants {
            guard let peer = Contestants.make(name), peer.devicesMax < factory.devices.count else { continue }
            let atKill = peer.survivesKills ? ", but all of them before the kill" : ""
            note("\(peer.name) gets \(peer.devicesMax) of the \(factory.devices.count) devices\(atKill)")
        }
        let rounds = quick ? 1 : self.rounds
        var failed: Set<String> = []
        for round in 0..<rounds {
            for name in round % 2 == 0 ? contestants : contestants.reversed() where !failed.contains(name) {
                attempt(name, &failed) {
                    try FactoryRound(factory, checksBits: round == 0).run(name, folder, board)
                }
            }
        }
        if let data { measureRecordings(data, contestants, folder, board, &failed) }
        for name in contestants where !failed.contains(name) {
            attempt(name, &failed) { try KillProbe(name, folder, devices: factory.devices.count).run(board) }
            attempt(name, &failed) { try MemoryProbe(name, folder, isQuick: quick).run(board) }
        }
        attempt("tsunagi", &failed) { try SeriesCurve(folder, isQuick: quick).run(board) }
        try board.show(asJSON: json)
        if failed.contains("tsunagi") { throw BenchFailure("the ring store itself failed; see above") }
    }

    private func measureRecordings(
        _ data: String,
        _ contestants: [String],
        _ folder: BenchFolder,
        _ board: FigureBoard,
        _ failed: inout Set<String>
    ) {
        let recordings: Recordings
        do {
            recordings = try Recordings(folder: data)
        } catch {
            note("W1 is left out: \(error)")
            return
        }
        for line in recordings.skipped { note("skipped \(line)") }
        let workload = recordings.workload
        note("W1: \(workload.seriesCount) series, \(workload.sampleCount) samples")
        // Who cannot hold these can still do the rest.
        var refused = failed
        for name in contestants where !failed.contains(name) && Contestants.takesRecordings(name) {
            attempt(name, &refused) { try RecordingsRound(workload).run(name, folder, board) }
        }
        if refused.contains("tsunagi") { failed.insert("tsunagi") }
    }

    /// A peer that fails is named and left out from there on; the others go on.
    private func attempt(_ name: String, _ failed: inout Set<String>, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            failed.insert(name)
            note("\(name) failed and is left out: \(error)")
        }
    }

    /// To standard error, so that `--json` stays clean.
    private func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
