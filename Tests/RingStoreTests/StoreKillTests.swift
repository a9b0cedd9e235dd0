import Foundation
import Glibc
import Readings
import Testing

@testable import RingStore

/// The promise of the store alone: what a commit returned from is there after a kill, once, and nothing else.
///
/// The writer is a process of its own, which is this one's executable started again by Swift Testing. A thread of it
/// sends SIGKILL at a random moment, of its opening too; what it had handed in and got back is in a file beside the
/// store, which outlives it.
@Suite("a store killed at work", .serialized)
struct StoreKillTests {
    private static let kills = isLong ? 1000 : 20

    @Test("has everything it said it had, bit for bit, and nothing twice")
    func killed() async throws {
        let place = Workplace(inMemory: true)
        let report = Workplace(inMemory: true).path
        defer { unlink(report) }
        var random = SeededRandom(seed: 11)
        var (last, turned) = (0, false)
        for number in 0..<StoreKillTests.kills {
            let afterUs = Int.random(in: 0...(Bool.random(using: &random) ? 3000 : 40_000), using: &random)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = place.path as String, report = report as String, afterUs = afterUs as Int] in
                try KillWriter(path: path, report: report).run(killedAfterUs: afterUs)
            }
            let note = "kill \(number) after \(afterUs) µs"
            let (handed, returned) = KillWriter.read(report) ?? (last, last)
            let open = try reopen(place, budget: KillWriter.budget)
            let count = Int(open.store.snapshot().latest(SeriesID(index: 0))?.instant.milliseconds ?? 0)
            // A batch is there as a whole or not at all.
            try #require(
                count == returned || count == handed,
                "\(note): \(count) of \(returned) to \(handed)"
            )
            try #require(count >= last, "\(note): \(count) after \(last)")
            try KillWriter.check(open.store, count: count, note: note)
            if count > 0 { #expect(open.recovered.damaged == 0, "\(note): \(open.recovered.notes)") }
            turned = turned || open.store.snapshot().rawFrom != nil
            last = count
            if Bool.random(using: &random) { open.store.close() } else { open.store.abandon() }
        }
        // Else there was little to lose.
        #expect(last > StoreKillTests.kills * 10 && turned, "\(last) numbers")
        if isLong { print("\(StoreKillTests.kills) kills, \(last) numbers") }
    }
}

/// Writes numbers into a store as fast as it can. Number n comes at n ms as a value that follows from n, and as a
/// movement that shares its stamp with others, so that nothing hides a second one.
struct KillWriter {
    static let budget = 160 << 10
    private let path: String
    private let report: Int32

    /// - Parameter report: the file that holds the last number handed in, and the last that came back.
    init(path: String, report: String) throws {
        self.path = path
        self.report = Glibc.open(report, O_RDWR | O_CREAT, 0o600)
        try #require(self.report >= 0)
    }

    func run(killedAfterUs delay: Int) throws {
        var random = SeededRandom(seed: UInt64(delay))
        Thread.detachNewThread {
            usleep(UInt32(delay))
            kill(getpid(), SIGKILL)
        }
        let store = try RingStore.open(
            StoreOptions(directory: path, budgetBytes: KillWriter.budget),
            tuning: .tiny
        ) { _ in }.store
        let number = try store.gauge("番号")
        let movement = try store.gauge("出荷", kind: .delta)
        var next = Int(store.snapshot().latest(number.id)?.instant.milliseconds ?? 0) + 1
        tell(handed: next - 1, returned: next - 1)
        while true {
            let end = next + Int.random(in: 1...30, using: &random)
            let readings = (next..<end).flatMap { value in
                [
                    reading(number, Int64(value), KillWriter.value(value)),
                    reading(movement, Int64(value / 8), Double(value)),
                ]
            }
            tell(handed: end - 1, returned: next - 1)
            _ = try store.commit(batch(readings))
            tell(handed: end - 1, returned: end - 1)
            next = end
        }
    }

    private func tell(handed: Int, returned: Int) {
        let words = [handed, returned]
        _ = words.withUnsafeBytes { pwrite(report, $0.baseAddress, $0.count, 0) }
    }

    /// The last number handed in, and the last that came back; nil when the writer never came so far.
    static func read(_ report: String) -> (handed: Int, returned: Int)? {
        guard let bytes = FileManager.default.contents(atPath: report), bytes.count == 16 else { return nil }
        return bytes.withUnsafeBytes { ($0.load(as: Int.self), $0.load(fromByteOffset: 8, as: Int.self)) }
    }

    private static func value(_ number: Int) -> Double {
        var random = SeededRandom(seed: UInt64(number))
        return Double(random.next() >> 11) * 0x1p-53
    }

    /// Numbers 1 … `count` are there, as far as the ring has not gone over them, and nothing else.
    static func check(_ store: RingStore, count: Int, note: String) throws {
        guard count > 0 else { return }
        try store.waitUntilSealed()
        let snapshot = store.snapshot()
        let (all, far) = (Instant.distantPast, Instant.distantFuture)
        let numbers = try snapshot.samples(SeriesID(index: 0), from: all, to: far, limit: .max)
        let first = Int(max(1, numbers.expiredBefore?.milliseconds ?? 1))
        try #require(first <= count, "\(note): complete from \(first) of \(count)")
        let whole = numbers.samples.filter { $0.instant.milliseconds >= Int64(first) }
        let isSame = zip(first...count, whole).allSatisfy {
            $1.instant.milliseconds == Int64($0) && $1.value == .number(value($0)) && $1.quality == .good
        }
        #expect(whole.count == count - first + 1 && isSame, "\(note): \(whole.count) from \(first)")
        let movements = try snapshot.samples(SeriesID(index: 1), from: all, to: far, limit: .max)
        let from = Int(max(0, movements.expiredBefore?.milliseconds ?? 0))
        let due = stride(from: max(1, from * 8), through: count, by: 1).map { Double($0) }
        let found = movements.samples.filter { $0.instant.milliseconds >= Int64(from) }
        #expect(found.compactMap(\.value.number) == due, "\(note): \(found.count) movements of \(due.count)")
    }
}
