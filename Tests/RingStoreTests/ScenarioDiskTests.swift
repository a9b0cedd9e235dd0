import Foundation
import Glibc
import Readings
import Synchronization
import Testing

@testable import RingStore

/// The scenarios of a disk that is small, full or soon worn out.
@Suite("scenarios of the disk", .serialized)
struct ScenarioDiskTests {
    // MARK: 14

    /// The sizes of a store for a card of 8 MiB.
    private static var small: StoreTuning {
        var tuning = StoreTuning()
        tuning.budgetBytesMin = 1 << 20
        tuning.headRows = 8192
        tuning.journalBytes = (512 << 10)...(1 << 20)
        tuning.youngBytes = (256 << 10)...(512 << 10)
        tuning.checkpointBytes = (64 << 10)...(160 << 10)
        tuning.catalogueBytes = (64 << 10)...(160 << 10)
        tuning.segmentBytes = (16 << 10)...(64 << 10)
        (tuning.retryMs, tuning.retryMsMax) = (1, 4)
        return tuning
    }

    @Test("scenario 14: on a disk of 8 MiB that is full to the brim a store goes on recycling")
    func fullDisk() throws {
        let disk = try smallDisk()
        let budget = disk.freeBytes - (256 << 10)
        let options = StoreOptions(directory: disk.path + "/store", budgetBytes: budget)
        let store = try RingStore.open(options, tuning: Self.small) { _ in }.store
        let load = SteadyLoad(series: 100, ticks: 40)
        try load.register(in: store)
        // Before the first seal: no page of a ring was ever written.
        disk.fill(leaving: 0)
        #expect(disk.freeBytes < 4096)
        var (tick, refused) = (0, 0)
        while store.status.writtenBytes < 5 * budget {
            do {
                _ = try store.commit(load.batch(tick))
                tick += load.ticks
            } catch {
                refused += 1
                if refused > 100 { throw error }
            }
        }
        try store.waitUntilSealed()
        #expect(store.snapshot().rawFrom != nil, "the ring must turn")
        #expect(store.status.fault == nil && store.status.damaged == 0)
        try load.check(store, through: tick - 1)
        store.close()
        let again = try RingStore.open(options, tuning: Self.small) { _ in }
        #expect(again.recovered.damaged == 0)
        try load.check(again.store, through: tick - 1)
        again.store.close()
        print("scenario 14: \(disk.kind), \(tick * load.series) samples, \(refused) commits refused")
        #expect(refused == 0)
    }

