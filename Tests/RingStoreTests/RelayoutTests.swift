import Foundation
import Glibc
import Readings
import Testing

@testable import RingStore

@Suite("a budget that changes")
struct RelayoutTests {
    private static let readings = 6000

    /// A closed store with a level each second, a state each minute and a movement each ten.
    private func filled(budget: Int) throws -> Workplace {
        let place = Workplace(inMemory: true)
        let store = try reopen(place, budget: budget).store
        store.setKeepsake { _ in Array("台帳".utf8) }
        let level = try store.gauge("温度")
        let state = try store.gauge("運転", kind: .state)
        let moved = try store.gauge("入庫", kind: .delta)
        var random = SeededRandom(seed: 7)
        for step in 0..<RelayoutTests.readings {
            let at = Int64(step) * 1000
            var readings = [reading(level, at, Double.random(in: -9...9, using: &random))]
            if step % 60 == 0 { readings.append(reading(state, at, Double(step / 60 % 3))) }
            if step % 600 == 0 { readings.append(reading(moved, at, 5)) }
            _ = try store.commit(batch(readings))
        }
        store.close()
        return place
    }

    private func samples(_ store: RingStore) throws -> [[Sample]] {
        let snapshot = store.snapshot()
        return try snapshot.series.map { try snapshot.all($0.id) }
    }

    private func buckets(_ store: RingStore, _ tier: Tier) throws -> [Bucket] {
        try store.snapshot().buckets(SeriesID(index: 0), tier, from: .distantPast, to: .distantFuture)
    }

    @Test(
        "is applied at the next opening and loses nothing that fits",
        arguments: [512 << 10, 4 << 20, 1 << 20]
    )
    func grows(budget: Int) throws {
        let place = try filled(budget: 768 << 10)
        let before = try reopen(place, budget: 768 << 10)
        let (all, minutes) = (try samples(before.store), try buckets(before.store, .minute))
        let cursor = before.store.snapshot().cursor
        #expect(all[0].count == RelayoutTests.readings)
        before.store.close()
        let after = try reopen(place, budget: budget)
        #expect(after.store.status.budgetBytes == budget)
        #expect(after.recovered.notes == [])
        #expect(after.recovered.damaged == 0)
        #expect(place.diskBytes <= budget)
        #expect(after.keepsake == Array("台帳".utf8))
        #expect(try samples(after.store) == all)
        #expect(try buckets(after.store, .minute).areAlike(minutes))
        #expect(after.store.snapshot().cursor == cursor)
        #expect(after.store.snapshot().latest(SeriesID(index: 0)) == all[0].last)
        // It goes on, and verifies.
        let level = try after.store.gauge("温度")
        _ = try after.store.commit(batch([reading(level, 99_000_000, 1)]))
        after.store.close()
        #expect(try StoreInspector.verify(place.path).places.isEmpty)
        let again = try reopen(place, budget: budget)
        #expect(try samples(again.store)[0].count == all[0].count + 1)
        again.store.close()
    }

    @Test("keeps the newest where not all fits, and says what is gone")
    func shrinks() throws {
        let place = try filled(budget: 768 << 10)
        let before = try reopen(place, budget: 768 << 10)
        let (all, hours) = (try samples(before.store), try buckets(before.store, .hour))
        before.store.close()
        let after = try reopen(place, budget: 176 << 10)
        #expect(after.recovered.notes == [] && after.recovered.damaged == 0)
        #expect(after.store.status.budgetBytes == 176 << 10)
        #expect(place.diskBytes <= 176 << 10)
        let complete = try #require(after.store.snapshot().rawFrom)
        let kept = try samples(after.store)
        #expect(kept[0].count > 100 && kept[0].count < all[0].count)
        for (one, other) in zip(kept, all) {
            #expect(one.filter { $0.instant >= complete } == other.filter { $0.instant >= complete })
        }
        // What raw has lost the hours still know.
        #expect(try buckets(after.store, .hour).areAlike(hours))
        after.store.close()
    }

