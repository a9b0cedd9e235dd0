import Readings
import Synchronization
import Testing

@testable import RingStore

/// What happens to a lot, a tool or a machine of which the rings remember nothing any more.
@Suite("the id of a forgotten series is given back")
struct GivenBackTests {
    private let place = Workplace(inMemory: true)

    @Test("the next series takes it, and finds nothing of the one before")
    func givesBack() throws {
        let mill = try Mill(place)
        let old = try mill.make("ロット-1")
        try mill.turn(until: { mill.told.contains(old.id) })
        #expect(mill.store.snapshot().series(old.id) == nil)
        #expect(mill.store.snapshot().series(at: old.key) == nil)
        #expect(mill.store.snapshot().latest(old.id) == nil)
        #expect(mill.store.snapshot().series.map(\.id) == [mill.spindle.id])

        let new = try mill.make("ロット-2", kind: .counter, 7)
        #expect(new.id == old.id)
        let snapshot = mill.store.snapshot()
        #expect(snapshot.series(new.id) == new)
        #expect(try snapshot.numbers(new.id) == [7])
        #expect(snapshot.latest(new.id)?.value == .number(7))
        #expect(mill.store.status.seriesCount == 2)
        #expect(mill.store.status.seriesForgotten == 1)
        mill.store.close()
    }

    @Test("who comes back gets a new name in the books, and selectors find it once")
    func comesBack() throws {
        let mill = try Mill(place)
        let old = try mill.make("ロット-1")
        let all = try Selector("大阪/**")
        #expect(mill.store.snapshot().series(matching: all).count == 2)
        try mill.turn(until: { mill.told.contains(old.id) })
        #expect(mill.store.snapshot().series(matching: all).map(\.id) == [mill.spindle.id])
        #expect(mill.store.snapshot().seriesCount(matching: try Selector("{metric!=\"\"}")) == 1)
        let again = try mill.make("ロット-1", 3)
        #expect(mill.store.snapshot().series(matching: all).count == 2)
        #expect(mill.store.snapshot().series(matching: try Selector("ロット-1{}")).map(\.id) == [again.id])
        #expect(mill.store.snapshot().seriesCount(matching: try Selector("{metric!~\"ロ.*\"}")) == 1)
        #expect(mill.store.snapshot().seriesCount(matching: try Selector("{lot=\"\"}")) == 2)
        mill.store.close()
    }

    @Test("as long as a snapshot knows it, nobody gets it")
    func waitsForReaders() throws {
        let mill = try Mill(place)
        let old = try mill.make("ロット-1")
        var reader: Snapshot? = mill.store.snapshot()
        try mill.turn(until: { mill.told.contains(old.id) })
        let other = try mill.make("ロット-2")
        #expect(other.id != old.id)
        #expect(reader?.series(old.id) == nil)
        #expect(try reader?.numbers(old.id) == [])
        reader = nil
        #expect(try mill.make("ロット-3").id == old.id)
        mill.store.close()
    }

    @Test("a series that is named again in time keeps it", arguments: [true, false])
    func keeps(inTheCommitAtHand: Bool) throws {
        let mill = try Mill(place)
        let old = try mill.make("ロット-1")
        // To the merge that forgets it; what it found is acted upon at the next one.
        try mill.turn(until: { mill.isForgotten(old) })
        if inTheCommitAtHand {
            // So many rows that the head is frozen in the middle of this commit.
            let rows = (0..<300).map { reading(mill.spindle, mill.nextMs + Int64($0), 1) }
            _ = try mill.store.commit(batch(rows + [reading(old, mill.nextMs, 9)]))
        } else {
            _ = try mill.store.commit(batch([reading(old, mill.nextMs, 9)]))
        }
        try mill.store.compact()
        #expect(mill.told.isEmpty)
        #expect(try mill.store.snapshot().numbers(old.id) == [9])
        mill.store.close()
    }

