import Foundation
import Readings
import Synchronization
import Testing

@testable import Sharing

@Suite struct OutboxTests {
    @Test("a release that was taken is still there after a restart, with its bytes and its number")
    func survivesRestart() throws {
        let folder = try TemporaryFolder()
        do {
            let outbox = try Outbox(directory: folder.path)
            let first = try outbox.add(entry(bucket: 0, "一"))
            _ = try outbox.add(entry(bucket: 60_000, "二"))
            outbox.markDelivered(first.sequence)
        }
        let outbox = try Outbox(directory: folder.path)
        #expect(outbox.pending.map(\.payload) == [Array("二".utf8)])
        #expect(outbox.pending.map(\.sequence) == [2])
        #expect(outbox.lastBucket(agreement: "agr-1", grant: "g-1") == Instant(milliseconds: 60_000))
        #expect(try outbox.add(entry(bucket: 120_000, "三")).sequence == 3)
    }

    @Test("what goes along with a release survives too, and releases of before had nothing that does")
    func attributes() throws {
        let folder = try TemporaryFolder()
        var kept = entry(bucket: 0, "一")
        do {
            let outbox = try Outbox(directory: folder.path)
            kept.contentType = "application/json"
            kept.attributes = [FeedAttribute("subject", "ボルト-M8"), FeedAttribute("type", "x")]
            kept = try outbox.add(kept)
        }
        #expect(try Outbox(directory: folder.path).pending == [kept])
        do {
            unlink(folder.path + "/outbox")
            _ = try Outbox(directory: folder.path).add(entry(bucket: 60_000, "二"))
        }
        // Its last two bytes say: no content type, no attributes. Files of before end there.
        var file = try folder.bytes(of: "outbox")
        let end = 8 + Int(file[0]) + Int(file[1]) << 8
        #expect(file[(end - 2)..<end] == [0, 0])
        let body = Array(file[8..<(end - 2)])
        let length = withUnsafeBytes(of: UInt32(body.count).littleEndian) { Array($0) }
        file = length + withUnsafeBytes(of: crc32c(body).littleEndian) { Array($0) } + body
        try folder.write(file, to: "outbox")
        let before = try Outbox(directory: folder.path).pending
        #expect(before.map(\.payload) == [Array("二".utf8)])
        #expect(before.first?.attributes == [] && before.first?.contentType == "")
    }

