import Testing

@testable import Codec

@Suite("drafts")
struct DraftPageTests {
    @Test(
        "give back what was put in, whatever the stamps, bits and marks",
        arguments: 0..<200 as Range<UInt64>
    )
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var encoder = DraftPageEncoder()
        var expected: [(UInt32, SampleColumns)] = []
        var series: UInt32 = 0
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            series += UInt32.random(in: 1...1000, using: &random)
            expected.append((series, columns(&random)))
            add(expected[expected.count - 1].1, of: series, to: &encoder)
        }
        var writer = ByteWriter()
        encoder.finish(into: &writer)
        var found: [(UInt32, SampleColumns)] = []
        try DraftPage.decode(writer.bytes.span) { (series, run) throws(ByteReader.Failure) in
            var columns = SampleColumns()
            run.append(to: &columns)
            #expect(copied(run) == columns, "seed \(seed)")
            found.append((series, columns))
        }
        #expect(found.map(\.0) == expected.map(\.0), "seed \(seed)")
        #expect(found.map(\.1) == expected.map(\.1), "seed \(seed)")
    }

    @Test("spoiled bytes throw or give something, and never crash", arguments: 0..<50 as Range<UInt64>)
    func spoiled(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var encoder = DraftPageEncoder()
        for series in 0..<5 as Range<UInt32> { add(columns(&random), of: series, to: &encoder) }
        var writer = ByteWriter()
        encoder.finish(into: &writer)
        let whole = writer.bytes
        for cut in 0..<min(whole.count, 400) { read(Array(whole[..<cut])) }
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255,
                    using: &random
                )
            }
            read(bytes)
        }
    }

    private func add(_ columns: SampleColumns, of series: UInt32, to encoder: inout DraftPageEncoder) {
        encoder.add(
            series: series,
            instants: columns.instants.span,
            bits: columns.bits.span,
            marks: columns.marks.span
        )
    }

    /// The samples as they come between others.
    private func copied(_ run: borrowing DraftRun) -> SampleColumns {
        var instants = [Int64](repeating: -1, count: run.count + 2)
        var bits = [UInt64](repeating: 1, count: run.count + 2)
        var marks = [UInt8](repeating: 2, count: run.count + 2)
        do {
            var instants = instants.mutableSpan
            var bits = bits.mutableSpan
            var marks = marks.mutableSpan
            run.copy(to: &instants, &bits, &marks, at: 1)
        }
        #expect(instants[0] == -1 && bits[0] == 1 && marks[0] == 2)
        #expect(instants.last == -1 && bits.last == 1 && marks.last == 2)
        var columns = SampleColumns()
        columns.instants = Array(instants[1...run.count])
        columns.bits = Array(bits[1...run.count])
        columns.marks = Array(marks[1...run.count])
        return columns
    }

    private func read(_ bytes: [UInt8]) {
        var sum = 0
        try? DraftPage.decode(bytes.span) { (_, run) throws(ByteReader.Failure) in
            var columns = SampleColumns()
            run.append(to: &columns)
            sum += columns.count
        }
        #expect(sum <= bytes.count * PageLimits.samples)
    }

    private func columns(_ random: inout SeededRandom) -> SampleColumns {
        var columns = SampleColumns()
        let count = Int.random(in: 1...60, using: &random)
        let isRegular = Bool.random(using: &random)
        let hasMarks = Bool.random(using: &random)
        let wide = Bool.random(using: &random)
        var instants = (0..<count).map { index in
            isRegular
                ? Int64(index) * 10_000 : Int64.random(in: wide ? .min ... .max : 0...500, using: &random)
        }
        instants.sort()
        for instant in instants {
            let bits: UInt64 =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: UInt64.random(in: 0 ... .max, using: &random)
                case 1: (-0.0).bitPattern
                default: Double(Int.random(in: 0...300, using: &random)).bitPattern
                }
            let mark: UInt8 = hasMarks ? .random(in: 0...31, using: &random) : 4
            columns.append(PackedSample(instant: instant, bits: bits, mark: mark))
        }
        return columns
    }
}
