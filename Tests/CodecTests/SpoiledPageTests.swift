import Codec
import Testing

/// Reads whatever claims to be a page in every way there is. Must return, whatever the bytes are.
func exercise(page: [UInt8]) {
    var decoder = PageDecoder()
    if (try? decoder.open(page.span)) != nil {
        var columns = SampleColumns()
        for index in decoder.entries.indices {
            columns.removeAll()
            let count = decoder.entries[index].count
            if (try? decoder.decode(at: index, from: page.span, into: &columns)) != nil {
                precondition(columns.count == count, "a series must have what its entry says")
                precondition(
                    columns.bits.count == count && columns.marks.count == count,
                    "columns must match"
                )
            } else {
                precondition(columns.count == 0, "a series that throws must leave nothing behind")
            }
        }
    }
    exerciseRollup(page)
}

private func exerciseRollup(_ page: [UInt8]) {
    var decoder = RollupDecoder()
    guard (try? decoder.open(page.span)) != nil else { return }
    for index in decoder.entries.indices {
        var starts: [Int64] = []
        try? decoder.starts(at: index, from: page.span, into: &starts)
        precondition(starts.isEmpty || starts.count == decoder.entries[index].count, "starts must match")
        for column in UInt8(0)...10 {
            var integers: [Int64] = []
            var values: [UInt64] = []
            _ = try? decoder.integers(column, at: index, from: page.span, into: &integers)
            _ = try? decoder.values(column, at: index, from: page.span, into: &values)
            precondition(integers.isEmpty || values.isEmpty, "a column has one form")
        }
    }
}

@Suite("spoiled pages")
struct SpoiledPageTests {
    @Test("throw or give something, but never crash", arguments: 0..<400 as Range<UInt64>)
    func spoiled(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var encoder = PageEncoder()
        var bytes = encoded(randomPage(using: &random), by: &encoder)
        if seed % 3 == 0 { bytes = randomRollup(using: &random).bytes }
        if seed % 3 == 1 { bytes = randomWide(using: &random).bytes }
        for _ in 0..<20 {
            var worse = bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                // The head and the directory matter more than the bulk.
                let most = Bool.random(using: &random) ? worse.count : min(worse.count, 40)
                let place = Int.random(in: 0..<most, using: &random)
                worse[place] =
                    Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : worse[place] ^ 1 << UInt8.random(in: 0...7, using: &random)
            }
            exercise(page: worse)
        }
    }

    @Test("that end early throw when opened", arguments: 0..<40 as Range<UInt64>)
    func truncated(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var encoder = PageEncoder()
        let bytes = encoded(randomPage(using: &random), by: &encoder)
        for end in [0, 1, 2, 3, bytes.count - 1]
            + (0..<20).map({ _ in Int.random(in: 0..<bytes.count, using: &random) })
        {
            let short = Array(bytes[..<max(0, end)])
            var decoder = PageDecoder()
            var isRefused = false
            do throws(ByteReader.Failure) { try decoder.open(short.span) } catch { isRefused = true }
            #expect(isRefused, "seed \(seed), \(end) of \(bytes.count) bytes")
            #expect(decoder.entries.isEmpty)
            exercise(page: short)
        }
    }

    @Test("of buckets that end early throw when opened", arguments: 0..<40 as Range<UInt64>)
    func truncatedWide(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let (bytes, tables) = randomWide(using: &random)
        var ends = 0
        for end in bytes.indices {
            let short = Array(bytes[..<end])
            var decoder = RollupDecoder()
            if (try? decoder.open(short.span)) != nil { ends += 1 }
            exercise(page: short)
        }
        // What is left is a page only where one table ends and another begins.
        #expect(ends == tables.count - 1, "seed \(seed)")
    }

    @Test("of noise never crash", arguments: 0..<400 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            var bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            // Small numbers get farther into the reader.
            if seed % 2 == 0 { bytes = bytes.map { $0 % 8 } }
            if !bytes.isEmpty { bytes[0] = [1, 2, 4].randomElement(using: &random) ?? 1 }
            exercise(page: bytes)
        }
    }

    @Test("that claim more than a page may hold are refused before anything is taken for them")
    func claims() {
        // kind, series, mark; id 0, 1 byte; sets; ticks
        let tooManySeries: [UInt8] = [1, 0xFF, 0xFF, 0x7F, 0]
        let tooManyTicks: [UInt8] = [1, 1, 0, 0, 1, 1, 0xFF, 0xFF, 0x7F, 3, 0, 0, 0, 0, 0]
        let tooManySamples: [UInt8] = [1, 1, 0, 0, 2, 1, 0, 0x82, 0x80, 0x02, 2, 0, 0, 0, 0]
        for (bytes, expected) in [
            (tooManySeries, "1 … 4096"), (tooManyTicks, "0 … 65536"), (tooManySamples, "at most 4096"),
        ] {
            var decoder = PageDecoder()
            do throws(ByteReader.Failure) {
                try decoder.open(bytes.span)
                Issue.record("\(bytes) should not be a page")
            } catch {
                #expect(error.expected.contains(expected), "\(error)")
            }
        }
    }
}