    @Test("waits for a clean stop where messages are to be replayed")
    func unsettled() throws {
        let place = try filled(budget: 512 << 10)
        var open = try reopen(place, budget: 512 << 10)
        var last = batch([reading(try open.store.gauge("温度"), 99_000_000, 1)])
        last.messageCount = 1
        _ = try open.store.commit(last)
        open.store.abandon()
        open = try reopen(place, budget: 1 << 20)
        #expect(open.batches.count == 1)
        #expect(open.store.status.budgetBytes == 512 << 10)
        #expect(open.store.status.notes.count == 1)
        open.store.setKeepsake { _ in [1] }
        open.store.close()
        open = try reopen(place, budget: 1 << 20)
        #expect(open.store.status.budgetBytes == 1 << 20)
        #expect(open.store.status.notes == [])
        #expect(open.keepsake == [1])
        #expect(try samples(open.store)[0].count == RelayoutTests.readings + 1)
        open.store.close()
    }

    @Test("of a ring alone moves room from one to the other")
    func rings() throws {
        let place = try filled(budget: 768 << 10)
        func open(_ rings: RingBudgets) throws -> RingStore {
            var options = StoreOptions(directory: place.path, budgetBytes: 768 << 10)
            options.rings = rings
            return try RingStore.open(options, tuning: .tiny) { _ in }.store
        }
        var rings = RingBudgets()
        rings.tiers[.day] = 64 << 10
        rings.raw = 96 << 10
        var store = try open(rings)
        #expect(store.core[.day].segmentCount * store.core[.day].segmentBytes == 64 << 10)
        #expect(store.core[.raw].segmentCount * store.core[.raw].segmentBytes == 96 << 10)
        store.close()
        rings.raw = 700 << 10
        store = try open(rings)
        #expect(store.status.notes.count == 1, "too much is not applied, and said")
        #expect(store.core[.raw].segmentCount * store.core[.raw].segmentBytes == 96 << 10)
        store.close()
        let fresh = Workplace(inMemory: true)
        var options = StoreOptions(directory: fresh.path, budgetBytes: 768 << 10)
        options.rings = rings
        #expect(throws: StoreFailure.self) { try RingStore.open(options, tuning: .tiny) { _ in } }
    }

    @Test(
        "leaves the store whole when the disk fails on the way",
        arguments: [NthFault.Call.write, .sync, .allocate]
    )
    func faults(call: NthFault.Call) throws {
        let original = try filled(budget: 400 << 10)
        let all = try samples(try reopen(original, budget: 400 << 10).store)
        var nth = 1
        while nth < 2000 {
            let place = try original.copy()
            let faulty = NthFault(call, .code(ENOSPC), from: nth, count: 1)
            var tuning = StoreTuning.tiny
            tuning.disk = faulty.disk
            let opened = try? reopen(place, budget: 800 << 10, tuning: tuning)
            if let opened {
                #expect(try samples(opened.store) == all, "\(call) \(nth)")
                #expect(opened.store.status.notes.isEmpty == (opened.store.status.budgetBytes == 800 << 10))
                opened.store.abandon()
            }
            guard faulty.hasFired else { break }
            let again = try reopen(place, budget: 800 << 10)
            #expect(again.store.status.budgetBytes == 800 << 10)
            #expect(try samples(again.store) == all, "\(call) \(nth)")
            again.store.abandon()
            nth += isLong ? 1 : 1 + nth / 4
        }
        #expect(nth > 3)
    }

    @Test("goes on where a crash cut the change off, with some files in place")
    func cutOff() throws {
        let old = try filled(budget: 400 << 10)
        let all = try samples(try reopen(old, budget: 400 << 10).store)
        let new = try old.copy()
        try reopen(new, budget: 800 << 10).store.close()
        let names = StoreFileKind.allCases.map(\.name)
        for moved in 0...names.count {
            let place = try old.copy()
            let next = place.path + "/next"
            try FileManager.default.createDirectory(atPath: next, withIntermediateDirectories: true)
            for (index, name) in names.enumerated() {
                let bytes = try new.bytes(name)
                try place.write(bytes, to: index < moved ? name : "next/" + name)
            }
            // Without the mark the old files count, and none of them has been moved.
            if moved == 0 {
                let open = try reopen(place, budget: 400 << 10)
                #expect(try samples(open.store) == all)
                #expect(!FileManager.default.fileExists(atPath: next))
                open.store.close()
                continue
            }
            try place.write([], to: "next/complete")
            #expect(throws: StoreFailure.self) { try RingStore.openReadOnly(directory: place.path) }
            let open = try reopen(place, budget: 800 << 10)
            #expect(open.store.status.budgetBytes == 800 << 10 && open.recovered.damaged == 0)
            #expect(try samples(open.store) == all, "\(moved) files moved")
            #expect(!FileManager.default.fileExists(atPath: next))
            open.store.abandon()
        }
    }

