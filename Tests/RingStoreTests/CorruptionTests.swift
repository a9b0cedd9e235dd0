import Foundation
import Readings
import Testing

@testable import RingStore

@Suite("corruption")
struct CorruptionTests {
    private static let budget = 160 << 10
    private static let seeds: Range<UInt64> = isLong ? 0..<100 : 0..<6
    private static let damagesEach = isLong ? 100 : 25

    /// A store on the disk with everything that can be known of it.
    private struct Specimen {
        var files: [String: [UInt8]]
        var map: DamageMap
        var load: PlantLoad
        var count: Int
        var rawFrom: Instant
        var newerCheckpoint: String
        /// By series, what was ever sent.
        var sent: [Set<Sample>]
        /// By series and stamp, the sample that stands and the unit it lies in.
        var standing: [[(unit: Int, sample: Sample)]]
    }

    @Test("of any file costs what it hit and nothing else", arguments: seeds)
    func anyFile(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let specimen = try make(&random, seed: seed)
        for number in 0..<CorruptionTests.damagesEach {
            var files = specimen.files
            let names = StoreFileKind.allCases.map(\.name)
            // Half of the damages keep to one file.
            let hits = Bool.random(using: &random) ? 1 : Int.random(in: 2...5, using: &random)
            for _ in 0..<hits {
                spoil(&files, names[Int.random(in: 0..<names.count, using: &random)], &random)
            }
            try examine(specimen, files, note: "seed \(seed) damage \(number)")
        }
    }

    @Test("of one page costs what is in that page", arguments: seeds)
    func onePage(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let specimen = try make(&random, seed: seed &+ 1000)
        for number in 0..<CorruptionTests.damagesEach {
            let pages = specimen.map.units.filter { $0.file == "raw.ring" }
            guard let page = pages.randomElement(using: &random), let place = page.places.last else {
                continue
            }
            var files = specimen.files
            let spot = Int.random(in: place, using: &random)
            files["raw.ring"]?[spot] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try examine(specimen, files, note: "seed \(seed) page \(number) byte \(spot)")
        }
    }

    // MARK: The specimen

    private func make(_ random: inout SeededRandom, seed: UInt64) throws -> Specimen {
        let place = Workplace(inMemory: true)
        let record = DiskRecord(place.path)
        let load = PlantLoad(seed: seed + 7)
        let count = Int.random(in: 150...1300, using: &random)
        let store = try reopen(place, record.disk).store
        for index in 0..<count {
            try load.register(through: index, in: store)
            record.add(.handed(index))
            _ = try store.commit(load.batch(index))
            record.add(.returned(index))
        }
        if Int.random(in: 0..<4, using: &random) == 0 { try store.compact() }
        // A kill amid a seal is another test's.
        try store.waitUntilSealed()
        let records = journalPlaces(record.entries)
        let map = try DamageMap(store, load, records: records, count: count)
        let rawFrom = store.snapshot().rawFrom ?? .distantPast
        store.abandon()
        return Specimen(
            files: try place.files(),
            map: map,
            load: load,
            count: count,
            rawFrom: rawFrom,
            newerCheckpoint: newerCheckpoint(record.entries),
            sent: sent(load, count),
            standing: standing(load, count, map)
        )
    }

    private func reopen(_ place: Workplace, _ disk: Disk = .system) throws(StoreFailure) -> Reopened {
        var tuning = StoreTuning.tiny
        tuning.youngBytes = 8192...8192
        tuning.disk = disk
        return try RingStoreTests.reopen(place, budget: CorruptionTests.budget, tuning: tuning)
    }

    private func journalPlaces(_ entries: [DiskRecord.Entry]) -> [Int: Range<Int>] {
        var places: [Int: Range<Int>] = [:]
        var current: Int?
        for entry in entries {
            switch entry {
            case .handed(let index): current = index
            case .returned: current = nil
            case .write("journal", let offset, let bytes):
                if let current { places[current] = offset..<offset + bytes.count }
            default: break
            }
        }
        return places
    }

    private func newerCheckpoint(_ entries: [DiskRecord.Entry]) -> String {
        for entry in entries.reversed() {
            if case .write(let file, _, _) = entry, file.hasPrefix("checkpoint") { return file }
        }
        return "checkpoint-a"
    }

    private func sent(_ load: PlantLoad, _ count: Int) -> [Set<Sample>] {
        var sent = [Set<Sample>](repeating: [], count: PlantLoad.seriesMax)
        for index in 0..<count {
            for reading in load.batch(index).readings {
                sent[Int(reading.series.index)].insert(reading.sample)
            }
        }
        return sent
    }

    private func standing(_ load: PlantLoad, _ count: Int, _ map: DamageMap) -> [[(
        unit: Int, sample: Sample
    )]] {
        var units = [[Sample: Int]](repeating: [:], count: PlantLoad.seriesMax)
        for (number, unit) in map.units.enumerated() {
            for (series, sample) in unit.samples { units[series][sample] = number }
        }
        return load.samples(after: 0..<count).enumerated().map { series, samples in
            samples.compactMap { sample in units[series][sample].map { ($0, sample) } }
        }
    }

