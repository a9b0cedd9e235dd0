import ArgumentParser
import Foundation

/// A child that writes W2 into a store of its own process until it is killed.
///
/// After every acknowledged batch the number of samples so far is in the count file, eight bytes little endian.
struct WriterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "writer",
        abstract: "Writes until it is killed; for the kill of `store`.",
        shouldDisplay: false
    )

    @Option var name: String
    @Option var folder: String
    @Option var count: String
    @Option var devices: Int

    func run() throws {
        guard let peer = Contestants.make(name) else { throw BenchFailure("\(name) is not installed") }
        let work = KillProbe.workload(devices: devices)
        let flow = work.flow
        let file = unsafe open(count, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw BenchFailure("cannot create \(count)") }
        try peer.open(folder: folder, lines: LineBook(work))
        var next = 0
        while next + KillProbe.batchSamples <= flow.count {
            try peer.append(flow[next..<(next + KillProbe.batchSamples)])
            next += KillProbe.batchSamples
            var bytes = UInt64(next).littleEndian
            _ = unsafe pwrite(file, &bytes, 8, 0)
        }
        while true { sleep(60) }
    }

    /// What a writer's count file says; 0 before the first batch.
    static func count(_ path: String) -> Int {
        let file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes: UInt64 = 0
        guard unsafe pread(file, &bytes, 8, 0) == 8 else { return 0 }
        return Int(UInt64(littleEndian: bytes))
    }
}
