import Glibc
import Readings
import Sharing
import Testing

@Suite struct OutboxTests {
    @Test("a release that was taken is still there after a restart, with its bytes and its number")
    func survivesRestart() throws {
        let folder = try TemporaryFolder()
        do {
            let outbox = try Outbox(directory: folder.path)
            let first = try outbox.add(entry(bucket: 0, "一"))
            _ = try outbox.add(entry(bucket: 60_000, "二"))
            try outbox.markDelivered(first.sequence)
        }
        let outbox = try Outbox(directory: folder.path)
        #expect(outbox.pending.map(\.payload) == [Array("二".utf8)])
        #expect(outbox.pending.map(\.sequence) == [2])
        #expect(outbox.lastBucket(agreement: "agr-1", grant: "g-1") == Instant(milliseconds: 60_000))
        #expect(try outbox.add(entry(bucket: 120_000, "三")).sequence == 3)
    }

    @Test("numbers and clocks survive when nothing is pending")
    func keepsStanding() throws {
        let folder = try TemporaryFolder()
        for bucket in 0..<3 {
            let outbox = try Outbox(directory: folder.path)
            let kept = try outbox.add(entry(bucket: Int64(bucket) * 60_000, "x"))
            #expect(kept.sequence == UInt64(bucket) + 1)
            try outbox.markDelivered(kept.sequence)
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

    private func entry(bucket: Int64, _ payload: String) -> OutboxEntry {
        OutboxEntry(
            agreement: "agr-1",
            grant: "g-1",
            bucketStart: Instant(milliseconds: bucket),
            topic: "tsunagi/v1/p/buyer-1/agr-1/g-1",
            payload: Array(payload.utf8),
            retain: true,
            hasValues: true
        )
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
        for name in ["outbox", "outbox.new"] { unlink("\(path)/\(name)") }
        rmdir(path)
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