    // MARK: The damage

    private func spoil(_ files: inout [String: [UInt8]], _ name: String, _ random: inout SeededRandom) {
        guard var bytes = files[name], !bytes.isEmpty else { return }
        let spot = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes.removeLast(bytes.count - spot)
        case 1:
            let start = spot / 512 * 512
            for index in start..<min(bytes.count, start + 512) { bytes[index] = 0 }
        case 2:
            for index in spot..<min(bytes.count, spot + Int.random(in: 1...5000, using: &random)) {
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
        case 3:
            // A sector of another file that went to the wrong place.
            let other = files.keys.sorted().first { $0 != name }.flatMap { files[$0] } ?? []
            let (to, from) = (spot / 512 * 512, Int.random(in: 0..<bytes.count, using: &random) / 512 * 512)
            for index in 0..<512 where to + index < bytes.count && from + index < other.count {
                bytes[to + index] = other[from + index]
            }
        case 4: bytes = []
        default:
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        files[name] = bytes
    }

    // MARK: The proof

    private func examine(_ specimen: Specimen, _ files: [String: [UInt8]], note: String) throws {
        let hits = Hits(from: specimen.files, to: files)
        let hitNames = StoreFileKind.allCases.map(\.name).filter { hits.has($0) }
        let note = "\(note) of \(hitNames)"
        let place = try Workplace.holding(files)
        let open: Reopened
        do throws(StoreFailure) {
            open = try reopen(place)
        } catch {
            // Without a single intact first page nothing says that this was a store.
            let isAnyWhole = StoreFileKind.allCases.contains { !hits.has($0.name, 0..<116) }
            #expect(!isAnyWhole, "\(note): \(error)")
            return
        }
        let snapshot = open.store.snapshot()
        // With the newer checkpoint gone what the rings had taken from the journal may be read from the journal.
        let isTwofold = hitNames.count > 1 && hits.has(specimen.newerCheckpoint)
        let isNamed = !hits.has("catalogue") && !hits.has("journal")
        for number in 0..<snapshot.series.count where number < PlantLoad.seriesMax {
            let found = try snapshot.all(SeriesID(index: UInt32(number)))
            #expect(Set(found).isSubset(of: specimen.sent[number]), "\(note): series \(number) is invented")
            _ = try snapshot.buckets(
                SeriesID(index: UInt32(number)),
                .minute,
                from: .distantPast,
                to: .distantFuture
            )
            // Movements whose definition is gone are taken for a level.
            if isTwofold || (PlantLoad.kind(number) == .delta && !isNamed) { continue }
            var isWhole = true
            var missing: [Sample] = []
            let there = Set(found)
            for (unit, sample) in specimen.standing[number] where sample.instant >= specimen.rawFrom {
                if hits.has(specimen.map.units[unit]) {
                    isWhole = false
                } else if !there.contains(sample) {
                    missing.append(sample)
                }
            }
            if !missing.isEmpty {
                let first = missing.first.map { "\($0)" } ?? ""
                Issue.record("\(note): series \(number) lacks \(missing.count) samples, \(first)")
            }
            if isWhole && isNamed { try checkMinutes(snapshot, number, found, specimen.rawFrom, note) }
        }
        if isNamed {
            let keys = snapshot.series.map(\.key)
            #expect(keys == (0..<specimen.load.seriesCount(specimen.count - 1)).map(PlantLoad.key), "\(note)")
        }
        try goOn(open.store, place, note)
    }

    private func checkMinutes(
        _ snapshot: Snapshot,
        _ number: Int,
        _ samples: [Sample],
        _ rawFrom: Instant,
        _ note: String
    ) throws {
        let first =
            rawFrom == .distantPast ? rawFrom : rawFrom.ceiled(toMs: 60_000)
        var due: [Bucket] = []
        for sample in samples where sample.instant >= first { due.fold(sample, .minute) }
        let found = try snapshot.buckets(
            SeriesID(index: UInt32(number)),
            .minute,
            from: first,
            to: .distantFuture
        )
        if found.areAlike(due) { return }
        let place = zip(found, due).first { $0 != $1 }
        let wrong =
            place.map { "\($0.start) with \($0.count), not \($1.start) with \($1.count)" } ?? "the last"
        Issue.record("\(note): series \(number): \(found.count) of \(due.count) minutes, wrong is \(wrong)")
    }

    private func goOn(_ store: RingStore, _ place: Workplace, _ note: String) throws {
        let fresh = try store.gauge("neu")
        for step in 0..<3 { _ = try store.commit(batch([reading(fresh, Int64(step), Double(step))])) }
        store.abandon()
        let again = try reopen(place)
        #expect(try again.store.snapshot().numbers(fresh.id) == [0, 1, 2], "\(note)")
        again.store.abandon()
    }
}