    private func crc32c(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        }
        return ~sum
    }

    @Test("numbers and clocks survive when nothing is pending")
    func keepsStanding() throws {
        let folder = try TemporaryFolder()
        for bucket in 0..<3 {
            let outbox = try Outbox(directory: folder.path)
            let kept = try outbox.add(entry(bucket: Int64(bucket) * 60_000, "x"))
            #expect(kept.sequence == UInt64(bucket) + 1)
            outbox.markDelivered(kept.sequence)
        }
        let outbox = try Outbox(directory: folder.path)
        #expect(outbox.pending.isEmpty)
        #expect(outbox.lastBucket(agreement: "agr-1", grant: "g-1") == Instant(milliseconds: 120_000))
    }

    @Test("a crash while writing costs the torn record alone, wherever it was cut")
    func tornTail() throws {
        let folder = try TemporaryFolder()
        do {
            let outbox = try Outbox(directory: folder.path)
            _ = try outbox.add(entry(bucket: 0, "first"))
            _ = try outbox.add(entry(bucket: 60_000, "second"))
        }
        let whole = try folder.bytes(of: "outbox")
        let firstEnd = 8 + Int(whole[0]) + Int(whole[1]) << 8
        for length in 0..<whole.count {
            try folder.write(Array(whole[..<length]), to: "outbox")
            let outbox = try Outbox(directory: folder.path)
            #expect(outbox.pending.count == (length >= firstEnd ? 1 : 0), "cut at \(length)")
        }
    }

    @Test("nothing may be published before the audit log tells of it, and after a crash it is told once")
    func auditFirst() throws {
        let folder = try TemporaryFolder()
        let now = Instant(milliseconds: 1_774_969_200_000)
        do {
            let outbox = try Outbox(directory: folder.path)
            _ = try outbox.add(entry(bucket: 0, "one"))
            try outbox.settle(at: now)
            _ = try outbox.add(entry(bucket: 60_000, "two"))
            #expect(outbox.publishable.map(\.payload) == [Array("one".utf8)])
        }
        // Killed between the outbox and the log.
        for _ in 0..<3 {
            let outbox = try Outbox(directory: folder.path)
            try outbox.settle(at: now)
            #expect(outbox.publishable.count == 2)
            #expect(outbox.audit.head.size == 2)
        }
        // Without its file the outbox gives no number twice.
        unlink(folder.path + "/outbox")
        let outbox = try Outbox(directory: folder.path)
        #expect(try outbox.add(entry(bucket: 120_000, "three")).sequence == 3)
        #expect(outbox.publishable.isEmpty)
        try outbox.settle(at: now)
        #expect(outbox.publishable.count == 1)
        #expect(outbox.audit.head.size == 3)
    }

    @Test("a log that cannot be written keeps everything at home, and lets it go when it can")
    func fullLog() throws {
        let folder = try TemporaryFolder()
        let now = Instant(milliseconds: 1_774_969_200_000)
        // Takes nothing, as a full disk.
        symlink("/dev/full", folder.path + "/audit.log")
        do {
            let outbox = try Outbox(directory: folder.path)
            _ = try outbox.add(entry(bucket: 0, "one"))
            let failure = #expect(throws: OutboxFailure.self) { try outbox.settle(at: now) }
            #expect(failure?.description.contains("nothing is published until that is mended") == true)
            #expect(outbox.publishable.isEmpty)
        }
        unlink(folder.path + "/audit.log")
        let outbox = try Outbox(directory: folder.path)
        try outbox.settle(at: now)
        #expect(outbox.publishable.map(\.payload) == [Array("one".utf8)])
    }

    @Test("a batch is durable at once; a feed with too much waiting stands in nobody's way")
    func batch() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        let some = (0..<Outbox.feedCountMax + 2).map { entry(bucket: Int64($0) * 60_000, "x") }
        var other = entry(bucket: 0, "y")
        other.grant = "g-2"
        let answers = outbox.add(some + [other])
        #expect(
            answers.map { (try? $0.get()) != nil } == some.indices.map { $0 < Outbox.feedCountMax } + [true]
        )
        #expect(try Outbox(directory: folder.path).pending.count == Outbox.feedCountMax + 1)
    }

    @Test("a flipped bit ends the reading and crashes nothing")
    func flippedBits() throws {
        let folder = try TemporaryFolder()
        do {
            let outbox = try Outbox(directory: folder.path)
            _ = try outbox.add(entry(bucket: 0, "first"))
        }
        let whole = try folder.bytes(of: "outbox")
        for bit in 0..<whole.count * 8 {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            try folder.write(damaged, to: "outbox")
            #expect(try Outbox(directory: folder.path).pending.isEmpty, "bit \(bit)")
        }
    }

    @Test("a folder that cannot be written is named")
    func unwritable() {
        #expect(throws: OutboxFailure.self) { try Outbox(directory: "/proc/nowhere") }
    }

    @Test("a passed bucket is decided, durably, and nothing of it waits")
    func pass() throws {
        let folder = try TemporaryFolder()
        do {
            let outbox = try Outbox(directory: folder.path)
            try outbox.pass(agreement: "agr-1", grant: "g-1", bucketStart: Instant(milliseconds: 60_000))
            #expect(outbox.pending.isEmpty)
        }
        let outbox = try Outbox(directory: folder.path)
        #expect(outbox.lastBucket(agreement: "agr-1", grant: "g-1") == Instant(milliseconds: 60_000))
    }

    @Test("a feed that nobody takes keeps a day of releases waiting, and leaves room for the others")
    func boundedFeed() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        for bucket in 0..<Outbox.feedCountMax { _ = try outbox.add(entry(bucket: Int64(bucket), "x")) }
        #expect(throws: OutboxFailure.self) { try outbox.add(entry(bucket: 1_000_000, "x")) }
        _ = try outbox.add(entry("agr-2", bucket: 0, "x"))
        #expect(outbox.waiting == ["agr-1/g-1": Outbox.feedCountMax, "agr-2/g-1": 1])
        outbox.markDelivered(1)
        _ = try outbox.add(entry(bucket: 1_000_000, "x"))
        #expect(outbox.pending.first?.sequence == 2)
    }

    @Test("the file does not grow while releases that nobody takes wait beside others")
    func compacted() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        for bucket in 0..<100 as Range<Int64> {
            _ = try outbox.add(entry("agr-2", bucket: bucket, "refused"))
        }
        let payload = String(repeating: "x", count: 100_000)
        for bucket in 0..<60 {
            outbox.markDelivered(try outbox.add(entry(bucket: Int64(bucket), payload)).sequence)
            outbox.flush()
        }
        #expect(try folder.bytes(of: "outbox").count < 1 << 20)
        #expect(outbox.waiting == ["agr-2/g-1": 100])
    }

    @Test("a release that is too long is an error, not a crash")
    func tooLong() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        #expect(throws: OutboxFailure.self) {
            try outbox.add(entry(bucket: 0, String(repeating: "x", count: 2 << 20)))
        }
        #expect(outbox.pending.isEmpty)
    }

    @Test("while a refused release rests, the later ones of its feed wait and other feeds go on")
    func order() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        let bus = ScriptedBus()
        let pump = OutboxPump(outbox: outbox, clock: { bus.now }) { entry, answered in
            bus.published.withLock { $0.append(entry.sequence) }
            answered(entry.sequence == 1 && bus.now < Instant(milliseconds: 60_000) ? "refused" : nil)
        }
        _ = try outbox.add(entry(bucket: 0, "一"))
        try outbox.settle(at: bus.now)
        pump.turn()
        _ = try outbox.add(entry(bucket: 60_000, "二"))
        _ = try outbox.add(entry("agr-2", bucket: 0, "三"))
        try outbox.settle(at: bus.now)
        pump.turn()
        #expect(bus.published.withLock { $0 } == [1, 3])
        #expect(pump.fault(agreement: "agr-1", grant: "g-1") == "refused")
        bus.now = Instant(milliseconds: 60_000)
        pump.turn()
        #expect(bus.published.withLock { $0 } == [1, 3, 1, 2])
        #expect(outbox.pending.isEmpty)
    }

    @Test("a release waits for its instant, and those behind it in its feed wait with it")
    func instant() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        let bus = ScriptedBus()
        let pump = OutboxPump(outbox: outbox, clock: { bus.now }) { entry, answered in
            bus.published.withLock { $0.append(entry.sequence) }
            answered(nil)
        }
        var held = entry(bucket: 0, "待つ")
        held.leavesAt = Instant(milliseconds: 800)
        _ = try outbox.add(held)
        _ = try outbox.add(entry(bucket: 60_000, "後"))
        _ = try outbox.add(entry("agr-2", bucket: 0, "先"))
        try outbox.settle(at: bus.now)
        #expect(pump.turn() == Instant(milliseconds: 800))
        #expect(bus.published.withLock { $0 } == [3])
        bus.now = Instant(milliseconds: 800)
        #expect(pump.turn() == nil)
        #expect(bus.published.withLock { $0 } == [3, 1, 2])
    }

    @Test("more releases than may be under way go out one portion after the other, without another turn")
    func portions() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        let bus = ScriptedBus()
        let waiting = Mutex<[@Sendable (String?) -> Void]>([])
        let pump = OutboxPump(outbox: outbox, clock: { bus.now }) { entry, answered in
            bus.published.withLock { $0.append(entry.sequence) }
            waiting.withLock { $0.append(answered) }
        }
        let count = 2 * OutboxPump.underWayCountMax + 7
        let entries = (0..<count).map { entry("agr-\($0)", bucket: 0, "x") }
        #expect(outbox.add(entries).allSatisfy { (try? $0.get()) != nil })
        try outbox.settle(at: bus.now)
        pump.turn()
        #expect(bus.published.withLock { $0.count } == OutboxPump.underWayCountMax)
        while let answer = waiting.withLock({ $0.popLast() }) { answer(nil) }
        #expect(bus.published.withLock { Set($0).count } == count)
        #expect(outbox.pending.isEmpty)
    }

    @Test("a bus that refuses at once, however much there is, makes each release rest and nothing else")
    func refusesAtOnce() throws {
        let folder = try TemporaryFolder()
        let outbox = try Outbox(directory: folder.path)
        let bus = ScriptedBus()
        let pump = OutboxPump(outbox: outbox, clock: { bus.now }) { entry, answered in
            bus.published.withLock { $0.append(entry.sequence) }
            answered("full")
        }
        let entries = (0..<50_000).map { entry("agr-\($0)", bucket: 0, "x") }
        _ = outbox.add(entries)
        try outbox.settle(at: bus.now)
        pump.turn()
        #expect(bus.published.withLock { $0.count } == entries.count)
        pump.turn()
        #expect(bus.published.withLock { $0.count } == entries.count)
    }

    private func entry(_ agreement: String = "agr-1", bucket: Int64, _ payload: String) -> OutboxEntry {
        OutboxEntry(
            agreement: agreement,
            grant: "g-1",
            bucketStart: Instant(milliseconds: bucket),
            topic: "tsunagi/v1/p/buyer-1/agr-1/g-1",
            payload: Array(payload.utf8),
            retain: true
        )
    }
}

/// A bus that notes what it is given, and a clock that the test holds.
private final class ScriptedBus: Sendable {
    let published = Mutex<[UInt64]>([])
    private let instant = Mutex(Instant(milliseconds: 0))

    var now: Instant {
        get { instant.withLock { $0 } }
        set { instant.withLock { $0 = newValue } }
    }
}

/// A folder of a test's own, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/tsunagi-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXTrouble(code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    struct POSIXTrouble: Error {
        let code: Int32
    }

    func bytes(of name: String) throws -> [UInt8] {
        guard let file = fopen("\(path)/\(name)", "r") else { throw POSIXTrouble(code: errno) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        guard let file = fopen("\(path)/\(name)", "w") else { throw POSIXTrouble(code: errno) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw POSIXTrouble(code: errno) }
    }
}
