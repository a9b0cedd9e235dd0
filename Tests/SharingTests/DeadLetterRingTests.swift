import Glibc
import Readings
import Testing

@testable import Sharing

@Suite struct DeadLetterRingTests {
    private static let bytes = DeadLetterRing.bytesMin

    private func letter(_ number: Int, payload: [UInt8] = Array("温度=１２".utf8)) -> DeadLetter {
        DeadLetter(
            time: Instant(milliseconds: 1_750_000_000_000 + Int64(number)),
            topic: "ota/プレス\(number)/温度",
            rule: "press",
            reason: .decode,
            detail: "not JSON at byte \(number)",
            qos: 1,
            retain: number % 2 == 0,
            bytes: payload.count,
            payload: payload,
            count: UInt64(number)
        )
    }

    private func open(_ folder: TemporaryFolder, bytes: Int = bytes) throws -> DeadLetterRing {
        try DeadLetterRing(path: folder.path + "/dead-letters", bytes: bytes)
    }

    @Test("letters come back after a restart with their numbers, newest first, in a file of fixed size")
    func restart() throws {
        let folder = try TemporaryFolder()
        do {
            let ring = try open(folder)
            for number in 1...3 { ring.add(letter(number)) }
            ring.markReplayed([2], at: Instant(milliseconds: 5))
        }
        let ring = try open(folder)
        #expect(ring.letters(limit: 10).map(\.number) == [3, 2, 1])
        #expect(ring.letters(limit: 10).map(\.letter) == [letter(3), letter(2), letter(1)])
        #expect(ring.letter(2)?.replayed == Instant(milliseconds: 5))
        #expect(ring.letter(1)?.replayed == nil && ring.letter(4) == nil)
        #expect(ring.letters(limit: 10) { $0.letter.retain }.map(\.number) == [2])
        #expect(ring.letters(limit: 1).map(\.number) == [3])
        #expect(ring.next == 4 && ring.note == nil)
        #expect(try folder.bytes(of: "dead-letters").count == Self.bytes)
    }

    @Test("the oldest make room over many rounds, and the newest are always whole", arguments: 1...8)
    func rounds(seed: Int) throws {
        let folder = try TemporaryFolder()
        var random = SeededNumbers(seed: UInt64(seed))
        var lengths: [Int] = []
        do {
            let ring = try open(folder)
            for number in 1...400 {
                lengths.append(Int.random(in: 0...DeadLetter.payloadBytesMax, using: &random))
                ring.add(letter(number, payload: [UInt8](repeating: 0x41, count: lengths[number - 1])))
            }
        }
        let ring = try open(folder)
        let kept = ring.letters(limit: 1000)
        // Records of at most 4.3 KiB, and a rest of that size at the end, in 60 KiB.
        #expect(kept.count >= 12 && kept.first?.number == 400)
        #expect(kept.map(\.number) == (0..<UInt64(kept.count)).map { 400 - $0 })
        #expect(kept.allSatisfy { $0.letter.bytes == lengths[Int($0.number) - 1] })
        #expect(ring.status.kept == kept.count && ring.status.gone == UInt64(400 - kept.count))
        ring.add(letter(401))
        #expect(ring.letters(limit: 1).map(\.number) == [401])
    }

    @Test("what the journal tells again after a kill is there once, and stays marked as read")
    func toldAgain() throws {
        let folder = try TemporaryFolder()
        do {
            let ring = try open(folder)
            for number in 1...5 { ring.add(letter(number)) }
            ring.markReplayed([4], at: Instant(milliseconds: 7))
        }
        // The checkpoint was made after the second letter.
        let ring = try open(folder)
        ring.begin(at: 3)
        for number in 3...6 { ring.add(letter(number)) }
        #expect(ring.letters(limit: 10).map(\.number) == [6, 5, 4, 3, 2, 1])
        #expect(ring.letter(4)?.replayed == Instant(milliseconds: 7))
        // Without a checkpoint the journal tells all of them.
        let again = try open(folder)
        again.begin(at: nil)
        for number in 1...6 { again.add(letter(number)) }
        #expect(again.letters(limit: 10).map(\.letter) == (1...6).reversed().map { letter($0) })
        #expect(again.letter(4)?.replayed == Instant(milliseconds: 7))
    }

