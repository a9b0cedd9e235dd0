import Foundation
import Glibc
import Readings
import Synchronization

@testable import RingStore

/// A directory of its own for one test, gone with it.
final class Workplace: Sendable {
    let path: String
    private let inMemory: Bool

    /// - Parameter inMemory: whether no disk has to be waited for, where the system has such a place.
    init(inMemory: Bool = false) {
        self.inMemory = inMemory
        let isThere = inMemory && FileManager.default.fileExists(atPath: "/dev/shm")
        path = (isThere ? "/dev/shm/" : NSTemporaryDirectory()) + "tsunagi-store-\(UUID().uuidString)"
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The same files elsewhere: what a kill at this moment would leave.
    func copy() throws -> Workplace {
        let other = Workplace(inMemory: inMemory)
        try FileManager.default.copyItem(atPath: path, toPath: other.path)
        return other
    }

    /// The content of one of the files.
    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// What `du` would say.
    var diskBytes: Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.reduce(0) { total, name in
            var facts = stat()
            // Blocks are counted in 512 bytes, whatever the file system's own are.
            return total + (stat(path + "/" + name, &facts) == 0 ? Int(facts.st_blocks) * 512 : 0)
        }
    }
}

/// What an opening brought up.
struct Reopened {
    var store: RingStore
    var recovered: Recovered
    var keepsake: [UInt8]?
    var batches: [Batch]
}

extension StoreTuning {
    /// Rings that turn after a few hundred rows.
    static var tiny: StoreTuning {
        var tuning = StoreTuning()
        tuning.budgetBytesMin = 32 << 10
        tuning.headRows = 200
        tuning.pageSamples = 16
        tuning.youngBytes = (8 << 10)...(64 << 10)
        tuning.journalBytes = (16 << 10)...(64 << 10)
        tuning.checkpointBytes = (8 << 10)...(64 << 10)
        tuning.catalogueBytes = (8 << 10)...(64 << 10)
        tuning.segmentBytes = (4 << 10)...(64 << 10)
        tuning.spareBytes = 8 << 10
        tuning.retryMs = 1
        tuning.retryMsMax = 4
        tuning.urgeMs = 0
        return tuning
    }
}

func reopen(
    _ place: Workplace,
    budget: Int = 256 << 10,
    tuning: StoreTuning = .tiny
) throws(StoreFailure) -> Reopened {
    var keepsake: [UInt8]?
    var batches: [Batch] = []
    let opened = try RingStore.open(
        StoreOptions(directory: place.path, budgetBytes: budget),
        tuning: tuning,
        restore: { keepsake = $0 },
        replay: { batches.append($0) }
    )
    return Reopened(store: opened.store, recovered: opened.recovered, keepsake: keepsake, batches: batches)
}

func batch(_ readings: [Reading]) -> Batch {
    var batch = Batch(opened: Instant(milliseconds: 1))
    batch.readings = readings
    return batch
}

func reading(_ series: Series, _ instant: Int64, _ value: Double, _ quality: Quality = .good) -> Reading {
    Reading(
        series: series.id,
        instant: Instant(milliseconds: instant),
        value: .number(value),
        quality: quality
    )
}

extension RingStore {
    /// A series of numbers by its metric.
    func gauge(_ metric: String, kind: Kind = .gauge) throws(StoreFailure) -> Series {
        let key = SeriesKey(site: "大阪", asset: "プレス/1号機", metric: metric)
        return try series(for: key, kind: kind, type: .number, unit: "Cel")
    }
}

extension Snapshot {
    /// All samples of a series.
    func all(_ id: SeriesID) throws(StoreFailure) -> [Sample] {
        try samples(id, from: .distantPast, to: .distantFuture, limit: .max).samples
    }

    /// The numbers of all samples.
    func numbers(_ id: SeriesID) throws(StoreFailure) -> [Double] {
        try all(id).compactMap(\.value.number)
    }
}

/// A disk whose calls fail on command.
final class FaultyDisk: Sendable {
    struct Faults {
        /// Fails writes and syncs of files whose names begin so.
        var failsWrites: [String] = []
        var failsSyncs: [String] = []
        var code: Int32 = ENOSPC
        /// Every write does at most so many bytes.
        var shortTo = Int.max
        /// Every other call is interrupted.
        var interrupts = false
        var calls = 0
    }

    let faults = Mutex(Faults())

    var disk: Disk {
        let system = Disk.system
        var disk = system
        disk.write = { [self] file, name, bytes, offset in
            let (code, limit) = faults.withLock { faults -> (Int32, Int) in
                faults.calls += 1
                if faults.interrupts && faults.calls % 2 == 0 { return (EINTR, 0) }
                return (
                    faults.failsWrites.contains { name.hasPrefix($0) } ? faults.code : 0, faults.shortTo
                )
            }
            if code != 0 { return -Int(code) }
            let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(limit))
            return system.write(file, name, part, offset)
        }
        disk.sync = { [self] file, name in
            let code = faults.withLock { $0.failsSyncs.contains { name.hasPrefix($0) } ? $0.code : 0 }
            return code != 0 ? code : system.sync(file, name)
        }
        return disk
    }
}
