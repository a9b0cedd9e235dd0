import Readings
import Synchronization
import Testing

@testable import RingStore

@Suite("when a disk is well again")
struct ResumeTests {
    private static let hourMs = 3_600_000

    /// A store whose sealer tries again by itself in an hour.
    private func store(_ place: Workplace, urgeMs: Int, _ disk: Disk) throws -> RingStore {
        var tuning = StoreTuning.tiny
        tuning.youngBytes = 8192...8192
        (tuning.retryMs, tuning.retryMsMax, tuning.urgeMs) = (ResumeTests.hourMs, ResumeTests.hourMs, urgeMs)
        tuning.disk = disk
        return try reopen(place, budget: 160 << 10, tuning: tuning).store
    }

    @Test(
        "work goes on with the next commit, however long the sealer means to wait",
        arguments: ["young", "raw", "minute", "catalogue", "checkpoint", ""]
    )
    func resumes(file: String) throws {
        let faulty = FaultyDisk()
        let place = Workplace(inMemory: true)
        let store = try store(place, urgeMs: 0, faulty.disk)
        let load = PlantLoad(seed: 4)
        var next = 0
        func commit() throws {
            try load.register(through: next, in: store)
            _ = try store.commit(load.batch(next))
            next += 1
        }
        for round in 0..<6 {
            for _ in 0..<40 { try commit() }
            faulty.faults.withLock {
                if round % 2 == 0 { $0.failsWrites = [file] } else { $0.failsSyncs = [file] }
            }
            var refused = 0
            // Merges, and with them raw blocks, come with every few seals.
            for _ in 0..<400 where refused < 5 {
                do { try commit() } catch { refused += 1 }
            }
            #expect(refused == 5, "round \(round)")
            let fault = try #require(store.status.fault)
            #expect(fault.contains(round % 2 == 0 ? "cannot write \(file)" : "cannot sync \(file)"))
            // An attempt that is under way when the disk is well again may still fail; here none is.
            try? store.waitUntilSealed()
            faulty.faults.withLock { ($0.failsWrites, $0.failsSyncs) = ([], []) }
            try commit()
            try store.waitUntilSealed()
            #expect(store.status.fault == nil, "round \(round)")
        }
        let witness = StoreWitness(load: load, note: file)
        try witness.check(store, holds: load.samples(after: 0..<next))
        store.close()
        try witness.check(try reopen(place, budget: 160 << 10).store, holds: load.samples(after: 0..<next))
    }

    @Test("commits that are sent again and again do not keep a failing disk busy")
    func rests() throws {
        let faulty = FaultyDisk()
        let attempts = Mutex(0)
        var disk = faulty.disk
        let write = disk.write
        disk.write = { file, name, bytes, offset in
            if name.hasPrefix("checkpoint") && offset >= Geometry.pageBytes { attempts.withLock { $0 += 1 } }
            return write(file, name, bytes, offset)
        }
        let store = try store(Workplace(inMemory: true), urgeMs: ResumeTests.hourMs, disk)
        let load = PlantLoad()
        faulty.faults.withLock { $0.failsWrites = ["checkpoint"] }
        try load.register(through: 0, in: store)
        var refused = 0
        while refused < 1000 {
            do { _ = try store.commit(load.batch(0)) } catch { refused += 1 }
        }
        #expect(attempts.withLock { $0 } == 1)
        #expect(store.status.fault?.contains("cannot write checkpoint") == true)
        store.abandon()
    }
}
