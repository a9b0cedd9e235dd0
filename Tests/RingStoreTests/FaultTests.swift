import Glibc
import Readings
import Testing

@testable import RingStore

/// One way in which a disk can fail.
struct Fault: CustomTestStringConvertible, Sendable {
    var call: NthFault.Call
    var way: NthFault.Way
    /// How many calls in a row.
    var count: Int

    var testDescription: String { "\(call.rawValue) \(way) ×\(count)" }

    static let all: [Fault] = [1, 50].flatMap { count in
        ways.map { Fault(call: $0, way: $1, count: count) }
    }

    private static let ways: [(NthFault.Call, NthFault.Way)] = [
        (.write, .code(EIO)), (.write, .code(ENOSPC)), (.write, .short), (.write, .code(EINTR)),
        (.sync, .code(EIO)), (.sync, .code(ENOSPC)), (.sync, .code(EINTR)),
        (.read, .code(EIO)), (.read, .short), (.read, .code(EINTR)),
        (.allocate, .code(EIO)), (.allocate, .code(ENOSPC)), (.allocate, .code(EINTR)),
        (.open, .code(EIO)), (.open, .code(EMFILE)), (.open, .code(EINTR)),
        (.size, .code(EIO)), (.size, .code(EINTR)),
    ]
}

@Suite("a single fault")
struct FaultTests {
    private static let batches = 190
    private static let restartAt = 120

    @Test(
        "of any call is no crash and no false commit, and work goes on when it is over",
        arguments: Fault.all
    )
    func anyCall(fault: Fault) throws {
        var random = SeededRandom(seed: UInt64(fault.count))
        var first = 1
        while try run(fault, from: first) {
            // In the long run every call; else some, the first ones closer together.
            first += isLong ? 1 : Int.random(in: 1...max(1, min(60, first * 2)), using: &random)
            if !isLong && first > 400 { break }
        }
        // A kind of call that never comes would prove nothing.
        #expect(first > 3)
    }

    // MARK: One run

    /// - Returns: whether the store ever made the call that was to fail.
    private func run(_ fault: Fault, from first: Int) throws -> Bool {
        let note = "\(fault.testDescription) from \(first)"
        let faulty = NthFault(fault.call, fault.way, from: first, count: fault.count)
        let place = Workplace(inMemory: true)
        let load = PlantLoad(seed: UInt64(first))
        var store = try open(place, faulty, fault, note)
        /// What the store said that it has.
        var held: [Int] = []
        // Every other run sends what was refused again, as the broker would.
        let isPatient = first % 2 == 0
        for index in 0..<FaultTests.batches {
            if index == FaultTests.restartAt {
                // What was refused last may come back at an opening, so the last one must not have been.
                try finish(index - 1, load, store, &held, note)
                store.abandon()
                store = try open(place, faulty, fault, note)
            }
            var isHeld = try commit(index, load, store, fault, note)
            while isPatient && !isHeld { isHeld = try commit(index, load, store, fault, note) }
            if isHeld { held.append(index) }
            if index % 47 == 46 { try look(store, load, held, fault, note) }
        }
        faulty.heal()
        compact(store, note)
        // A fault stands in the status until the next commit.
        try finish(FaultTests.batches, load, store, &held, note)
        let witness = StoreWitness(load: load, note: note)
        let expected = load.samples(after: held)
        try witness.check(store, holds: expected)
        #expect(store.status.damaged == 0, "\(note)")
        if first % 3 == 0 { store.abandon() } else { store.close() }
        let tuning = FaultTests.tuning(Disk.system)
        let again = try reopen(place, budget: 160 << 10, tuning: tuning)
        try witness.check(again.store, holds: expected)
        #expect(again.recovered.damaged == 0, "\(note)")
        again.store.abandon()
        return faulty.hasFired
    }

    private static func tuning(_ disk: Disk) -> StoreTuning {
        var tuning = StoreTuning.tiny
        tuning.youngBytes = 8192...8192
        (tuning.retryMs, tuning.retryMsMax) = (1, 1)
        tuning.disk = disk
        return tuning
    }

    private func open(_ place: Workplace, _ faulty: NthFault, _ fault: Fault, _ note: String) throws
        -> RingStore
    {
        for _ in 0..<200 {
            do {
                let tuning = FaultTests.tuning(faulty.disk)
                return try reopen(place, budget: 160 << 10, tuning: tuning).store
            } catch {
                #expect(!fault.way.isHarmless, "\(note): \(error)")
                // All but the lock, which is the directory's.
                switch error {
                case .disk, .directory: continue
                default: throw error
                }
            }
        }
        throw StoreFailure.closed
    }

    /// Whether the store took it.
    private func commit(_ index: Int, _ load: PlantLoad, _ store: RingStore, _ fault: Fault, _ note: String)
        throws -> Bool
    {
        let before = store.snapshot().latest(SeriesID(index: 0))
        do {
            try load.register(through: index, in: store)
            _ = try store.commit(load.batch(index))
            return true
        } catch let error as StoreFailure {
            #expect(!fault.way.isHarmless, "\(note): \(error)")
            #expect(store.status.fault != nil, "\(note): \(error)")
            #expect(store.snapshot().latest(SeriesID(index: 0)) == before, "\(note)")
            return false
        }
    }

    /// Reads all; a disk that cannot be read is said so, never passed over.
    private func look(_ store: RingStore, _ load: PlantLoad, _ held: [Int], _ fault: Fault, _ note: String)
        throws
    {
        let snapshot = store.snapshot()
        for (number, due) in load.samples(after: held).enumerated() {
            let id = SeriesID(index: UInt32(number))
            do {
                #expect(try snapshot.all(id) == due, "\(note)")
            } catch {
                #expect(fault.call == .read && !fault.way.isHarmless, "\(note): \(error)")
            }
        }
    }

    /// Commits until one is taken; the store is whole then, without having been reopened.
    private func finish(
        _ index: Int,
        _ load: PlantLoad,
        _ store: RingStore,
        _ held: inout [Int],
        _ note: String
    ) throws {
        if held.last == index { return }
        for _ in 0..<400 {
            do {
                try load.register(through: index, in: store)
                _ = try store.commit(load.batch(index))
                held.append(index)
                return
            } catch {}
        }
        Issue.record("\(note): nothing is taken any more: \(store.status.fault ?? "no fault")")
    }

    private func compact(_ store: RingStore, _ note: String) {
        // An attempt that began while the disk failed may still fail.
        for _ in 0..<2 {
            do { return try store.compact() } catch {}
        }
        Issue.record("\(note): nothing is sealed any more: \(store.status.fault ?? "no fault")")
    }
}
