import Foundation
import Glibc
import Readings
import Testing

@testable import RingStore

/// The acceptance scenarios as far as they are the store's own, one test each.
@Suite("scenarios", .serialized)
struct ScenarioTests {
    // MARK: 11

    /// What a process saw that opened a store.
    private struct Opening {
        var seconds: Double
        /// Resident memory, in KiB: grown by, and at the most.
        var grown: Int
        var most: Int
    }

    @Test("scenario 11: killed with a full journal, a full store is ready in 2 s and 64 MB and goes on")
    func fullBacklog() async throws {
        let budget = isLong ? 1 << 30 : 128 << 20
        let place = Workplace()
        let load = SteadyLoad(series: 200, ticks: 20)
        let before = try load.fillAndKill(place, budget: budget)
        await #expect(processExitsWith: .success) { [path = place.path as String, budget = budget as Int] in
            let (start, began) = (try ScenarioTests.residentKiB(), ContinuousClock.now)
            let opened = try RingStore.open(StoreOptions(directory: path, budgetBytes: budget)) { _ in }
            let took = (ContinuousClock.now - began) / .seconds(1)
            let end = try ScenarioTests.residentKiB()
            try Data("\(took) \(end.now - start.now) \(end.most - start.now)".utf8)
                .write(to: URL(fileURLWithPath: path + "/opening"))
            withExtendedLifetime(opened) {}
        }
        let words = try String(contentsOfFile: place.path + "/opening", encoding: .utf8).split(separator: " ")
        let seen = Opening(
            seconds: Double(words[0]) ?? .infinity,
            grown: Int(words[1]) ?? .max,
            most: Int(words[2]) ?? .max
        )
        let open = try RingStore.open(StoreOptions(directory: place.path, budgetBytes: budget)) { _ in }
        print(
            "scenario 11: \(budget >> 20) MiB, \(open.recovered.readings) readings in \(before.journalBytes >> 20) MiB:",
            "ready in \(seen.seconds) s, memory +\(seen.grown >> 10) MiB, at the most +\(seen.most >> 10) MiB"
        )
        #expect(isSanitized || seen.seconds <= 2)
        #expect(isSanitized || (seen.grown <= 64 << 10 && seen.most <= 64 << 10))
        #expect(open.recovered.damaged == 0)
        #expect(open.store.snapshot().cursor == before.cursor)
        try load.check(open.store, through: before.tick)
        let commit = try open.store.commit(load.batch(before.tick + 1))
        #expect(commit.sequence == before.sequence + 1)
        open.store.abandon()
    }

    /// Of this process, now and at the most.
    static func residentKiB() throws -> (now: Int, most: Int) {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        func figure(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap {
                Int($0)
            } ?? 0
        }
        return (figure("VmRSS:"), figure("VmHWM:"))
    }

    // MARK: 12

    enum Damage: CaseIterable {
        case flippedBit, cutOff, zeros

        /// In the middle of what is used behind the first page.
        func spoil(_ bytes: inout [UInt8], used: Int) {
            let spot = (Geometry.pageBytes + used) / 2
            switch self {
            case .flippedBit: bytes[spot] ^= 0x10
            case .cutOff: bytes.removeLast(bytes.count - spot)
            case .zeros: for index in spot..<min(used, spot + 4096) { bytes[index] = 0 }
            }
        }
    }

    @Test(
        "scenario 12: a spoiled ring starts, has lost what was hit and no more, and verify tells what",
        arguments: Damage.allCases
    )
    func spoiledRing(damage: Damage) throws {
        let place = Workplace(inMemory: true)
        let load = SteadyLoad(series: 3, ticks: 1)
        let store = try reopen(place).store
        try load.register(in: store)
        for tick in 0..<1200 { _ = try store.commit(load.batch(tick)) }
        try store.waitUntilSealed()
        let before = try (0..<3).map { try store.snapshot().all(SeriesID(index: UInt32($0))) }
        store.abandon()
        let rings = try FileManager.default.contentsOfDirectory(atPath: place.path).filter {
            $0.hasSuffix(".ring")
        }
        #expect(rings.count >= 3)
        for ring in rings {
            let spoiled = try place.copy()
            var bytes = try spoiled.bytes(ring)
            let used = bytes.lastIndex { $0 != 0 } ?? 0
            #expect(used > Geometry.pageBytes, "\(ring) holds nothing")
            damage.spoil(&bytes, used: used)
            try spoiled.write(bytes, to: ring)
            let verdict = try StoreInspector.verify(spoiled.path)
            // What the young ring holds may all be merged; then nobody misses it.
            #expect(verdict.damaged > 0 || ring == "young.ring", "\(ring)")
            let open = try reopen(spoiled)
            for (number, due) in before.enumerated() {
                let found = Set(try open.store.snapshot().all(SeriesID(index: UInt32(number))))
                #expect(found.isSubset(of: due), "\(ring): nothing is invented")
                let lost = due.filter { !found.contains($0) }
                let isTold = lost.allSatisfy { sample in
                    verdict.places.contains {
                        $0.from ?? .distantPast <= sample.instant
                            && sample.instant <= $0.through ?? .distantFuture
                    }
                }
                #expect(isTold, "\(ring): \(lost.count) lost, told are \(verdict.places.prefix(3))")
                // Only a ring of samples has samples to lose, and never all of them.
                let isOfSamples = ring == "raw.ring" || ring == "young.ring"
                #expect(isOfSamples ? lost.count < due.count : lost.isEmpty, "\(ring): \(lost.count) lost")
            }
            _ = try open.store.commit(load.batch(1200))
            open.store.close()
        }
    }

    // MARK: 13

    @Test("scenario 13: of what was acknowledged a power cut takes nothing")
    func powerCut() throws {
        let load = PlantLoad(seed: 13)
        let place = Workplace(inMemory: true)
        let record = DiskRecord(place.path)
        var tuning = StoreTuning.tiny
        tuning.disk = record.disk
        let store = try reopen(place, tuning: tuning).store
        for index in 0..<250 {
            try load.register(through: index, in: store)
            record.add(.handed(index))
            _ = try store.commit(load.batch(index))
            record.add(.returned(index))
        }
        store.abandon()
        var random = SeededRandom(seed: 13)
        var replay = DiskReplay([:], committed: 0)
        for (number, entry) in record.entries.enumerated() {
            replay.apply(entry)
            if Int.random(in: 0..<12, using: &random) > 0 { continue }
            let open = try reopen(try Workplace.holding(replay.image(&random)))
            let witness = StoreWitness(load: load, note: "cut \(number)")
            let count = try witness.batchCount(open.store.snapshot())
            #expect((replay.returned...replay.handed).contains(count), "cut \(number)")
            try witness.check(open.store, holds: load.samples(after: 0..<count))
            open.store.abandon()
        }
    }
}
