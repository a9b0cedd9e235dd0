import Foundation
import Glibc
import Readings
import Testing

@testable import RingStore

@Suite("a store that is looked at from outside")
struct VerifyTests {
    /// A store with everything in it: turned rings, a young ring, a journal, texts, two machines.
    private func filled(_ seed: UInt64, steps: Int = 400, closes: Bool) throws -> Workplace {
        var random = SeededRandom(seed: seed)
        let place = Workplace()
        let open = try reopen(place)
        let gauges = try (0..<3).map { try open.store.gauge("温度\($0)") }
        let delta = try open.store.gauge("出荷", kind: .delta)
        let state = try open.store.series(
            for: SeriesKey(site: "名古屋", asset: "旋盤", metric: "状態"),
            kind: .state,
            type: .text,
            unit: ""
        )
        for step in 0..<steps {
            let at = Int64(step) * 1000
            var readings = gauges.map { reading($0, at, Double.random(in: 0...1, using: &random)) }
            readings.append(reading(delta, at / 5000 * 5000, 1))
            let word = try open.store.text(for: Array("運転\(step / 50)".utf8).span)
            readings.append(
                Reading(series: state.id, instant: Instant(milliseconds: at), value: .text(word))
            )
            _ = try open.store.commit(batch(readings))
            if step == steps / 2 && steps > 50 { try open.store.compact() }
        }
        try open.store.waitUntilSealed()
        if closes { open.store.close() } else { open.store.abandon() }
        return place
    }

    @Test("is whole after closing and after a kill, at any age", arguments: [0, 1, 40, 41, 130, 900])
    func whole(steps: Int) throws {
        for closes in [false, true] {
            let place = try filled(UInt64(steps), steps: steps, closes: closes)
            let verdict = try StoreInspector.verify(place.path)
            #expect(verdict.places == [], "\(steps) steps, closes \(closes)")
            #expect(verdict.notes == [])
            #expect(verdict.isWhole)
            if steps > 0 { #expect(verdict.samples > 0 || verdict.records > 0) }
        }
    }

    @Test("keeps every byte and every name as it was, with or without a lock file", arguments: [false, true])
    func readsOnly(closes: Bool) throws {
        let place = try filled(7, closes: closes)
        try FileManager.default.removeItem(atPath: place.path + "/lock")
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
        let before = try names.map { try place.bytes($0) }
        let stamps = try names.map { try modified(place, $0) }
        let store = try RingStore.openReadOnly(directory: place.path)
        for series in store.snapshot().series { _ = try store.snapshot().all(series.id) }
        _ = try store.outline()
        _ = try StoreInspector.verify(place.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == names)
        #expect(try names.map { try place.bytes($0) } == before)
        #expect(try names.map { try modified(place, $0) } == stamps)
    }

    private func modified(_ place: Workplace, _ name: String) throws -> Date? {
        try FileManager.default.attributesOfItem(atPath: place.path + "/" + name)[.modificationDate] as? Date
    }

    @Test("shows what an opening would", arguments: 0..<6 as Range<UInt64>)
    func sameHistory(seed: UInt64) throws {
        let place = try filled(seed, steps: 77 * Int(seed + 1), closes: seed % 2 == 0)
        let offline = try RingStore.openReadOnly(directory: place.path)
        let view = offline.snapshot()
        let opened = try reopen(place.copy()).store
        let truth = opened.snapshot()
        #expect(view.series == truth.series)
        for series in truth.series {
            #expect(try view.all(series.id) == truth.all(series.id))
            #expect(view.latest(series.id) == truth.latest(series.id))
            #expect(
                try view.buckets(series.id, .minute, from: .distantPast, to: .distantFuture)
                    == truth.buckets(series.id, .minute, from: .distantPast, to: .distantFuture)
            )
        }
        let outline = try offline.outline()
        #expect(outline.series == truth.series.count)
        #expect(outline.rings.map(\.usedBytes)[1] == opened.status.rawBytes)
        #expect(outline.version == 4)
    }