    @Test("as long as nobody would be told, none is given back")
    func tellsFirst() throws {
        let mill = try Mill(place, tells: false)
        let old = try mill.make("ロット-1")
        try mill.turn(until: { mill.isForgotten(old) })
        for _ in 0..<4 { try mill.grind() }
        #expect(mill.store.snapshot().series(old.id) == old)
        mill.store.close()
    }

    @Test("an import knows what the store has, although ids before it are vacant")
    func importsOnce() throws {
        let mill = try Mill(place)
        let old = try mill.make("ロット-1")
        let kept = try mill.make("ロット-2")
        try mill.turn(until: {
            _ = try? mill.store.commit(batch([reading(kept, mill.nextMs, 2)]))
            return mill.told.contains(old.id)
        })
        let snapshot = mill.store.snapshot()
        #expect(Int(kept.id.index) >= snapshot.series.count)
        var bytes: [UInt8] = []
        let forever = Instant.distantPast..<Instant.distantFuture
        _ = try StoreExporter(snapshot, form: .lines, range: forever).run({ $0 == kept.key }) { piece in
            for index in piece.indices { bytes.append(piece[index]) }
        }
        var importer = StoreImporter(into: mill.store, opened: Instant(milliseconds: 1))
        try importer.take(bytes.span)
        try importer.finish()
        #expect(importer.tally.samples == 0)
        #expect(importer.tally.known == (try snapshot.all(kept.id)).count)
        mill.store.close()
    }

