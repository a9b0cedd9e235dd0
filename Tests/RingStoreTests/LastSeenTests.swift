import Codec
import Testing

@testable import RingStore

@Suite("when a series was seen last")
struct LastSeenTests {
    @Test(
        "a series is never taken for forgotten too soon, however many merges the rings hold",
        arguments: [40, 900]
    )
    func neverTooSoon(merges: Int) {
        var random = SeededRandom(seed: 9)
        var seen = LastSeen()
        var truth: [UInt64] = []
        var late = 0
        for merge in 1...(merges * 3) as ClosedRange<Int> {
            let through = UInt64(merge * 10)
            // Two seals before each merge; what they saw is in the merge.
            for part in [through - 5, through] {
                seen.seal(part)
                if merge % 3 == 0 { truth.append(through) }
                seen.grow(to: truth.count)
                for _ in 0..<3 where !truth.isEmpty {
                    let id = Int.random(in: 0..<truth.count, using: &random)
                    seen.see(UInt32(id))
                    truth[id] = through
                }
            }
            seen.endMerge()
            guard merge > merges else { continue }
            let oldest = UInt64((merge - merges) * 10)
            let forgotten = Set(seen.forgotten(before: oldest))
            for id in truth.indices {
                if truth[id] >= oldest { #expect(!forgotten.contains(UInt32(id))) }
                if truth[id] < oldest, !forgotten.contains(UInt32(id)) {
                    late += 1
                    #expect(truth[id] + UInt64(merges / 10 * 10) >= oldest, "far too late")
                }
            }
        }
        if merges < 200 { #expect(late == 0) }
    }

    @Test("it comes back from a checkpoint as it was, vacant ids included")
    func comesBack() throws {
        var seen = LastSeen()
        for through in 1...300 as ClosedRange<UInt64> {
            seen.seal(through)
            seen.grow(to: Int(through) * 2)
            seen.endMerge()
        }
        seen.vacate(7)
        seen.vacate(599)
        var writer = ByteWriter()
        seen.encode(into: &writer)
        #expect(writer.count <= LastSeen.bytesMax(seriesCount: seen.count))
        var reader = ByteReader(writer.bytes)
        let back = try LastSeen(from: &reader, limit: 600)
        #expect(back == seen)
        #expect(back.vacantIDs == [7, 599])
        #expect(reader.remaining == 0)
        reader = ByteReader(writer.bytes)
        #expect(throws: ByteReader.Failure.self) { try LastSeen(from: &reader, limit: 599) }
    }
}
