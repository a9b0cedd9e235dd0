import ArgumentParser
import Bus
import Glibc
import Readings
import Synchronization

/// The peer: a subscriber with the same gating that keeps the bytes as they come and decodes nothing.
///
/// What it takes is written to a preallocated, zero-filled file and synced before the acknowledgements go, just as
/// the gateway's journal is. Prints when it came online, the time of its last message, and its CPU seconds from
/// ready to done.
struct BareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bare",
        abstract: "A bare durable subscriber, for comparison."
    )

    @Option var port: Int
    @Option var count: Int
    @Option var prefix: String
    @Option var file: String
    @Flag(help: "Ready before it is online, for messages that the broker has kept.") var backlog = false

    func run() throws {
        let log = try RawLog(path: file)
        let taken = Atomic<Int>(0)
        var options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: port),
            identity: BusIdentity(clientID: "bench-\(prefix)")
        )
        options.filters = ["\(prefix)/#"]
        var waiting = 0
        let sink = BusSink(
            take: { topic, payload, _ in
                log.add(topic, payload)
                waiting += 1
            },
            settle: {
                try log.sync()
                taken.add(waiting, ordering: .releasing)
                waiting = 0
            }
        )
        let link = BusLink(options, sink: sink)
        link.start()
        while !backlog && link.status.state != .online { usleep(2000) }
        let cpuBefore = BenchClock.cpuSeconds
        tell("ready")
        while taken.load(ordering: .acquiring) < count { usleep(20_000) }
        let cpu = BenchClock.cpuSeconds - cpuBefore
        let status = link.status
        let last = status.lastMessageAt ?? BenchClock.now
        tell("\(status.since.milliseconds) \(last.milliseconds) \(cpu)")
        link.stop()
    }
}

/// Bytes appended to a circular, preallocated file, with one sync for each batch. Used by one thread.
final class RawLog {
    private let descriptor: Int32
    private var offset = 0
    private var batch: [UInt8] = []
    private static let fileBytes = 64 << 20

    init(path: String) throws(BenchFailure) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw BenchFailure("cannot create \(path)") }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for piece in 0..<64 {
            guard unsafe pwrite(descriptor, zeros, zeros.count, off_t(piece << 20)) == zeros.count else {
                throw BenchFailure("cannot fill \(path)")
            }
        }
        fsync(descriptor)
        batch.reserveCapacity(2 << 20)
    }

    deinit {
        close(descriptor)
    }

    func add(_ topic: Span<UInt8>, _ payload: Span<UInt8>) {
        unsafe topic.withUnsafeBufferPointer { unsafe batch.append(contentsOf: $0) }
        unsafe payload.withUnsafeBufferPointer { unsafe batch.append(contentsOf: $0) }
    }

    func sync() throws(BenchFailure) {
        if offset + batch.count > RawLog.fileBytes { offset = 0 }
        guard unsafe pwrite(descriptor, batch, batch.count, off_t(offset)) == batch.count,
            fdatasync(descriptor) == 0
        else { throw BenchFailure("cannot write the raw log") }
        offset += batch.count
        batch.removeAll(keepingCapacity: true)
    }
}