    @Test("a full store has room again once it forgets")
    func hasRoomAgain() throws {
        let mill = try Mill(place, limit: 3)
        let old = try mill.make("ロット-1")
        try mill.make("ロット-2")
        #expect(throws: StoreFailure.seriesLimit(limit: 3, key: "大阪/プレス/1号機/ロット-3")) {
            try mill.make("ロット-3")
        }
        try mill.turn(until: { mill.told.contains(old.id) })
        try mill.make("ロット-3")
        mill.store.close()
    }

    @Test("changing names for as long as one likes fill neither ids nor the catalogue")
    func churn() throws {
        let mill = try Mill(place)
        var highest: UInt32 = 0
        // 4 KiB of names and 205 ids would be full after a hundred.
        for lot in 0..<3000 {
            highest = max(highest, try mill.make("ロット-\(lot)").id.index)
            try mill.grind()
        }
        #expect(mill.told.count > 2000)
        #expect(highest < 205)
        #expect(mill.store.status.fault == nil)
        mill.store.close()
        let reopened = try Mill.reopen(place)
        #expect(reopened.store.snapshot().series(mill.spindle.id) == mill.spindle)
        #expect(try reopened.store.snapshot().numbers(mill.spindle.id).count > 100)
        reopened.store.close()
    }

    @Test(
        "a kill at any time leaves every series with its own samples",
        arguments: isLong ? 1...100 : 1...3 as ClosedRange<UInt64>
    )
    func kills(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var mill = try Mill(place)
        var given = 0
        for lot in 0..<600 {
            try mill.make("ロット-\(lot)", Double(lot))
            try mill.grind()
            if lot % 7 == 0 {
                given += mill.told.count
                if Bool.random(using: &random) { mill.store.abandon() } else { mill.store.close() }
                mill = try Mill(place)
            }
            for series in mill.store.snapshot().series where series.key.metric.hasPrefix("ロット-") {
                let own = Double(series.key.metric.dropFirst(4)) ?? -1
                let numbers = try mill.store.snapshot().numbers(series.id)
                #expect(numbers.allSatisfy { $0 == own }, "\(series.key.metric) holds \(numbers)")
            }
        }
        #expect(given > 100)
        mill.store.close()
    }

    @Test("without both checkpoints each name comes back with its own samples")
    func withoutCheckpoints() throws {
        let mill = try Mill(place)
        for lot in 0..<200 {
            try mill.make("ロット-\(lot)", Double(lot))
            try mill.grind()
        }
        let known = mill.store.snapshot().series
        #expect(!mill.told.isEmpty)
        mill.store.close()
        for name in ["checkpoint-a", "checkpoint-b"] {
            var bytes = try place.bytes(name)
            bytes[5000] ^= 0xFF
            bytes[4100] ^= 0xFF
            try place.write(bytes, to: name)
        }
        let reopened = try Mill.reopen(place)
        for series in known {
            #expect(reopened.store.snapshot().series(series.id) == series)
        }
        for series in reopened.store.snapshot().series where series.key.metric.hasPrefix("ロット-") {
            let own = Double(series.key.metric.dropFirst(4)) ?? -1
            #expect(try reopened.store.snapshot().numbers(series.id).allSatisfy { $0 == own })
        }
        reopened.store.close()
    }

    @Test("after a crash before the checkpoint, whoever replays is told before the successor's first batch")
    func tellsAtReplay() throws {
        let disk = FaultyDisk()
        let mill = try Mill(place, disk: disk.disk)
        let old = try mill.make("ロット-1")
        try mill.turn(until: { mill.isForgotten(old) })
        disk.faults.withLock { $0.failsWrites = ["checkpoint"] }
        // A full head is frozen by the next commit; its seal never comes to its end.
        let rows = (0..<StoreTuning.tiny.headRows).map { reading(mill.spindle, mill.nextMs + Int64($0), 1) }
        _ = try mill.store.commit(batch(rows))
        _ = try mill.store.commit(batch([reading(mill.spindle, mill.nextMs + 1000, 2)]))
        #expect(mill.told == [old.id])
        let new = try mill.make("ロット-2", kind: .delta, 5)
        #expect(new.id == old.id)
        mill.store.abandon()

        var order: [String] = []
        let opened = try RingStore.open(
            Mill.options(place),
            tuning: .tiny,
            forget: { order.append("forget \($0.map(\.index))") },
            replay: { order.append("\($0.readings.count) of \($0.readings[0].series.index)") }
        )
        #expect(order == ["200 of 0", "1 of 0", "forget [\(old.id.index)]", "1 of \(old.id.index)"])
        #expect(opened.store.snapshot().series(new.id) == new)
        #expect(try opened.store.snapshot().numbers(new.id) == [5])
        opened.store.close()
        let again = try Mill.reopen(place)
        #expect(again.store.snapshot().series.map(\.key) == [mill.spindle.key, new.key])
        #expect(try again.store.snapshot().numbers(new.id) == [5])
        again.store.close()
    }

    @Test(
        "a power cut at any time leaves every series with its own samples",
        arguments: isLong ? 1...20 : 1...1
    )
    func powerCuts(seed: UInt64) throws {
        let run = Workplace(inMemory: true)
        let record = DiskRecord(run.path)
        let mill = try Mill(run, disk: record.disk)
        for lot in 0..<160 {
            record.add(.handed(lot))
            try mill.make("ロット-\(lot)", Double(lot))
            record.add(.returned(lot))
            try mill.grind()
        }
        #expect(mill.told.count > 50)
        mill.store.abandon()

        let entries = record.entries
        var random = SeededRandom(seed: seed)
        var replay = DiskReplay([:], committed: 0)
        for (number, entry) in entries.enumerated() {
            replay.apply(entry)
            guard number % 29 == Int(seed % 29), replay.returned > 0 else { continue }
            let image = try Workplace.holding(replay.image(&random))
            let store = try Mill.reopen(image).store
            let note = "seed \(seed) cut \(number) of \(entries.count)"
            #expect(store.status.damaged == 0, "\(note)")
            let newest = try #require(
                store.snapshot().series.first { $0.key.metric == "ロット-\(replay.returned - 1)" }
            )
            #expect(try store.snapshot().numbers(newest.id) == [Double(replay.returned - 1)], "\(note)")
            for series in store.snapshot().series where series.key != mill.spindle.key {
                let own = try #require(Double(series.key.metric.dropFirst(4)), "\(note): \(series.key)")
                #expect(own < Double(replay.handed), "\(note)")
                #expect(try store.snapshot().numbers(series.id).allSatisfy { $0 == own }, "\(note): \(own)")
            }
            store.abandon()
        }
    }
}