    @Test(
        "scenario 14: a store that does not fit the disk is refused in one line, and made once there is room"
    )
    func noRoom() throws {
        let disk = try smallDisk()
        let place = disk.path + "/store"
        let public16 = StoreOptions(directory: place, budgetBytes: StoreOptions.budgetBytesMin)
        do throws(StoreFailure) {
            _ = try RingStore.open(public16) { _ in }
            Issue.record("16 MiB do not fit 8")
        } catch {
            #expect("\(error)".contains("bytes free but the store needs"), "\(error)")
            #expect(!"\(error)".contains("\n"))
        }
        // One that would fit, were there not another file.
        let options = StoreOptions(directory: place, budgetBytes: 4 << 20)
        disk.fill(leaving: 1 << 20)
        #expect(throws: StoreFailure.self) { try RingStore.open(options, tuning: Self.small) { _ in } }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place) == ["lock"],
            "nothing is left behind"
        )
        disk.free()
        let open = try RingStore.open(options, tuning: Self.small) { _ in }
        try SteadyLoad(series: 10, ticks: 1).register(in: open.store)
        _ = try open.store.commit(SteadyLoad(series: 10, ticks: 1).batch(0))
        open.store.close()
    }

    @Test("scenario 14: while a disk says that it is full commits throw, and go on by themselves afterwards")
    func roomComesBack() throws {
        let faulty = FaultyDisk()
        var tuning = StoreTuning.tiny
        tuning.disk = faulty.disk
        let place = Workplace(inMemory: true)
        let store = try reopen(place, tuning: tuning).store
        let load = SteadyLoad(series: 10, ticks: 1)
        try load.register(in: store)
        var tick = 0
        for round in 0..<6 {
            for _ in 0..<150 {
                _ = try store.commit(load.batch(tick))
                tick += 1
            }
            // Everything, or only what sealing writes.
            faulty.faults.withLock {
                $0.failsWrites = round % 2 == 0 ? [""] : ["raw", "young", "minute", "check"]
            }
            var refused = 0
            for _ in 0..<400 where refused < 20 {
                do {
                    _ = try store.commit(load.batch(tick))
                    tick += 1
                } catch {
                    refused += 1
                }
            }
            #expect(refused == 20 && store.status.fault != nil, "round \(round)")
            faulty.faults.withLock { $0.failsWrites = [] }
            // An attempt that began before may still fail.
            for _ in 0..<2 where store.status.fault != nil {
                if (try? store.commit(load.batch(tick))) != nil { tick += 1 }
                try? store.waitUntilSealed()
            }
            #expect(store.status.fault == nil, "round \(round)")
        }
        try store.waitUntilSealed()
        try load.check(store, through: tick - 1, each: 1)
        store.abandon()
        try load.check(try reopen(place).store, through: tick - 1, each: 1)
    }

    private func smallDisk() throws -> SmallFileSystem {
        if let disk = SmallFileSystem(mib: 8) { return disk }
        try Test.cancel("no file system can be mounted here; that needs root")
    }

    // MARK: 15

    private static let budgets = isLong ? [8, 16, 32, 64] : [8, 16]

    @Test(
        "scenario 15: ten times the budget stays within it, and wears the disk little",
        arguments: budgets,
        [true, false]
    )
    func tenTimes(mib: Int, isCalm: Bool) throws {
        let budget = mib << 20
        let counted = CountedDisk()
        var tuning = StoreTuning()
        tuning.disk = counted.disk
        if budget < tuning.budgetBytesMin {
            tuning.budgetBytesMin = budget
            // The same parts of half as much.
            tuning.journalBytes = (2 << 20)...(128 << 20)
            tuning.checkpointBytes = (512 << 10)...(64 << 20)
            tuning.catalogueBytes = (512 << 10)...(256 << 20)
        }
        let place = Workplace(inMemory: true)
        let options = StoreOptions(directory: place.path, budgetBytes: budget)
        let store = try RingStore.open(options, tuning: tuning) { _ in }.store
        let load = SteadyLoad(series: 1000, ticks: 1, isCalm: isCalm)
        try load.register(in: store)
        let (layout, layoutPages) = (counted.bytes(of: "journal"), counted.pageBytes)
        var (tick, most) = (0, place.diskBytes)
        while tick * load.series * 16 < 10 * budget {
            _ = try store.commit(load.batch(tick))
            tick += 1
            if tick % 20 == 0 { most = max(most, place.diskBytes) }
        }
        store.close()
        most = max(most, place.diskBytes)
        #expect(most <= budget + budget / 100, "\(most) bytes of \(budget)")
        let written = Double(store.status.writtenBytes)
        let plain = Double(tick * load.series * 16)
        let journal = Double(counted.bytes(of: "journal") - layout)
        print(
            "scenario 15: \(mib) MiB, \(tick * load.series) \(isCalm ? "calm" : "wild") samples, at most \(most * 100 / budget) % of the budget;",
            "written \(rounded(written / plain)) of a plain log, \(rounded(written / journal)) of the journal;",
            "in whole pages \(rounded(Double(counted.pageBytes - layoutPages) / plain)) of a plain log"
        )
        #expect(written / plain <= 2)
        try load.check(store, through: tick - 1)
    }

    private func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}

/// A disk that counts what is written, file by file.
private final class CountedDisk: Sendable {
    private struct Counts {
        var bytes: [String: Int] = [:]
        var pages = 0
    }

    private let counts = Mutex(Counts())

    func bytes(of file: String) -> Int { counts.withLock { $0.bytes[file] ?? 0 } }

    /// As the disk sees it: whole pages of 4096 bytes, one that is written in two parts twice.
    var pageBytes: Int { counts.withLock { $0.pages * 4096 } }

    var disk: Disk {
        let system = Disk.system
        var disk = system
        disk.write = { [self] file, name, bytes, offset in
            let done = system.write(file, name, bytes, offset)
            counts.withLock { counts in
                counts.bytes[name, default: 0] += max(0, done)
                counts.pages += (offset + max(0, done) + 4095) / 4096 - offset / 4096
            }
            return done
        }
        return disk
    }
}