    @Test("a ring that went round since the checkpoint ends up the same when the journal tells it all again")
    func toldAgainOverRounds() throws {
        let folder = try TemporaryFolder()
        func long(_ number: Int) -> DeadLetter {
            letter(number, payload: [UInt8](repeating: 0x42, count: 4096))
        }
        let ring = try open(folder)
        for number in 1...60 { ring.add(long(number)) }
        let before = ring.letters(limit: 100)
        let again = try open(folder)
        again.begin(at: 5)
        for number in 5...60 { again.add(long(number)) }
        #expect(again.letters(limit: 100).map(\.number) == before.map(\.number))
        let last = try open(folder)
        #expect(last.letters(limit: 100).map(\.number) == before.map(\.number))
    }

    @Test("a write that was torn anywhere costs its letter alone, and the journal brings it back")
    func torn() throws {
        let folder = try TemporaryFolder()
        let ring = try open(folder)
        for number in 1...3 { ring.add(letter(number)) }
        let whole = try folder.bytes(of: "dead-letters")
        let record = try #require(LetterRecord.length(Array(whole[4096...])))
        for cut in stride(from: 0, to: record, by: 3) {
            var torn = whole
            for place in 4096 + 2 * record + cut..<4096 + 3 * record { torn[place] = 0 }
            // Nothing but zeros was cut where the record's padding begins.
            guard torn != whole else { continue }
            try folder.write(torn, to: "dead-letters")
            let opened = try open(folder)
            #expect(opened.letters(limit: 9).map(\.number) == [2, 1], "cut at \(cut)")
            opened.begin(at: 2)
            for number in 2...3 { opened.add(letter(number)) }
            #expect(
                opened.letters(limit: 9).map(\.letter) == [letter(3), letter(2), letter(1)],
                "cut at \(cut)"
            )
        }
    }

    @Test("a flipped bit costs one letter at most, or the mark that it was read")
    func flipped() throws {
        let folder = try TemporaryFolder()
        do {
            let ring = try open(folder)
            for number in 1...3 { ring.add(letter(number)) }
            ring.markReplayed([2], at: Instant(milliseconds: 9))
        }
        let whole = try folder.bytes(of: "dead-letters")
        for place in stride(from: 4096, to: 4096 + 3 * 192, by: 5) {
            var spoiled = whole
            spoiled[place] ^= 1 << UInt8(place % 8)
            try folder.write(spoiled, to: "dead-letters")
            let ring = try open(folder)
            let kept = ring.letters(limit: 9)
            #expect(kept.count >= 2, "byte \(place)")
            #expect(kept.allSatisfy { $0.letter == letter(Int($0.number)) }, "byte \(place)")
            #expect(kept.allSatisfy { $0.replayed == nil || $0.number == 2 }, "byte \(place)")
        }
    }

    @Test("a payload that is itself a record of another ring is a payload")
    func forged() throws {
        let folder = try TemporaryFolder()
        let ring = try open(folder)
        let forged = try #require(LetterRecord.bytes(letter(99), number: 99, replayed: nil, seed: 1))
        // Wherever it falls, one of these begins at a multiple of 64.
        for shift in 0..<64 {
            ring.add(letter(shift + 1, payload: [UInt8](repeating: 0, count: shift) + forged))
        }
        ring.add(letter(65))
        let again = try open(folder)
        #expect(again.letters(limit: 100).allSatisfy { $0.number <= 65 })
        #expect(again.letters(limit: 1).map(\.number) == [65])
    }

    @Test("another size keeps the newest that fit; a file that is none begins anew and says so")
    func resized() throws {
        let folder = try TemporaryFolder()
        do {
            let ring = try open(folder, bytes: 4 * Self.bytes)
            for number in 1...50 { ring.add(letter(number, payload: [UInt8](repeating: 0x43, count: 4000))) }
            ring.markReplayed([50], at: Instant(milliseconds: 3))
        }
        do {
            let small = try open(folder)
            let kept = small.letters(limit: 100)
            #expect(kept.first?.number == 50 && kept.first?.replayed == Instant(milliseconds: 3))
            #expect(kept.count == 14 && kept.last?.number == 37)
            #expect(small.next == 51)
        }
        #expect(try folder.bytes(of: "dead-letters").count == Self.bytes)
        try folder.write(Array("nothing of ours".utf8), to: "dead-letters")
        let anew = try open(folder)
        #expect(anew.note?.contains("begins anew") == true)
        #expect(anew.letters(limit: 10).isEmpty && anew.next == 1)
    }

    @Test("a folder that is not there is one clear failure")
    func absent() throws {
        do throws(LetterRingFailure) {
            _ = try DeadLetterRing(path: "/proc/tsunagi/dead-letters", bytes: Self.bytes)
            Issue.record("opened")
        } catch {
            #expect(error.description.contains("/proc/tsunagi/dead-letters"), "\(error)")
        }
    }
}
