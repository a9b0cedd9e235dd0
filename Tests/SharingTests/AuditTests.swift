import Foundation
import Readings
import Sharing
import Testing

@Suite("The audit log tells when it is not what it was")
struct AuditTests {
    private let now = Instant(milliseconds: 1_774_969_200_000)

    private func entry(_ number: UInt64, rule: String? = nil) -> OutboxEntry {
        OutboxEntry(
            sequence: number,
            agreement: "agr-1",
            grant: "在庫-1",
            bucketStart: now.advanced(byMs: Int64(number) * 60_000),
            topic: "tsunagi/v1/p/buyer-\(number % 2)/agr-1/g-1",
            payload: Array("{\"value\":\(number)}".utf8),
            retain: true,
            rule: rule
        )
    }

    /// A log of some records, and its bytes.
    private func log(_ folder: TemporaryFolder, _ count: UInt64) throws -> (head: TreeHead, bytes: [UInt8]) {
        let log = AuditLog(directory: folder.path)
        for number in 0..<count {
            try log.append([entry(number, rule: number % 3 == 0 ? "D04" : nil)], at: now)
        }
        return (log.head, try folder.bytes(of: "audit.log"))
    }

    private func faults(_ folder: TemporaryFolder, heads: [TreeHead] = []) throws -> [String] {
        try AuditReader(directory: folder.path).verify(against: heads).faults.map(\.description)
    }

    @Test("records are numbered, chained and read back; a batch is appended at once")
    func records() throws {
        let folder = try TemporaryFolder()
        let log = AuditLog(directory: folder.path)
        try log.append((5..<9).map { entry($0, rule: $0 == 6 ? "D04" : nil) }, at: now)
        // What is there already is left out.
        try log.append((7..<10).map { entry($0) }, at: now)
        var seen: [AuditRecord] = []
        let (head, faults) = try AuditReader(directory: folder.path).verify { _, record in seen.append(record)
        }
        #expect(faults.isEmpty)
        #expect(head == log.head)
        #expect(seen.map(\.sequence) == [5, 6, 7, 8, 9])
        #expect(seen.map(\.decision) == [.released, .withheld, .released, .released, .released])
        #expect(seen[1].rule == "D04")
        #expect(seen[0].partner == "buyer-1")
        #expect(seen[0].payloadDigest == Digest(of: Array("{\"value\":5}".utf8)))
        #expect(Set(seen.map(\.nonce)).count == 5)
        #expect(throws: AuditFailure.self) { try log.append([entry(12)], at: now) }
    }

    @Test("a log goes on where it was, with and without its mark, and whatever the mark says")
    func reopened() throws {
        let folder = try TemporaryFolder()
        let (head, _) = try log(folder, 5)
        #expect(AuditLog(directory: folder.path).head == head)
        try AuditLog(directory: folder.path).mark()
        #expect(AuditLog(directory: folder.path).head == head)
        try AuditLog(directory: folder.path).append([entry(5)], at: now)
        let longer = AuditLog(directory: folder.path)
        #expect(longer.head.size == 6)
        #expect(try AuditReader(directory: folder.path).verify().head == longer.head)
        try folder.write(Array("{\"bytes\":1".utf8), to: "audit.mark")
        #expect(AuditLog(directory: folder.path).head == longer.head)
    }

    @Test("one flipped bit anywhere is found")
    func flippedBit() throws {
        let folder = try TemporaryFolder()
        let (head, whole) = try log(folder, 4)
        for place in stride(from: 0, to: whole.count, by: 3) {
            var damaged = whole
            damaged[place] ^= 1 << UInt8(place % 7)
            try folder.write(damaged, to: "audit.log")
            #expect(try !faults(folder, heads: [head]).isEmpty, "byte \(place)")
        }
    }

