import Codec
import Readings
import Testing

/// A rollup page and what is in it, by series.
struct RollupSample {
    var bytes: [UInt8] = []
    var starts: [[Int64]] = []
    /// Columns 0 count, 1 first stamp − start, 2 last stamp − start, as they were given.
    var integers: [[UInt8: [Int64]]] = []
    /// Columns 3 low, 4 high, 5 first, 6 last, 7 sum.
    var values: [[UInt8: [UInt64]]] = []
}

/// Buckets of a few random series; sometimes columns are left out or hints are wrong.
func randomRollup(using random: inout SeededRandom) -> RollupSample {
    var sample = RollupSample()
    var encoder = RollupEncoder()
    let all = Stamping.minutes.instants(
        Int.random(in: 1...300, using: &random),
        from: 1_700_000_040_000,
        using: &random
    )
    for id in 0..<Int.random(in: 1...6, using: &random) {
        let isSparse = Bool.random(using: &random)
        var starts = all.filter { _ in !isSparse || Bool.random(using: &random) }
        if starts.isEmpty { starts = [all[0]] }
        let history = History.allCases.randomElement(using: &random) ?? .constant
        var integers: [UInt8: [Int64]] = [:]
        var values: [UInt8: [UInt64]] = [:]
        for start in starts {
            var bucket = Bucket(start: Instant(milliseconds: start), widthMs: 60_000)
            for bits in history.bits(Int.random(in: 1...6, using: &random), using: &random) {
                let at = bucket.start.advanced(byMs: Int64.random(in: 0..<60_000, using: &random))
                bucket.fold(Double(bitPattern: bits), at: at)
            }
            integers[0, default: []].append(Int64(bucket.count))
            integers[1, default: []].append(bucket.firstAt.milliseconds - start)
            integers[2, default: []].append(bucket.lastAt.milliseconds - start)
            values[3, default: []].append(bucket.low.bitPattern)
            values[4, default: []].append(bucket.high.bitPattern)
            values[5, default: []].append(bucket.first.bitPattern)
            values[6, default: []].append(bucket.last.bitPattern)
            values[7, default: []].append(bucket.sum.bitPattern)
        }
        let hints: [UInt8: RollupExpectation] = [
            4: .near(3), 5: .middle(3, 4), 6: .near(5), 7: .sum(count: 0, low: 3, high: 4),
        ]
        let hasHints = Bool.random(using: &random)
        encoder.add(series: UInt32(id * 7), starts: starts.span)
        for column in UInt8(0)...7 {
            if let cells = integers[column] { encoder.put(column: column, integers: cells.span) }
            if let cells = values[column] {
                let hint = hasHints ? hints[column] ?? .nothing : .nothing
                encoder.put(column: column, values: cells.span, expecting: hint)
            }
        }
        sample.starts.append(starts)
        sample.integers.append(integers)
        sample.values.append(values)
    }
    var writer = ByteWriter()
    encoder.finish(into: &writer)
    sample.bytes = writer.bytes
    return sample
}

@Suite("pages of buckets")
struct RollupTests {
    @Test("give every column back bit for bit, in any order", arguments: 0..<200 as Range<UInt64>)
    func randomRollups(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let sample = randomRollup(using: &random)
        let page = sample.bytes.span
        var decoder = RollupDecoder()
        try decoder.open(page)
        #expect(decoder.entries.count == sample.starts.count)
        for series in sample.starts.indices {
            let id = UInt32(series * 7)
            guard let index = decoder.index(of: id) else {
                Issue.record("series \(id) is missing, seed \(seed)")
                continue
            }
            for column in (UInt8(0)...8).shuffled(using: &random) {
                var integers: [Int64] = []
                let isInteger = try decoder.integers(column, at: index, from: page, into: &integers)
                #expect(isInteger == (column <= 2))
                #expect(integers == sample.integers[series][column] ?? [], "seed \(seed) column \(column)")
                var values: [UInt64] = []
                let isValue = try decoder.values(column, at: index, from: page, into: &values)
                #expect(isValue == (3...7 ~= column))
                #expect(values == sample.values[series][column] ?? [], "seed \(seed) column \(column)")
            }
            var starts: [Int64] = []
            try decoder.starts(at: index, from: page, into: &starts)
            #expect(starts == sample.starts[series])
        }
        #expect(decoder.index(of: 1) == nil)
    }

    @Test("spend nothing on counts that are always the same")
    func constantCounts() {
        let starts = (0..<1440).map { Int64($0) * 60_000 }
        func bytes(_ columns: [[Int64]]) -> Int {
            var encoder = RollupEncoder()
            encoder.add(series: 1, starts: starts.span)
            for (number, column) in columns.enumerated() {
                encoder.put(column: UInt8(number), integers: column.span)
            }
            var writer = ByteWriter()
            encoder.finish(into: &writer)
            return writer.count
        }
        let six = [Int64](repeating: 6, count: 1440)
        // Its number, form, length, head and value.
        #expect(bytes([six, six]) - bytes([six]) <= 5)
    }

    @Test("may differ in their columns from series to series")
    func shapes() throws {
        var encoder = RollupEncoder()
        let starts: [Int64] = [0, 60_000]
        let halves = [1.5, 2.5].map(\.bitPattern)
        let ones: [Int64] = [1, 2]
        let ends: [Int64] = [-1, .max]
        let threes: [Int64] = [3, 4]
        encoder.add(series: 1, starts: starts.span)
        encoder.put(column: 40, integers: ones.span)
        encoder.add(series: 2, starts: starts.span)
        encoder.put(column: 0, values: halves.span)
        encoder.put(column: 200, integers: ends.span)
        encoder.add(series: 3, starts: starts.span)
        encoder.put(column: 40, integers: threes.span)
        var writer = ByteWriter()
        encoder.finish(into: &writer)
        var decoder = RollupDecoder()
        try decoder.open(writer.bytes.span)
        var integers: [Int64] = []
        for (index, column) in [(0, 40), (1, 200), (2, 40)] {
            let isThere = try decoder.integers(
                UInt8(column),
                at: index,
                from: writer.bytes.span,
                into: &integers
            )
            #expect(isThere)
        }
        #expect(integers == [1, 2, -1, .max, 3, 4])
    }
}
