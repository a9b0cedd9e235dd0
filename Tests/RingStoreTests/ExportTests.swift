import Foundation
import Readings
import Testing

@testable import RingStore

@Suite("an export")
struct ExportTests {
    private static let forever = Instant.distantPast..<Instant.distantFuture

    private func export(
        _ snapshot: Snapshot,
        _ form: ExportForm = .lines,
        _ range: Range<Instant> = ExportTests.forever,
        _ selects: (SeriesKey) -> Bool = { _ in true }
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try StoreExporter(snapshot, form: form, range: range).run(selects) { piece in
            for index in piece.indices { bytes.append(piece[index]) }
        }
        return bytes
    }

    /// Takes a file in, in pieces of random size.
    @discardableResult
    private func bringIn(_ bytes: [UInt8], _ store: RingStore, _ seed: UInt64 = 1) throws -> ImportTally {
        var random = SeededRandom(seed: seed)
        var importer = StoreImporter(into: store, opened: Instant(milliseconds: 1), batchRows: 60)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...5000, using: &random))
            try importer.take(bytes.span.extracting(start..<end))
            start = end
        }
        try importer.finish()
        return importer.tally
    }

    private static let words = ["運転中", "停止", "", "a\"b\\c", "改\n行\r\t", "😀\u{1}", "1", "true"]

    /// A store of every kind of value, late samples, replaced ones, and movements of one stamp.
    private func anything(_ seed: UInt64, _ place: Workplace) throws -> RingStore {
        var random = SeededRandom(seed: seed)
        let store = try reopen(place, budget: 1 << 20).store
        let kinds: [(Kind, ValueType)] = [
            (.gauge, .number), (.counter, .number), (.delta, .number), (.state, .text), (.state, .flag),
        ]
        let names = ["温度", "積算,電力", "出荷=\"箱\"", "状態 1", "扉"]
        let series = try zip(kinds, names).map { kind, name in
            try store.series(
                for: SeriesKey(
                    site: "大阪",
                    asset: "プレス/1号機",
                    metric: name,
                    tags: name == "扉" ? [Tag(name: "班", value: "夜 勤"), Tag(name: "time", value: "x,")] : []
                ),
                kind: kind.0,
                type: kind.1,
                unit: name == "温度" ? "Cel" : ""
            )
        }
        let odd: [Double] = [-0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, -1e-7, 1e16, 1.125]
        var clock: Int64 = 1_750_000_000_000
        for _ in 0..<Int.random(in: 1...120, using: &random) {
            var readings: [Reading] = []
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                clock += Int64.random(in: 0...1500, using: &random)
                let one = try #require(series.randomElement(using: &random))
                let value: Scalar
                switch one.type {
                case .number:
                    value = .number(
                        Bool.random(using: &random)
                            ? odd.randomElement(using: &random) ?? 0
                            : Double.random(in: -9...9, using: &random)
                    )
                case .flag: value = .flag(Bool.random(using: &random))
                case .text:
                    let word = ExportTests.words.randomElement(using: &random) ?? ""
                    value = .text(try store.text(for: Array(word.utf8).span))
                }
                let late = Int.random(in: 0..<10, using: &random) == 0 ? Int64(9000) : 0
                readings.append(
                    Reading(
                        series: one.id,
                        instant: Instant(milliseconds: clock - late),
                        value: Int.random(in: 0..<15, using: &random) == 0 ? .absent : value,
                        quality: Quality(rawValue: .random(in: 0...5, using: &random)) ?? .good,
                        timeSource: Int.random(in: 0..<5, using: &random) == 0 ? .arrival : .source
                    )
                )
                if one.kind == .delta { readings.append(readings[readings.count - 1]) }
            }
            _ = try store.commit(batch(readings))
        }
        return store
    }

    @Test("into a fresh store and out again gives the same bytes", arguments: 0..<16 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        let place = Workplace()
        let store = try anything(seed, place)
        if seed % 2 == 0 { store.close() } else { store.abandon() }
        let offline = try RingStore.openReadOnly(directory: place.path)
        let first = try export(offline.snapshot())
        let other = Workplace()
        let fresh = try reopen(other, budget: 1 << 20).store
        let tally = try bringIn(first, fresh, seed)
        #expect(tally.known == 0)
        if seed % 3 == 0 { try fresh.compact() }
        fresh.close()
        let second = try export(try RingStore.openReadOnly(directory: other.path).snapshot())
        #expect(first == second, "seed \(seed)")
        #expect(try StoreInspector.verify(other.path).isWhole)
    }

    @Test("that was imported in part is imported again to the same", arguments: 0..<16 as Range<UInt64>)
    func resumes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let place = Workplace()
        let store = try anything(seed, place)
        let bytes = try export(store.snapshot())
        store.close()
        let other = Workplace()
        var fresh = try RingStore.openForUpkeep(
            StoreOptions(directory: other.path, budgetBytes: 1 << 20),
            tuning: .tiny
        )
        for _ in 0..<3 {
            var importer = StoreImporter(into: fresh, opened: Instant(milliseconds: 1), batchRows: 25)
            try importer.take(bytes.span.extracting(0..<Int.random(in: 0...bytes.count, using: &random)))
            // Whatever was in memory is gone.
            if Bool.random(using: &random) { fresh.abandon() } else { fresh.close() }
            fresh = try RingStore.openForUpkeep(
                StoreOptions(directory: other.path, budgetBytes: 1 << 20),
                tuning: .tiny
            )
        }
        let last = try bringIn(bytes, fresh, seed)
        #expect(try export(fresh.snapshot()) == bytes, "seed \(seed)")
        let again = try bringIn(bytes, fresh, seed)
        #expect(again.samples == 0 && again.known == last.samples + last.known)
        #expect(try export(fresh.snapshot()) == bytes, "seed \(seed)")
        fresh.close()
    }

    @Test("more movements of one stamp than are asked for at once come through")
    func manyOfOneStamp() throws {
        let place = Workplace()
        let open = try reopen(place, budget: 1 << 20)
        let delta = try open.store.gauge("出荷", kind: .delta)
        for step in 0..<30 {
            let readings = (0..<100).map { reading(delta, Int64(step / 15), Double($0 % 3)) }
            _ = try open.store.commit(batch(readings))
        }
        let bytes = try export(open.store.snapshot())
        let fresh = try reopen(Workplace(), budget: 1 << 20).store
        #expect(try bringIn(bytes, fresh).samples == 3000)
        #expect(try export(fresh.snapshot()) == bytes)
        #expect(try bringIn(bytes, fresh).known == 3000)
        // Longer than one answer of the store.
        let bulk = try reopen(Workplace(), budget: 16 << 20, tuning: StoreTuning()).store
        let out = try bulk.gauge("出荷", kind: .delta)
        for step in 0..<1400 {
            let readings = (0..<100).map { reading(out, Int64(step / 700), Double($0 % 3)) }
            _ = try bulk.commit(batch(readings))
        }
        let tally = try StoreExporter(bulk.snapshot(), form: .csv, range: ExportTests.forever)
            .run({ _ in true }, write: { _ in })
        #expect(tally.samples == 140_000)
    }

    @Test("as CSV, byte for byte")
    func csv() throws {
        let store = try small()
        let text = String(decoding: try export(store.snapshot(), .csv), as: UTF8.self)
        #expect(
            text
                == "time,series,unit,value,quality\r\n"
                + "2025-06-15T15:06:40.000Z,大阪/プレス/1号機/温度,Cel,21.5,good\r\n"
                + "2025-06-15T15:06:40.250Z,大阪/プレス/1号機/温度,Cel,,stale\r\n"
                + "-62167219200001,大阪/プレス/1号機/状態,Cel,\"改\n行,\"\"止\"\"\",good\r\n"
                + "2025-06-15T15:06:41.000Z,\"倉庫/扉{a=b,班=夜}\",,true,uncertain\r\n"
        )
        let fresh = try reopen(Workplace()).store
        try bringIn(Array(text.utf8), fresh)
        #expect(try export(fresh.snapshot(), .csv) == Array(text.utf8))
        let again = try bringIn(Array(text.utf8), fresh)
        #expect(again.samples == 0 && again.known == 4)
    }

    @Test("as line protocol, byte for byte; what that cannot say is counted")
    func influx() throws {
        let store = try small()
        var bytes: [UInt8] = []
        let tally = try StoreExporter(store.snapshot(), form: .influx, range: ExportTests.forever)
            .run({ _ in true }, write: { piece in for index in piece.indices { bytes.append(piece[index]) } })
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "温度,asset=プレス/1号機,site=大阪 value=21.5 1750000000000000000\n"
                + "扉,a=b,site=倉庫,班=夜 value=true,quality=\"uncertain\" 1750000001000000000\n"
        )
        #expect(tally.leftOut == 2)
    }

    private func small() throws -> RingStore {
        let store = try reopen(Workplace()).store
        let gauge = try store.series(
            for: SeriesKey(site: "大阪", asset: "プレス/1号機", metric: "温度"),
            kind: .gauge,
            type: .number,
            unit: "Cel"
        )
        let state = try store.gauge("状態")
        let door = try store.series(
            for: SeriesKey(
                site: "倉庫",
                asset: "",
                metric: "扉",
                tags: [Tag(name: "班", value: "夜"), Tag(name: "a", value: "b")]
            ),
            kind: .state,
            type: .flag,
            unit: ""
        )
        let words = try store.text(for: Array("改\n行,\"止\"".utf8).span)
        func at(_ id: SeriesID, _ ms: Int64, _ value: Scalar, _ quality: Quality) -> Reading {
            Reading(series: id, instant: Instant(milliseconds: ms), value: value, quality: quality)
        }
        _ = try store.commit(
            batch([
                at(gauge.id, 1_750_000_000_000, .number(21.5), .good),
                at(gauge.id, 1_750_000_000_250, .absent, .stale),
                at(state.id, -62_167_219_200_001, .text(words), .good),
                at(door.id, 1_750_000_001_000, .flag(true), .uncertain),
            ])
        )
        return store
    }

    @Test("of some series and some time renumbers what it holds")
    func selected() throws {
        let store = try small()
        let range = Instant(milliseconds: 1_750_000_000_001)..<Instant(milliseconds: 1_750_000_001_000)
        let bytes = try export(store.snapshot(), .lines, range) { $0.metric != "状態" }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[2] == #"{"of":0,"t":[1750000000250],"v":[null],"q":"s"}"#)
        let start = #"{"series":1,"site":"倉庫","asset":"","metric":"扉","tags":[["a","b"],["班","夜"]],"#
        #expect(lines[3].hasPrefix(start))
        #expect(lines[4] == #"{"end":true,"series":2,"samples":1}"#)
    }

    @Test(
        "that is not as it should be is refused by line",
        arguments: [
            ("", "neither"), ("hello\n", "neither"), ("{\"tsunagi\":\"lines\",\"version\":9}\n", "version 9"),
            ("{\"tsunagi\":\"lines\",\"version\":1}\n", "cut off"),
            ("{\"tsunagi\":\"lines\",\"version\":1}\n{\"of\":0,\"t\":[1],\"v\":[1]}\n", "line 2: series 0"),
            ("{\"tsunagi\":\"lines\",\"version\":1}\n{\"of\":0,\"t\":[1,2],\"v\":[1]}\n", "expected as many"),
            ("{\"tsunagi\":\"lines\",\"version\":1}\n[]\n", "line 2: expected “{” at byte 0"),
            ("time,series,unit,value,quality\r\nyesterday,a/b,,1,good\r\n", "line 2: “yesterday” is no time"),
            ("time,series,unit,value,quality\r\n1,a/b,,x,good\r\n", "“x” is no number"),
            ("time,series,unit,value,quality\r\n1,a/b,1,good\r\n", "5 fields"),
            ("time,series,unit,value,quality\r\n1,a/b,,1,fine\r\n", "“fine” is none of"),
        ]
    )
    func refused(text: String, words: String) throws {
        let store = try reopen(Workplace()).store
        #expect { try bringIn(Array(text.utf8), store) } throws: { "\($0)".contains(words) }
    }

    @Test("with garbage in it never stops the program", arguments: 0..<150 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let source = try small()
        var bytes = try export(source.snapshot(), seed % 2 == 0 ? .lines : .csv)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[index] = .random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
            }
        }
        let store = try reopen(Workplace()).store
        do {
            try bringIn(bytes, store, seed)
        } catch {
            #expect(error is ImportFailure, "seed \(seed): \(error)")
        }
    }

    @Test(
        "of a series that is another thing in the store is refused; a number that is none comes bit for bit"
    )
    func mismatch() throws {
        let bytes = try export(try small().snapshot())
        let other = try reopen(Workplace()).store
        _ = try other.gauge("温度", kind: .delta)
        #expect { try bringIn(bytes, other) } throws: { "\($0)".contains("in the store") }
        let text =
            "{\"tsunagi\":\"lines\",\"version\":1}\n{\"series\":0,\"site\":\"\",\"asset\":\"a\","
            + "\"metric\":\"b\",\"tags\":[],\"kind\":\"gauge\",\"type\":\"number\",\"unit\":\"\"}\n"
            + "{\"of\":0,\"t\":[1,2,3],\"v\":[{\"bits\":\"7ff8000000000bad\"},{\"bits\":\"8000000000000000\"},1]}\n"
            + "{\"end\":true,\"series\":1,\"samples\":3}\n"
        let fresh = try reopen(Workplace()).store
        let tally = try bringIn(Array(text.utf8), fresh)
        #expect(tally.samples == 3)
        let id = try #require(fresh.snapshot().series.first?.id)
        let bits: [UInt64] = try fresh.snapshot().numbers(id).map(\.bitPattern)
        #expect(bits == [0x7FF8_0000_0000_0BAD, 0x8000_0000_0000_0000, (1.0).bitPattern])
    }

    @Test("upkeep leaves the upper rooms' state alone, and what they have not seen yet to them")
    func keepsake() throws {
        let place = Workplace()
        let open = try reopen(place)
        let gauge = try open.store.gauge("温度")
        open.store.setKeepsake { _ in Array("在庫".utf8) }
        var one = batch([reading(gauge, 1, 1)])
        one.messageCount = 1
        _ = try open.store.commit(one)
        open.store.close()
        let options = StoreOptions(directory: place.path, budgetBytes: 256 << 10)
        let upkeep = try RingStore.openForUpkeep(options, tuning: .tiny)
        try upkeep.compact()
        _ = try upkeep.commit(batch([reading(gauge, 2, 2)]))
        upkeep.close()
        let again = try reopen(place)
        #expect(again.keepsake == Array("在庫".utf8))
        #expect(try again.store.snapshot().numbers(gauge.id) == [1, 2])
        again.store.setKeepsake { _ in Array("在庫".utf8) }
        one.readings = [reading(gauge, 3, 3)]
        _ = try again.store.commit(one)
        again.store.abandon()
        #expect(throws: StoreFailure.unsettled(path: place.path)) {
            try RingStore.openForUpkeep(options, tuning: .tiny)
        }
        #expect(try reopen(place).batches.map(\.readings) == [[reading(gauge, 3, 3)]])
    }
}
