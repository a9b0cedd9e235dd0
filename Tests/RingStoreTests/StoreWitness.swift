import Foundation
import Readings
import Testing

@testable import RingStore

/// Holds a store against the load that it was given.
struct StoreWitness {
    let load: PlantLoad
    /// Goes in front of whatever it has to say: the seed and the step that lead there again.
    let note: String

    /// How many batches the store holds, told by the first series, of which every batch has one sample.
    func batchCount(_ snapshot: Snapshot) throws -> Int {
        let latest = snapshot.latest(SeriesID(index: 0))
        guard let opened = load.batch(0).readings.first?.instant, let latest else { return 0 }
        return Int(latest.instant.msSince(opened)) / 1000 + 1
    }

    /// All of the first `count` batches is there, unless the ring has gone over it and says so, and nothing else.
    func check(_ store: RingStore, holds expected: [[Sample]]) throws {
        try store.waitUntilSealed()
        let snapshot = store.snapshot()
        let known = snapshot.series
        for (number, all) in expected.enumerated() {
            let id = SeriesID(index: UInt32(number))
            guard number < known.count else {
                #expect(all.isEmpty, "\(note): series \(number) is gone")
                continue
            }
            #expect(known[number].key == PlantLoad.key(number), "\(note)")
            #expect(known[number].kind == PlantLoad.kind(number), "\(note)")
            let run = try snapshot.samples(id, from: .distantPast, to: .distantFuture, limit: .max)
            let from = run.expiredBefore ?? .distantPast
            let (found, due) = (run.samples.filter { $0.instant >= from }, all.filter { $0.instant >= from })
            if found != due { Issue.record("\(note): series \(number): \(difference(found, due))") }
            if run.samples.count > found.count {
                let once = Set(all.filter { $0.instant < from }.map(\.instant))
                let isKnown = run.samples.allSatisfy { $0.instant >= from || once.contains($0.instant) }
                #expect(isKnown, "\(note): series \(number) holds what was never sent")
            }
            #expect(snapshot.latest(id) == all.last, "\(note): series \(number)")
            try checkMinutes(snapshot, number, due, from: from)
        }
        #expect(store.status.fault == nil, "\(note)")
    }

    private func checkMinutes(_ snapshot: Snapshot, _ number: Int, _ samples: [Sample], from: Instant) throws
    {
        let first =
            from == .distantPast ? from : from.ceiled(toMs: 60_000)
        var due: [Bucket] = []
        for sample in samples where sample.instant >= first { due.fold(sample, .minute) }
        let found = try snapshot.buckets(
            SeriesID(index: UInt32(number)),
            .minute,
            from: first,
            to: .distantFuture
        )
        if !found.areAlike(due) {
            let wrong = String(describing: zip(found, due).first { $0 != $1 })
            Issue.record("\(note): series \(number): \(found.count) minutes of \(due.count), \(wrong)")
        }
    }

    private func difference(_ found: [Sample], _ due: [Sample]) -> String {
        let missing = Set(due).subtracting(found)
        let more = Set(found).subtracting(due)
        return "\(found.count) of \(due.count) samples, missing \(missing.count) from "
            + "\(String(describing: missing.map(\.instant.milliseconds).min())) to "
            + "\(String(describing: missing.map(\.instant.milliseconds).max())), too many \(more.count)"
    }
}

extension Workplace {
    /// All files but the lock.
    func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for kind in StoreFileKind.allCases { files[kind.name] = try bytes(kind.name) }
        return files
    }

    /// A directory with these files.
    static func holding(_ files: [String: [UInt8]]) throws -> Workplace {
        let place = Workplace(inMemory: true)
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: true)
        for (name, bytes) in files {
            if let slash = name.lastIndex(of: "/") {
                let folder = place.path + "/" + name[..<slash]
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            if !name.hasSuffix("/") { try place.write(bytes, to: name) }
        }
        return place
    }
}
