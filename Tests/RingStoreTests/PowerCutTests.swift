import Foundation
import Readings
import Testing

@testable import RingStore

/// Whether the long runs are wanted.
let isLong = ProcessInfo.processInfo.environment["TSUNAGI_TEST_LONG"] != nil
/// A sanitizer takes memory and time of its own: what is measured then says nothing.
let isSanitized = ProcessInfo.processInfo.environment["TSUNAGI_TEST_SANITIZED"] != nil

@Suite("a power cut")
struct PowerCutTests {
    private static let budget = 160 << 10
    private static let load = PlantLoad()
    /// A generation is 200 rows, a batch seven or eight at the end.
    private static let batchesOfTwoSeals = 70

    /// Every image of the recorded run; of the lives, see below, `imagesEach`.
    private static let images = isLong ? 10_000 : 250
    private static let lives: Range<UInt64> = isLong ? 0..<400 : 0..<8

    @Test("at any moment of a store's life loses nothing that was acknowledged, and invents nothing")
    func anyMoment() throws {
        let place = Workplace(inMemory: true)
        let record = DiskRecord(place.path)
        let forgotten = try recordRun(place, record)
        let entries = record.entries
        // Half of the cuts in the midst of sealing, which is a small part of the log.
        let rare = entries.indices.filter { entries[$0].isOfSeal }
        var random = SeededRandom(seed: 1)
        var cuts = (0..<PowerCutTests.images).map { number in
            let (many, few) = (
                entries.count * number / PowerCutTests.images, rare.randomElement(using: &random)
            )
            return number % 2 == 0 ? many : (few ?? many) + Int.random(in: 0...1, using: &random)
        }
        cuts.sort()
        var replay = DiskReplay([:], committed: 0)
        var next = 0
        for cut in cuts {
            while next < cut {
                replay.apply(entries[next])
                next += 1
            }
            let seed = random.next()
            var own = SeededRandom(seed: seed)
            let image = replay.image(&own)
            let note = "cut \(cut) of \(entries.count), seed \(seed)"
            let (count, rawFrom) = try examine(image, replay, note: note)
            // The ring is at most ahead by the seal that the cut came into.
            let due = forgotten[min(forgotten.count - 1, count + PowerCutTests.batchesOfTwoSeals)]
            #expect(rawFrom <= due, "\(note)")
        }
    }

    @Test("after a power cut after a power cut", arguments: PowerCutTests.lives)
    func manyLives(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var files: [String: [UInt8]] = [:]
        var committed = 0
        for life in 0..<12 {
            let place = try Workplace.holding(files)
            let record = DiskRecord(place.path)
            let base = files
            var open = try reopen(place, on: record)
            let most = [3, 30, 120, 300].randomElement(using: &random) ?? 3
            let kept = CountKept(committed)
            keep(open.store, kept)
            let count = Int.random(in: 1...most, using: &random)
            try work(&open, place, record, from: committed, count: count, kept)
            if Bool.random(using: &random) { open.store.close() } else { open.store.abandon() }
            let entries = record.entries
            let cut = Int.random(in: 0...entries.count, using: &random)
            var replay = DiskReplay(base, committed: committed)
            for entry in entries[..<cut] { replay.apply(entry) }
            files = replay.image(&random)
            let note = "seed \(seed) life \(life) cut \(cut) of \(entries.count)"
            committed = try examine(files, replay, note: note).count
        }
    }

    // MARK: The run

    /// - Returns: from when on raw samples were complete after every batch, and at the end.
    private func recordRun(_ place: Workplace, _ record: DiskRecord) throws -> [Instant] {
        var open = try reopen(place, on: record)
        let kept = CountKept(0)
        keep(open.store, kept)
        var forgotten: [Instant] = []
        for index in 0..<1300 {
            try work(&open, place, record, from: index, count: 1, kept)
            forgotten.append(open.store.snapshot().rawFrom ?? .distantPast)
        }
        open.store.close()
        forgotten.append(open.store.snapshot().rawFrom ?? .distantPast)
        // Else the run would prove less than it says.
        #expect(Set(forgotten).count > 5, "the raw ring must turn")
        #expect(open.store.snapshot().completeFrom(.minute) != nil, "the ring of minutes must turn")
        return forgotten
    }