    @Test("says that a daemon has it, and what to do")
    func inUse() throws {
        let place = Workplace()
        let open = try reopen(place)
        #expect(throws: StoreFailure.inUse(path: place.path)) { try StoreInspector.verify(place.path) }
        #expect("\(StoreFailure.inUse(path: place.path))".contains("copy the directory"))
        open.store.close()
        let reading = try RingStore.openReadOnly(directory: place.path)
        // And a daemon does not start under a reader.
        #expect(throws: StoreFailure.locked(path: place.path)) { try reopen(place) }
        withExtendedLifetime(reading) {}
    }

    @Test("refuses what is no store")
    func noStore() throws {
        #expect { try StoreInspector.verify("/nowhere/店") } throws: { "\($0)".contains("/nowhere/店") }
        let place = Workplace()
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: true)
        #expect { try StoreInspector.verify(place.path) } throws: {
            "\($0)".contains("does not hold a store")
        }
    }

    @Test("a flipped bit in what counts is found, in its file", arguments: 0..<24 as Range<UInt64>)
    func everyBit(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let place = try filled(seed, steps: Int.random(in: 50...500, using: &random), closes: seed % 3 == 0)
        for (name, ranges) in try counting(place) {
            let range = try #require(ranges.randomElement(using: &random))
            let spot = Int.random(in: range, using: &random)
            let whole = try place.bytes(name)
            var bytes = whole
            bytes[spot] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try place.write(bytes, to: name)
            let verdict = try StoreInspector.verify(place.path)
            let found = verdict.places.contains { $0.file == name && $0.offset <= spot }
            #expect(found, "seed \(seed): \(name) byte \(spot): \(verdict.places)")
            try place.write(whole, to: name)
            if !found { return }
        }
    }

    /// By file, the bytes that count.
    private func counting(_ place: Workplace) throws -> [(String, [Range<Int>])] {
        let store = try RingStore.openReadOnly(directory: place.path)
        let view = store.core.view
        func ranges(_ blocks: [Block]) -> [Range<Int>] { blocks.map { $0.offset..<$0.offset + $0.bytes } }
        var all: [(String, [Range<Int>])] = [
            ("young.ring", ranges(view.young)), ("raw.ring", ranges(view.raw)),
            ("minute.ring", ranges(view[.minute].blocks)), ("hour.ring", ranges(view[.hour].blocks)),
            ("catalogue", [4096..<4096 + store.state.checkpoint.catalogueLength]),
            ("raw.ring", [0..<116]), ("journal", [0..<116]),
        ]
        all.removeAll { $0.1.isEmpty || $0.1.allSatisfy(\.isEmpty) }
        return all
    }

    @Test("what is lost with a page is what was said, and no more", arguments: 0..<12 as Range<UInt64>)
    func lostIsNamed(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let place = try filled(seed, closes: true)
        let before = try RingStore.openReadOnly(directory: place.path)
        let view = before.core.view
        let blocks = view.raw + view.young
        let block = try #require(blocks.randomElement(using: &random))
        let name = view.raw.contains { $0 === block } ? "raw.ring" : "young.ring"
        let pages = Block.headBytes + block.pageCount * Block.entryBytes
        var truth: [(Series, [Sample])] = []
        for series in before.snapshot().series {
            truth.append((series, try before.snapshot().all(series.id)))
        }
        var bytes = try place.bytes(name)
        bytes[Int.random(in: block.offset + pages..<block.offset + block.bytes, using: &random)] ^= 0x10
        try place.write(bytes, to: name)
        let verdict = try StoreInspector.verify(place.path)
        let found = try #require(verdict.places.first)
        #expect(verdict.places.count == 1)
        let (from, through) = (try #require(found.from), try #require(found.through))
        let path = try #require(found.path)
        let after = try RingStore.openReadOnly(directory: place.path).snapshot()
        var lost = 0
        for (series, samples) in truth {
            let kept = Set(try after.all(series.id))
            for sample in samples where !kept.contains(sample) {
                lost += 1
                #expect(sample.instant >= from && sample.instant <= through, "seed \(seed)")
                #expect(series.key.path.hasPrefix(path), "seed \(seed): \(path)")
            }
        }
        #expect(lost > 0, "seed \(seed): \(found)")
    }

    @Test("a damaged record in the middle of the journal is placed between its neighbours")
    func journal() throws {
        let place = Workplace()
        let open = try reopen(place)
        let gauge = try open.store.gauge("温度")
        var ends: [Int] = []
        for step in 0..<6 {
            var one = batch([reading(gauge, Int64(step), Double(step))])
            one.opened = Instant(milliseconds: 1_750_000_000_000 + Int64(step))
            _ = try open.store.commit(one)
            let bytes = try place.bytes("journal")
            ends.append(try #require(bytes.lastIndex { $0 != 0 }))
        }
        open.store.abandon()
        var bytes = try place.bytes("journal")
        bytes[ends[2]] ^= 1
        bytes[ends[3]] ^= 1
        try place.write(bytes, to: "journal")
        let verdict = try StoreInspector.verify(place.path)
        let found = try #require(verdict.places.first)
        #expect(verdict.damaged == 1)
        #expect(found.file == "journal" && found.offset <= ends[2] && found.offset > ends[1])
        #expect(found.what.hasPrefix("2 journal records"))
        #expect(found.from == Instant(milliseconds: 1_750_000_000_001))
        #expect(found.through == Instant(milliseconds: 1_750_000_000_004))
        // A torn last one is what a crash leaves.
        bytes = try place.bytes("journal")
        bytes[ends[2]] ^= 1
        bytes[ends[3]] ^= 1
        bytes[ends[5]] ^= 1
        try place.write(bytes, to: "journal")
        let torn = try StoreInspector.verify(place.path)
        #expect(torn.isWhole)
        #expect(torn.notes.count == 1)
    }

    @Test("names of lost definitions, a missing file, a short one and blank checkpoints are told")
    func others() throws {
        let place = try filled(3, closes: true)
        var bytes = try place.bytes("catalogue")
        bytes[4096 + 20] ^= 1
        try place.write(bytes, to: "catalogue")
        #expect(try StoreInspector.verify(place.path).places.map(\.lost).first?.contains("series 0") == true)
        bytes[4096 + 20] ^= 1
        try place.write(Array(bytes.dropLast(10)), to: "catalogue")
        #expect(try StoreInspector.verify(place.path).places.map(\.what).first?.contains("ends here") == true)
        try place.write(bytes, to: "catalogue")
        try FileManager.default.removeItem(atPath: place.path + "/minute.ring")
        #expect(try StoreInspector.verify(place.path).places.first?.file == "minute.ring")
        let second = try filled(3, closes: true)
        for name in ["checkpoint-a", "checkpoint-b"] {
            var bytes = try second.bytes(name)
            for index in 4096..<bytes.count { bytes[index] = 0 }
            try second.write(bytes, to: name)
        }
        let verdict = try StoreInspector.verify(second.path)
        #expect(verdict.places.filter { $0.file.hasPrefix("checkpoint") }.count == 2)
    }

    @Test("a disk that cannot read a place is a finding, not the end")
    func deadSectors() throws {
        let place = try filled(11, closes: true)
        let store = try RingStore.openReadOnly(directory: place.path)
        let block = try #require(store.core.view.raw.first)
        let bad = block.offset + block.bytes / 2
        var disk = Disk.system
        let system = Disk.system
        disk.read = { file, name, into, offset in
            if name == "raw.ring", offset <= bad, bad < offset + into.count { return -Int(EIO) }
            return system.read(file, name, into, offset)
        }
        let verdict = try StoreInspector.verify(place.path, disk: disk)
        #expect(verdict.places.contains { $0.what.contains("Input/output error") && $0.file == "raw.ring" })
        #expect(verdict.places.contains { !$0.what.contains("Input/output error") && $0.file == "raw.ring" })
    }

    @Test("garbage of any kind is survived", arguments: 0..<24 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let place = try filled(seed % 4, closes: seed % 2 == 0)
        let names = StoreFileKind.allCases.map(\.name)
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            var bytes = try place.bytes(name)
            let start = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1...9000, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeLast(bytes.count - start)
            case 1: for index in start..<end { bytes[index] = 0 }
            case 2: for index in start..<end { bytes[index] = .random(in: 0...255, using: &random) }
            default: bytes.insert(contentsOf: [1, 2, 3], at: start)
            }
            try place.write(bytes.isEmpty ? [0] : bytes, to: name)
        }
        do throws(StoreFailure) {
            _ = try StoreInspector.verify(place.path)
            _ = try RingStore.openReadOnly(directory: place.path).outline()
        } catch {
            // Every first page is gone, or one came to name another version.
            guard case .notAStore = error else { throw error }
        }
    }
}
