import Foundation
import Readings
import Synchronization
import Testing

@testable import RingStore

@Suite("torture")
struct TortureTests {
    @Test("a journal torn at any byte of its last record loses that record alone")
    func tornTail() throws {
        let place = Workplace()
        let open = try reopen(place)
        let gauge = try open.store.gauge("温度")
        for step in 0..<5 { _ = try open.store.commit(batch([reading(gauge, Int64(step), Double(step))])) }
        let before = try place.bytes("journal")
        _ = try open.store.commit(batch([reading(gauge, 5, 5), reading(gauge, 6, 6.25)]))
        let after = try place.bytes("journal")
        open.store.abandon()
        let changed = after.indices.filter { after[$0] != before[$0] }
        let (first, last) = (try #require(changed.first), try #require(changed.last))
        for end in first...last {
            try place.write(Array(after[..<end]) + before[end...], to: "journal")
            let torn = try reopen(place)
            #expect(try torn.store.snapshot().numbers(gauge.id) == [0, 1, 2, 3, 4], "cut at \(end)")
            #expect(torn.recovered.damaged == 0)
            // What follows takes the torn one's place.
            _ = try torn.store.commit(batch([reading(gauge, 7, 7)]))
            torn.store.abandon()
            let again = try reopen(place)
            #expect(try again.store.snapshot().numbers(gauge.id) == [0, 1, 2, 3, 4, 7], "cut at \(end)")
            again.store.abandon()
        }
        try place.write(after, to: "journal")
        #expect(try reopen(place).store.snapshot().numbers(gauge.id) == [0, 1, 2, 3, 4, 5, 6.25])
    }

    @Test("a damaged record in the middle of the journal loses that record alone, and is counted")
    func damagedMiddle() throws {
        let place = Workplace()
        let open = try reopen(place)
        let gauge = try open.store.gauge("温度")
        _ = try open.store.commit(batch([reading(gauge, 0, 0)]))
        let before = try place.bytes("journal")
        _ = try open.store.commit(batch([reading(gauge, 1, 1)]))
        let after = try place.bytes("journal")
        _ = try open.store.commit(batch([reading(gauge, 2, 2)]))
        open.store.abandon()
        var bytes = try place.bytes("journal")
        let spot = try #require(after.indices.last { after[$0] != before[$0] })
        bytes[spot] ^= 0x40
        try place.write(bytes, to: "journal")
        let again = try reopen(place)
        #expect(try again.store.snapshot().numbers(gauge.id) == [0, 2])
        #expect(again.recovered.damaged == 1)
    }

    @Test("a damaged record at the start of the journal's second half loses that record alone")
    func damagedTurn() throws {
        let place = Workplace()
        let faulty = FaultyDisk()
        var tuning = StoreTuning.tiny
        tuning.disk = faulty.disk
        let open = try reopen(place, tuning: tuning)
        let gauge = try open.store.gauge("温度")
        // Nothing is sealed, so that both halves are in use.
        faulty.faults.withLock { $0.failsWrites = ["checkpoint"] }
        var committed = 0
        while committed < 290 {
            let next = batch([reading(gauge, Int64(committed), Double(committed))])
            guard (try? open.store.commit(next)) != nil else { break }
            committed += 1
        }
        open.store.abandon()
        let half = Int(4096) + (try RingStore.openReadOnly(directory: place.path)).files.geometry.halfBytes
        var bytes = try place.bytes("journal")
        #expect(Array(bytes[half..<half + 4]) == Array("TJNL".utf8))
        bytes[half + 40] ^= 1
        try place.write(bytes, to: "journal")
        #expect(try StoreInspector.verify(place.path).damaged == 1)
        let again = try reopen(place)
        #expect(again.recovered.damaged == 1)
        #expect(try again.store.snapshot().numbers(gauge.id).count == committed - 1)
    }

    @Test(
        "a flipped bit anywhere never stops the store and invents nothing",
        arguments: 0..<120 as Range<UInt64>
    )
    func flippedBits(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let place = Workplace()
        let open = try reopen(place, budget: 256 << 10)
        let series = try (0..<4).map { try open.store.gauge("m\($0)") }
        for step in 0..<300 {
            let readings = series.map {
                reading($0, Int64(step) * 1000, Double(step) + Double($0.id.index) / 4)
            }
            _ = try open.store.commit(batch(readings))
        }
        if Bool.random(using: &random) { open.store.close() } else { open.store.abandon() }
        let names = ["journal", "raw.ring", "minute.ring", "catalogue", "checkpoint-a", "checkpoint-b"]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            var bytes = try place.bytes(name)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            case 1:
                let start = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, start + Int.random(in: 1...5000, using: &random))
                for index in start..<end { bytes[index] = 0 }
            default:
                for _ in 0..<Int.random(in: 1...20, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            try place.write(bytes, to: name)
        }
        let again = try reopen(place, budget: 256 << 10)
        let snapshot = again.store.snapshot()
        for one in series {
            for sample in try snapshot.all(one.id) {
                let step = sample.instant.milliseconds / 1000
                #expect(sample.value == .number(Double(step) + Double(one.id.index) / 4), "seed \(seed)")
            }
            _ = try snapshot.buckets(one.id, .minute, from: .distantPast, to: .distantFuture)
        }
        // And it goes on.
        let fresh = try again.store.gauge("neu")
        for step in 0..<400 { _ = try again.store.commit(batch([reading(fresh, Int64(step), Double(step))])) }
        #expect(try again.store.snapshot().numbers(fresh.id) == (0..<400).map(Double.init), "seed \(seed)")
        again.store.close()
        #expect(
            try reopen(place).store.snapshot().numbers(fresh.id) == (0..<400).map(Double.init),
            "seed \(seed)"
        )
    }

    @Test("with both checkpoints gone everything in rings and journal is found again")
    func lostCheckpoints() throws {
        let place = Workplace()
        let open = try reopen(place, budget: 1 << 20)
        let gauge = try open.store.gauge("温度")
        let delta = try open.store.gauge("出荷", kind: .delta)
        for step in 0..<1500 {
            let at = Int64(step) * 1000
            _ = try open.store.commit(batch([reading(gauge, at, Double(step)), reading(delta, at, 1)]))
        }
        open.store.abandon()
        for name in ["checkpoint-a", "checkpoint-b"] {
            var bytes = try place.bytes(name)
            for index in 4096..<bytes.count { bytes[index] = 0xA5 }
            try place.write(bytes, to: name)
        }
        var again = try reopen(place, budget: 1 << 20)
        #expect(again.recovered.damaged >= 1)
        #expect(again.store.status.notes.count == 1)
        for _ in 0..<2 {
            let snapshot = again.store.snapshot()
            #expect(try snapshot.numbers(gauge.id) == (0..<1500).map(Double.init))
            #expect(try snapshot.numbers(delta.id).count == 1500)
            #expect(snapshot.series.map(\.key) == [gauge.key, delta.key])
            again.store.close()
            again = try reopen(place, budget: 1 << 20)
        }
    }

    @Test(
        "with the newer checkpoint damaged the history is whole",
        arguments: [false, true],
        [900, 1000, 1100, 1234]
    )
    func damagedCheckpoint(isClosed: Bool, steps: Int) throws {
        let place = Workplace()
        let open = try reopen(place, budget: 1 << 20)
        let delta = try open.store.gauge("出荷", kind: .delta)
        open.store.setKeepsake { _ in [1] }
        for step in 0..<steps {
            _ = try open.store.commit(batch([reading(delta, Int64(step) * 1000, Double(step))]))
        }
        try open.store.waitUntilSealed()
        if isClosed { open.store.close() } else { open.store.abandon() }
        var files = try ["checkpoint-a", "checkpoint-b"].map { ($0, try place.bytes($0)) }
        // The number's lowest two bytes.
        files.sort { Int($0.1[4112]) + Int($0.1[4113]) << 8 > Int($1.1[4112]) + Int($1.1[4113]) << 8 }
        files[0].1[4140] ^= 1
        try place.write(files[0].1, to: files[0].0)
        var again = try reopen(place, budget: 1 << 20)
        #expect(again.keepsake == [1])
        #expect(try again.store.snapshot().numbers(delta.id) == (0..<steps).map(Double.init))
        _ = try again.store.commit(batch([reading(delta, -1, -1)]))
        again.store.close()
        again = try reopen(place, budget: 1 << 20)
        #expect(try again.store.snapshot().numbers(delta.id) == (-1..<steps).map(Double.init))
        #expect(again.store.status.notes == [])
    }

    @Test("ten times the budget never takes more than the budget")
    func budget() throws {
        let place = Workplace()
        let open = try reopen(place, budget: 160 << 10)
        let gauge = try open.store.gauge("振動")
        var random = SeededRandom(seed: 3)
        for step in 0..<1800 {
            let at = Int64(step) * 100
            _ = try open.store.commit(
                batch(
                    (0..<100).map { reading(gauge, at + Int64($0), Double.random(in: 0...1, using: &random)) }
                )
            )
            if step % 300 == 0 { #expect(place.diskBytes <= 160 << 10) }
        }
        let status = open.store.status
        // 180 000 samples of 8 bytes and more.
        #expect(place.diskBytes <= 160 << 10)
        #expect(status.usedBytes <= status.reservedBytes)
        // A sample is a stamp and a value of 8 bytes each; it is written to the journal, as a draft, and for good.
        #expect(
            status.writtenBytes <= 2 * 16 * 180_000,
            "\(Double(status.writtenBytes) / 180_000) bytes a sample"
        )
        let run = try open.store.snapshot().samples(
            gauge.id,
            from: .distantPast,
            to: .distantFuture,
            limit: .max
        )
        let complete = try #require(run.expiredBefore)
        #expect(run.samples.last?.instant == Instant(milliseconds: 179_999))
        #expect(run.samples.count { $0.instant >= complete } == Int(180_000 - complete.milliseconds))
    }

    @Test(
        "a disk that refuses: no false commit, and work goes on when it is well again",
        arguments: [
            ["journal"], ["young"], ["raw"], ["minute"], ["checkpoint"], ["catalogue"],
            ["journal", "raw", "checkpoint"],
        ]
    )
    func refusingDisk(files: [String]) throws {
        func noise(_ step: Int) -> Double { sin(Double(step)) }
        for onSync in [false, true] {
            let faulty = FaultyDisk()
            var tuning = StoreTuning.tiny
            // Noise fills the young ring within some seals, so that merges come too.
            tuning.youngBytes = 8192...8192
            tuning.disk = faulty.disk
            let place = Workplace()
            let open = try reopen(place, tuning: tuning)
            let gauge = try open.store.gauge("温度")
            var stored: [Double] = []
            var refused = 0
            var refusedAfterwards = 0
            for step in 0..<2400 {
                if step == 600 {
                    faulty.faults.withLock {
                        if onSync { $0.failsSyncs = files } else { $0.failsWrites = files }
                    }
                }
                if step == 1500 {
                    #expect(open.store.status.fault != nil)
                    faulty.faults.withLock { ($0.failsSyncs, $0.failsWrites) = ([], []) }
                }
                // The catalogue is only written when there is something new.
                if step == 610 { _ = try open.store.gauge("湿度") }
                do {
                    _ = try open.store.commit(batch([reading(gauge, Int64(step), noise(step))]))
                    stored.append(noise(step))
                } catch {
                    refused += 1
                    if step >= 1500 { refusedAfterwards += 1 }
                }
                if step == 700 || step == 1499 {
                    let again = try reopen(try place.copy())
                    let found = try again.store.snapshot().numbers(gauge.id)
                    // The one refused last may be there: nobody was told that it is not, nor that it is.
                    #expect(found == stored || found.dropLast() == stored[...], "\(files) sync \(onSync)")
                }
            }
            #expect(refused > 0)
            // An attempt at sealing that began before may still fail.
            #expect(refusedAfterwards <= 1, "\(files) sync \(onSync)")
            #expect(try open.store.snapshot().numbers(gauge.id) == stored)
            open.store.close()
            #expect(try reopen(place).store.snapshot().numbers(gauge.id) == stored, "\(files) sync \(onSync)")
        }
    }

    @Test("short and interrupted writes are no failures")
    func shortWrites() throws {
        let faulty = FaultyDisk()
        faulty.faults.withLock { ($0.shortTo, $0.interrupts) = (1000, true) }
        var tuning = StoreTuning.tiny
        tuning.disk = faulty.disk
        let place = Workplace()
        let open = try reopen(place, tuning: tuning)
        let gauge = try open.store.gauge("温度")
        for step in 0..<1000 {
            _ = try open.store.commit(batch([reading(gauge, Int64(step), Double(step) / 3)]))
        }
        open.store.close()
        #expect(try reopen(place).store.snapshot().numbers(gauge.id) == (0..<1000).map { Double($0) / 3 })
    }

    @Test("a refused record never stands beside the accepted one of the same number")
    func refusedBeforeTurn() throws {
        let faulty = FaultyDisk()
        var tuning = StoreTuning.tiny
        tuning.disk = faulty.disk
        let place = Workplace()
        let open = try reopen(place, tuning: tuning)
        let gauge = try open.store.gauge("温度")
        // Fill the half almost, refuse a small record, then commit one that must go to the other half.
        var stored = 0
        while open.store.status.usedBytes < 7800 {
            _ = try open.store.commit(batch([reading(gauge, Int64(stored), Double(stored))]))
            stored += 1
            if stored == 190 { break }
        }
        faulty.faults.withLock { $0.failsSyncs = ["journal"] }
        #expect(throws: StoreFailure.self) { try open.store.commit(batch([reading(gauge, 5000, 5000)])) }
        faulty.faults.withLock { $0.failsSyncs = [] }
        let many = (0..<190).map { reading(gauge, 6000 + Int64($0), Double($0) / 3) }
        _ = try open.store.commit(batch(many))
        _ = try open.store.commit(batch([reading(gauge, 7000, 7)]))
        let again = try reopen(try place.copy())
        let found = try again.store.snapshot().numbers(gauge.id)
        var expected = (0..<stored).map { Double($0) }
        for index in 0..<190 { expected.append(Double(index) / 3) }
        expected.append(7)
        #expect(found == expected)
    }

    @Test("readers and the committing thread do not disturb each other")
    func readersWhileWriting() throws {
        let place = Workplace()
        let open = try reopen(place, budget: 160 << 10)
        let series = try (0..<3).map { try open.store.gauge("m\($0)") }
        let isDone = Atomic<Bool>(false)
        let store = open.store
        DispatchQueue.concurrentPerform(iterations: 3) { worker in
            if worker == 0 {
                for step in 0..<3000 {
                    let readings = series.map { reading($0, Int64(step), Double(step)) }
                    do { _ = try store.commit(batch(readings)) } catch { Issue.record("\(error)") }
                }
                isDone.store(true, ordering: .releasing)
                return
            }
            var cursor: UInt64 = 0
            while !isDone.load(ordering: .acquiring) {
                let snapshot = store.snapshot()
                for one in series {
                    guard
                        let run = try? snapshot.samples(
                            one.id,
                            from: .distantPast,
                            to: .distantFuture,
                            limit: .max
                        )
                    else { continue }
                    let whole = run.samples.filter { $0.instant >= run.expiredBefore ?? .distantPast }
                    let steps = whole.map(\.instant.milliseconds)
                    #expect(whole.allSatisfy { $0.value == .number(Double($0.instant.milliseconds)) })
                    if let first = steps.first { #expect(steps == Array(first..<first + Int64(steps.count))) }
                    if let latest = snapshot.latest(one.id) {
                        #expect(latest.value == .number(Double(latest.instant.milliseconds)))
                    }
                }
                let (rows, next) = snapshot.live(after: cursor, limit: 500)
                #expect(rows.allSatisfy { $0.1.value == .number(Double($0.1.instant.milliseconds)) })
                cursor = next
            }
        }
        #expect(store.status.damaged == 0)
        store.close()
    }
}