    /// Commits batches, now and then with a restart or a compaction between.
    private func work(
        _ open: inout Reopened,
        _ place: Workplace,
        _ record: DiskRecord,
        from start: Int,
        count: Int,
        _ kept: CountKept
    ) throws {
        for index in start..<start + count {
            if index % 400 == 399 {
                if index % 800 == 399 { open.store.close() } else { open.store.abandon() }
                open = try reopen(place, on: record)
                keep(open.store, kept)
            }
            if index % 330 == 329 { try open.store.compact() }
            try PowerCutTests.load.register(through: index, in: open.store)
            record.add(.handed(index))
            _ = try open.store.commit(PowerCutTests.load.batch(index))
            record.add(.returned(index))
            kept.set(index + 1)
        }
    }

    private func keep(_ store: RingStore, _ kept: CountKept) {
        store.setKeepsake { _ in kept.bytes }
    }

    private func reopen(_ place: Workplace, on record: DiskRecord? = nil) throws -> Reopened {
        var tuning = StoreTuning.tiny
        tuning.youngBytes = 8192...8192
        tuning.disk = (record ?? DiskRecord(place.path)).disk
        return try RingStoreTests.reopen(place, budget: PowerCutTests.budget, tuning: tuning)
    }

    // MARK: The proof

    /// The image opens, holds what it must and goes on working.
    ///
    /// - Returns: how many batches it holds, and from when on raw samples are complete.
    private func examine(
        _ image: [String: [UInt8]],
        _ replay: DiskReplay,
        note: String
    ) throws -> (count: Int, rawFrom: Instant) {
        let load = PowerCutTests.load
        let place = try Workplace.holding(image)
        let witness = StoreWitness(load: load, note: note)
        var open = try reopen(place)
        let count = try witness.batchCount(open.store.snapshot())
        let allowed = replay.returned...replay.handed
        try #require(allowed.contains(count), "\(note): \(count) batches, \(allowed) are allowed")
        try #require(replay.handed <= replay.returned + 1)
        let kept = CountKept.read(open.keepsake)
        #expect(kept + open.batches.count == count, "\(note): the keepsake had \(kept)")
        for (index, found) in open.batches.enumerated() {
            let due = load.batch(kept + index)
            #expect(found.readings == due.readings, "\(note)")
            #expect(found.movements == due.movements && found.receipts == due.receipts, "\(note)")
        }
        // A store whose making was cut off is made to the end, and says so.
        let made = open.recovered.notes.count { $0.contains("laid out again") }
        #expect(open.recovered.damaged == (count == 0 ? made : 0), "\(note): \(open.recovered.notes)")
        try witness.check(open.store, holds: load.samples(after: 0..<count))
        let rawFrom = open.store.snapshot().rawFrom ?? .distantPast
        // And it goes on.
        try load.register(through: count, in: open.store)
        let commit = try open.store.commit(load.batch(count))
        #expect(commit.sequence == UInt64(count + 1), "\(note)")
        open.store.abandon()
        open = try reopen(place)
        try witness.check(open.store, holds: load.samples(after: 0..<count + 1))
        open.store.abandon()
        return (count, rawFrom)
    }
}

extension DiskRecord.Entry {
    /// Belongs to sealing rather than to a commit.
    fileprivate var isOfSeal: Bool {
        switch self {
        case .write(let file, _, _), .sync(let file), .allocate(let file, _): file != "journal"
        case .made, .renamed, .removed, .namesSynced: true
        case .handed, .returned: false
        }
    }
}