    @Test("is not begun where the mark of the last one cannot be taken away")
    func staleMark() throws {
        let place = try filled(budget: 400 << 10)
        let all = try samples(try reopen(place, budget: 400 << 10).store)
        let next = place.path + "/next"
        try FileManager.default.createDirectory(atPath: next, withIntermediateDirectories: true)
        try place.write([], to: "next/complete")
        var tuning = StoreTuning.tiny
        tuning.disk = NthFault(.remove, .code(EPERM), from: 1, count: .max >> 1).disk
        #expect {
            try reopen(place, budget: 800 << 10, tuning: tuning)
        } throws: { "\($0)".contains("cannot remove \(next)/complete") }
        // A crash now must not bring half of a new layout into place.
        #expect(try FileManager.default.contentsOfDirectory(atPath: next) == ["complete"])
        let open = try reopen(place, budget: 800 << 10)
        #expect(open.store.status.budgetBytes == 800 << 10)
        #expect(try samples(open.store) == all)
        open.store.abandon()
    }

    @Test("loses nothing to a power cut at any moment, whatever names had come to the disk by then")
    func powerCut() throws {
        let place = try filled(budget: 400 << 10)
        let all = try samples(try reopen(place, budget: 400 << 10).store)
        let base = try place.files()
        let record = DiskRecord(place.path)
        var tuning = StoreTuning.tiny
        tuning.disk = record.disk
        try reopen(place, budget: 800 << 10, tuning: tuning).store.close()
        let entries = record.entries
        // Most of the cuts are among the names, which are a small part of the log.
        let rare = entries.indices.filter { entries[$0].isOfNames }
        #expect(rare.count > 2 * StoreFileKind.allCases.count)
        var random = SeededRandom(seed: 3)
        var cuts = (0..<(isLong ? 2000 : 60)).map { _ in Int.random(in: 0...entries.count, using: &random) }
        for entry in rare { cuts += repeatElement(entry + 1, count: isLong ? 200 : 16) }
        cuts.sort()
        var replay = DiskReplay(base, committed: 0)
        var next = 0
        /// What the cuts left: openings that begin anew, end the change, find it done.
        var met: [String: Int] = [:]
        for cut in cuts {
            while next < cut {
                replay.apply(entries[next])
                next += 1
            }
            let seed = random.next()
            var own = SeededRandom(seed: seed)
            let image = replay.image(&own)
            let note = "cut \(cut) of \(entries.count), seed \(seed)"
            let cutOff = try Workplace.holding(image)
            let isWhole = image["next/complete"] != nil
            met[isWhole ? "ends" : image["next/"] != nil ? "anew" : "plain", default: 0] += 1
            let open = try reopen(cutOff, budget: 800 << 10)
            #expect(open.recovered.damaged == 0, "\(note): \(open.recovered.notes)")
            #expect(open.store.status.budgetBytes == 800 << 10, "\(note)")
            #expect(open.keepsake == Array("台帳".utf8), "\(note)")
            #expect(try samples(open.store) == all, "\(note)")
            #expect(!FileManager.default.fileExists(atPath: cutOff.path + "/next"), "\(note)")
            open.store.abandon()
        }
        #expect(met.count == 3 && met.values.allSatisfy { $0 > 10 }, "\(met)")
        if isLong { print("\(cuts.count) cuts of a change of budget: \(met)") }
    }
}

extension DiskRecord.Entry {
    /// Something befalls a name.
    fileprivate var isOfNames: Bool {
        switch self {
        case .made, .renamed, .removed, .namesSynced: true
        default: false
        }
    }
}