    @Test("a deleted line and two that changed places are found by the chain")
    func lines() throws {
        let folder = try TemporaryFolder()
        let (_, whole) = try log(folder, 5)
        let lines = whole.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        try folder.write(Array((lines[..<2] + lines[3...]).joined()), to: "audit.log")
        #expect(try faults(folder).first?.contains("line 3 does not follow") == true)
        #expect(throws: AuditFailure.self) {
            try AuditLog(directory: folder.path).append([entry(9)], at: now)
        }
        try folder.write(Array([lines[0], lines[2], lines[1], lines[3], lines[4]].joined()), to: "audit.log")
        #expect(try faults(folder).first?.contains("line 2 does not follow") == true)
    }

    @Test("a cut tail and a log that was written anew are whole in themselves; only an old head shows them")
    func rewritten() throws {
        let folder = try TemporaryFolder()
        let (head, whole) = try log(folder, 5)
        let lines = whole.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        try folder.write(Array(lines[..<4].joined()), to: "audit.log")
        #expect(try faults(folder).isEmpty)
        #expect(
            try faults(folder, heads: [head]).first?.contains("is missing: a head tells of 5 records") == true
        )
        try folder.write([], to: "audit.log")
        try? FileManager.default.removeItem(atPath: folder.path + "/audit.mark")
        _ = try log(folder, 6)
        #expect(try faults(folder).isEmpty)
        #expect(
            try faults(folder, heads: [head]).first?.contains("differs from the head of 5 records") == true
        )
    }

    @Test("a crash while a record was written: cut at every byte, the log opens with what was whole")
    func tornTail() throws {
        let folder = try TemporaryFolder()
        let (_, whole) = try log(folder, 3)
        let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
        for length in 0...whole.count {
            try folder.write(Array(whole[..<length]), to: "audit.log")
            let log = AuditLog(directory: folder.path)
            #expect(log.head.size == ends.count { $0 < length }, "cut at \(length)")
        }
        // Torn in the middle, as a disk may after a power cut: only if none of it can have left.
        var torn = whole
        for place in ends[0] + 1..<ends[0] + 100 { torn[place] = 0 }
        try folder.write(torn, to: "audit.log")
        #expect(throws: AuditFailure.self) {
            try AuditLog(directory: folder.path).append([entry(9)], at: now)
        }
        let log = AuditLog(directory: folder.path) { $0 == 1 }
        #expect(log.head.size == 1)
    }

    @Test("a proof shows its partner that a payload was logged, and no other payload, place or head")
    func proof() throws {
        let folder = try TemporaryFolder()
        let (head, _) = try log(folder, 7)
        let key = SigningKey.make(id: "k-1")
        let signed = SignedHead(head, gateway: "plant-ota", at: now, with: key)
        #expect(signed.head == head)
        let (line, leaves) = try AuditReader(directory: folder.path).leaves(lineAt: 4)
        let proof = AuditProof(line: line, index: 4, leaves: leaves, head: signed, size: head.size)
        let read = try #require(AuditProof(json: Array(proof.json.utf8)))
        #expect(read == proof)
        let payload = entry(4).payload
        #expect(try read.verify(payload: payload, by: [key.verifying()], at: now).sequence == 4)
        #expect(throws: AuditProof.Fault.otherPayload) {
            try read.verify(payload: entry(5).payload, by: [key.verifying()], at: now)
        }
        var moved = read
        moved.index = 5
        #expect(throws: AuditProof.Fault.notIncluded) {
            try moved.verify(payload: payload, by: [key.verifying()], at: now)
        }
        #expect(throws: AuditProof.Fault.signature(.unknownKey("k-1"))) {
            try read.verify(payload: payload, by: [], at: now)
        }
    }

    @Test("a head is due once a day, and heads are kept")
    func heads() throws {
        let folder = try TemporaryFolder()
        let heads = try AuditHeads(directory: folder.path)
        #expect(heads.isDue(at: now))
        let key = SigningKey.make(id: "k-1")
        try heads.add(SignedHead(TreeHead(size: 1, root: MerkleTree.empty), gateway: "g", at: now, with: key))
        let again = try AuditHeads(directory: folder.path)
        #expect(again.all == heads.all)
        #expect(!again.isDue(at: now.advanced(byMs: 3_600_000)))
        #expect(again.isDue(at: now.advanced(byMs: 86_400_000)))
        // A clock that goes back signs nothing twice.
        #expect(!again.isDue(at: now.advanced(byMs: -86_400_000)))
    }
}
