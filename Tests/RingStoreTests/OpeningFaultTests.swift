import Foundation
import Glibc
import Readings
import Testing

@testable import RingStore

@Suite("a single fault at an opening")
struct OpeningFaultTests {
    /// What an opening has to do.
    enum Opening: String, CaseIterable, Sendable {
        /// Folders and files.
        case ofNothing = "that makes a store"
        /// Seals in the rings, records in both halves of the journal.
        case afterKill = "after a kill"
        case withLargerBudget = "with a larger budget"
        case withSmallerBudget = "with a smaller budget"
        /// The new files are whole, some of them in place.
        case ofChangeCutOff = "that ends a change of budget"

        var budget: Int {
            switch self {
            case .ofNothing, .afterKill: 256 << 10
            case .withLargerBudget, .ofChangeCutOff: 512 << 10
            case .withSmallerBudget: 192 << 10
            }
        }
    }

    /// One way for a call to go wrong.
    struct Mishap: CustomTestStringConvertible, Sendable {
        var opening: Opening
        var call: NthFault.Call
        var ways: [NthFault.Way]

        var testDescription: String { "\(call.rawValue), \(opening.rawValue)" }

        static let all: [Mishap] = Opening.allCases.flatMap { opening in
            NthFault.Call.allCases.filter { comes($0, in: opening) }
                .map { Mishap(opening: opening, call: $0, ways: ways(of: $0)) }
        }

        private static func ways(of call: NthFault.Call) -> [NthFault.Way] {
            switch call {
            case .write, .read: [.code(EIO), .code(ENOSPC), .code(EINTR), .short]
            case .open: [.code(EIO), .code(ENOSPC), .code(EINTR), .code(EMFILE)]
            default: [.code(EIO), .code(ENOSPC), .code(EINTR)]
            }
        }

        /// A kind of call that never comes would prove nothing.
        private static func comes(_ call: NthFault.Call, in opening: Opening) -> Bool {
            switch (call, opening) {
            case (.rename, .ofNothing), (.rename, .afterKill): false
            case (.remove, .ofNothing), (.remove, .afterKill): false
            case (.allocate, .afterKill), (.allocate, .ofChangeCutOff): false
            case (.syncFolder, .afterKill): false
            // It was closed, so that nothing is left to write.
            case (.write, .ofChangeCutOff), (.sync, .ofChangeCutOff): false
            default: true
            }
        }
    }

    private static let batches = 140
    private static let load = PlantLoad()

    @Test(
        "is one clear failure or none, and the next opening has all that was committed",
        arguments: Mishap.all
    )
    func anyCall(mishap: Mishap) throws {
        let original = try place(for: mishap.opening)
        var tried = 0
        // The call alone, or all of its kind from it on.
        for way in mishap.ways {
            for count in way.isHarmless ? [1] : [1, .max >> 1] {
                var nth = 1
                while try run(mishap, NthFault(mishap.call, way, from: nth, count: count), on: original) {
                    tried += 1
                    // Names are few; of what is in the files the first calls closer together.
                    nth += isLong || mishap.call.isOfNames ? 1 : 1 + nth / 4
                }
                #expect(nth > 1, "\(way) ×\(count) never came")
            }
        }
        if isLong { print("\(mishap.testDescription): \(tried) faults") }
    }

    // MARK: One run

    /// - Returns: whether the opening ever made the call that was to fail.
    private func run(_ mishap: Mishap, _ faulty: NthFault, on original: Workplace) throws -> Bool {
        let (way, note) = (faulty.way, "\(mishap.testDescription): \(faulty)")
        let place = mishap.opening == .ofNothing ? Workplace(inMemory: true) : try original.copy()
        let held = mishap.opening == .ofNothing ? 0 : OpeningFaultTests.batches
        do {
            let opened = try open(place, mishap.opening, faulty.disk)
            guard faulty.hasFired else {
                opened.store.abandon()
                return false
            }
            faulty.heal()
            try check(opened, holds: held, note)
            opened.store.abandon()
        } catch let failure as StoreFailure {
            #expect(!way.isHarmless, "\(note): \(failure)")
            check(failure, of: place, way, note)
        }
        // The fault is gone.
        var opened = try open(place, mishap.opening, .system)
        try check(opened, holds: held, note)
        #expect(opened.recovered.damaged == 0 || held == 0, "\(note): \(opened.recovered.notes)")
        #expect(opened.store.status.budgetBytes == mishap.opening.budget, "\(note)")
        #expect(!FileManager.default.fileExists(atPath: place.path + "/next"), "\(note)")
        // And work goes on.
        try OpeningFaultTests.load.register(through: held, in: opened.store)
        let commit = try opened.store.commit(OpeningFaultTests.load.batch(held))
        #expect(commit.sequence == UInt64(held + 1), "\(note)")
        opened.store.abandon()
        opened = try open(place, mishap.opening, .system)
        try check(opened, holds: held + 1, note)
        opened.store.abandon()
        return true
    }

    /// The failure names the step, the place and the reason.
    private func check(_ failure: StoreFailure, of place: Workplace, _ way: NthFault.Way, _ note: String) {
        guard case .code(let code) = way else { return }
        let text = "\(failure)"
        let above = place.path.split(separator: "/").dropLast().joined(separator: "/")
        let names = StoreFileKind.allCases.map(\.name) + ["complete", "/" + above]
        #expect(text.contains(StoreFailure.reason(code)), "\(note): \(text)")
        #expect(names.contains { text.contains($0) }, "\(note): \(text)")
        let steps = [
            "open", "write", "sync", "read", "allocate", "rename", "remove", "make", "look for",
            "ask for the size of",
        ]
        #expect(steps.contains { text.contains("cannot \($0) ") }, "\(note): \(text)")
    }

    private func check(_ opened: Reopened, holds count: Int, _ note: String) throws {
        let witness = StoreWitness(load: OpeningFaultTests.load, note: note)
        try witness.check(opened.store, holds: OpeningFaultTests.load.samples(after: 0..<count))
        #expect(CountKept.read(opened.keepsake) + opened.batches.count == count, "\(note)")
    }

    // MARK: What is opened

    private func open(_ place: Workplace, _ opening: Opening, _ disk: Disk) throws -> Reopened {
        var tuning = StoreTuning.tiny
        tuning.youngBytes = 8192...16384
        tuning.disk = disk
        return try reopen(place, budget: opening.budget, tuning: tuning)
    }

    /// A place for an opening: what a kill, a clean stop or a change cut off has left.
    private func place(for opening: Opening) throws -> Workplace {
        let place = Workplace(inMemory: true)
        if opening == .ofNothing { return place }
        let kept = CountKept(0)
        let opened = try open(place, .afterKill, .system)
        opened.store.setKeepsake { _ in kept.bytes }
        for index in 0..<OpeningFaultTests.batches {
            try OpeningFaultTests.load.register(through: index, in: opened.store)
            _ = try opened.store.commit(OpeningFaultTests.load.batch(index))
            kept.set(index + 1)
        }
        if opening == .afterKill { opened.store.abandon() } else { opened.store.close() }
        if opening == .ofChangeCutOff {
            let new = try place.copy()
            try open(new, opening, .system).store.abandon()
            let folder = place.path + "/next"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (index, kind) in StoreFileKind.allCases.enumerated() {
                try place.write(new.bytes(kind.name), to: index < 4 ? kind.name : "next/" + kind.name)
            }
            try place.write([], to: "next/complete")
        }
        return place
    }
}
