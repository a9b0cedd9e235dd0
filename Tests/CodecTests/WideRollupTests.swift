import Codec
import Readings
import Testing

/// Columns of one kind of series of a wide page: numbers as the store keeps them, or whole numbers alone.
struct WideTable {
    var ids: [UInt32] = []
    var counts: [Int] = []
    /// Of all rows, series after series.
    var starts: [Int64] = []
    var integers: [UInt8: [Int64]] = [:]
    var values: [UInt8: [UInt64]] = [:]

    static let hints: [UInt8: RollupExpectation] = [
        4: .near(3), 5: .middle(3, 4), 6: .middle(3, 4), 7: .sum(count: 0, low: 3, high: 4),
    ]

    /// Where the rows of each series are.
    var parts: [Range<Int>] {
        var end = 0
        return counts.map { count in
            end += count
            return end - count..<end
        }
    }

    func put(into encoder: inout WideRollupEncoder, withHints: Bool = true) {
        encoder.add(series: ids.span, counts: counts.span, starts: starts.span)
        for column in UInt8(0)...UInt8.max {
            if let cells = integers[column] { encoder.put(column: column, integers: cells.span) }
            if let cells = values[column] {
                let hint = withHints ? WideTable.hints[column] ?? .nothing : .nothing
                encoder.put(column: column, values: cells.span, expecting: hint)
            }
        }
    }
}

/// Some series with few rows each, some with the columns that only some series need.
func randomTable(ids: [UInt32], isState: Bool, using random: inout SeededRandom) -> WideTable {
    var table = WideTable()
    table.ids = ids
    let most = [1, 1, 3, 24, 60].randomElement(using: &random) ?? 1
    let isEven = Bool.random(using: &random)
    let stamping: Stamping = Bool.random(using: &random) ? .minutes : .extremes
    let own = Int.random(in: 1...most, using: &random)
    let shared = stamping.instants(own, from: 1_700_000_040_000, using: &random)
    for _ in ids {
        let count = isEven ? own : Int.random(in: 1...most, using: &random)
        table.counts.append(count)
        table.starts +=
            isEven ? shared : stamping.instants(count, from: 1_700_000_040_000, using: &random)
    }
    func whole(_ range: ClosedRange<Int64>) -> [Int64] {
        table.starts.map { _ in Int64.random(in: range, using: &random) }
    }
    table.integers[0] = whole(1...6)
    table.integers[1] = whole(0...1)
    table.integers[2] = whole(0...59_999)
    for column in UInt8(3)...(isState ? 5 : 7) {
        if isState {
            table.integers[column] = whole(0...Int64(1) << Int64(column * 12))
            continue
        }
        // Every series has a history of its own.
        var cells: [UInt64] = []
        for count in table.counts {
            let history = History.allCases.randomElement(using: &random) ?? .constant
            cells += history.bits(count, using: &random)
        }
        table.values[column] = cells
    }
    if !isState && Bool.random(using: &random) {
        table.values[8] = table.starts.map { _ in Bool.random(using: &random) ? 0 : 12.5.bitPattern }
    }
    if !isState && Bool.random(using: &random) {
        table.integers[9] = whole(-1...1)
        table.integers[10] = whole(.min ... .max)
    }
    if Bool.random(using: &random) { table.integers[200] = whole(5...5) }
    return table
}

/// One table of numbers, sometimes one of states beside it, ids mixed.
func randomWide(using random: inout SeededRandom) -> (bytes: [UInt8], tables: [WideTable]) {
    var numbers: [UInt32] = []
    var states: [UInt32] = []
    let hasStates = Int.random(in: 0..<3, using: &random) == 0
    var id = UInt32.random(in: 0...(.max / 2), using: &random)
    for _ in 0..<([1, 2, 10, 60].randomElement(using: &random) ?? 1) {
        if hasStates && Bool.random(using: &random) { states.append(id) } else { numbers.append(id) }
        id += Bool.random(using: &random) ? 1 : UInt32.random(in: 1...100_000, using: &random)
    }
    var tables: [WideTable] = []
    if !numbers.isEmpty { tables.append(randomTable(ids: numbers, isState: false, using: &random)) }
    if !states.isEmpty { tables.append(randomTable(ids: states, isState: true, using: &random)) }
    var encoder = WideRollupEncoder()
    let withHints = Int.random(in: 0..<4, using: &random) > 0
    for table in tables { table.put(into: &encoder, withHints: withHints) }
    var writer = ByteWriter()
    encoder.finish(into: &writer)
    return (writer.bytes, tables)
}

@Suite("wide pages of buckets")
struct WideRollupTests {
    @Test("give every column back bit for bit, in any order", arguments: 0..<120 as Range<UInt64>)
    func randomTables(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (bytes, tables) = randomWide(using: &random)
        let page = bytes.span
        var decoder = RollupDecoder()
        try decoder.open(page)
        #expect(decoder.entries.map(\.series) == tables.flatMap(\.ids).sorted(), "seed \(seed)")
        for table in tables.shuffled(using: &random) {
            for (id, part) in zip(table.ids, table.parts).shuffled(using: &random) {
                guard let index = decoder.index(of: id) else {
                    Issue.record("series \(id) is missing, seed \(seed)")
                    continue
                }
                #expect(decoder.entries[index].count == part.count)
                for column in (UInt8(0)...11).shuffled(using: &random) + [200] {
                    var integers: [Int64] = []
                    let isInteger = try decoder.integers(column, at: index, from: page, into: &integers)
                    #expect(isInteger == (table.integers[column] != nil))
                    let whole = table.integers[column].map { Array($0[part]) } ?? []
                    #expect(integers == whole, "seed \(seed) series \(id) column \(column)")
                    var values: [UInt64] = []
                    let isValue = try decoder.values(column, at: index, from: page, into: &values)
                    #expect(isValue == (table.values[column] != nil))
                    let patterns = table.values[column].map { Array($0[part]) } ?? []
                    #expect(values == patterns, "seed \(seed) series \(id) column \(column)")
                }
                var starts: [Int64] = []
                try decoder.starts(at: index, from: page, into: &starts)
                #expect(starts == Array(table.starts[part]), "seed \(seed) series \(id)")
            }
        }
    }

    /// A day of ten series, one row each, as a device of temperatures leaves it.
    static func oneDay() -> WideTable {
        var table = WideTable()
        table.ids = Array(100..<110)
        table.counts = [Int](repeating: 1, count: 10)
        table.starts = [Int64](repeating: 1_699_920_000_000, count: 10)
        table.integers[0] = [Int64](repeating: 8640, count: 10)
        table.integers[1] = [Int64](repeating: 0, count: 10)
        table.integers[2] = [Int64](repeating: 86_390_000, count: 10)
        let low = (0..<10).map { 180 + $0 * 7 }
        let high = low.enumerated().map { $1 + 50 + $0 % 4 }
        func tenths(_ numbers: [Int]) -> [UInt64] { numbers.map { (Double($0) / 10).bitPattern } }
        table.values[3] = tenths(low)
        table.values[4] = tenths(high)
        table.values[5] = tenths(low.map { $0 + 11 })
        table.values[6] = tenths(low.map { $0 + 13 })
        table.values[7] = tenths(zip(low, high).map { ($0 + $1) * 4320 + $0 })
        return table
    }

    @Test("take few bytes where each series has one row")
    func oneRow() {
        let table = Self.oneDay()
        var wide = WideRollupEncoder()
        table.put(into: &wide)
        var page = ByteWriter()
        wide.finish(into: &page)
        var narrow = RollupEncoder()
        for (row, id) in table.ids.enumerated() {
            narrow.add(series: id, starts: table.starts.span.extracting(row..<row + 1))
            for column in UInt8(0)...7 {
                if let cells = table.integers[column] {
                    narrow.put(column: column, integers: cells.span.extracting(row..<row + 1))
                }
                if let cells = table.values[column] {
                    let cell = cells.span.extracting(row..<row + 1)
                    narrow.put(column: column, values: cell, expecting: WideTable.hints[column] ?? .nothing)
                }
            }
        }
        var other = ByteWriter()
        narrow.finish(into: &other)
        // Ten rows of 8 columns; column by column of each series they would be four times as long.
        #expect(page.count <= 100, "\(page.count) bytes")
        #expect(page.count * 4 < other.count, "\(page.count) and \(other.count) bytes")
    }

    @Test("spend nothing on columns that are the same in all series")
    func constantColumns() {
        var table = Self.oneDay()
        func bytes() -> Int {
            var encoder = WideRollupEncoder()
            table.put(into: &encoder)
            var writer = ByteWriter()
            encoder.finish(into: &writer)
            return writer.count
        }
        let before = bytes()
        table.integers[8] = [Int64](repeating: 6, count: 10)
        // Its form, length, head and value.
        #expect(bytes() - before <= 4)
    }

    @Test("begin anew with every page")
    func again() {
        var encoder = WideRollupEncoder()
        var pages: [[UInt8]] = []
        for _ in 0..<2 {
            Self.oneDay().put(into: &encoder)
            var writer = ByteWriter()
            encoder.finish(into: &writer)
            pages.append(writer.bytes)
            Self.oneDay().put(into: &encoder)
            encoder.removeAll()
        }
        #expect(pages[0] == pages[1])
    }

    @Test("that claim more than a page may hold are refused before anything is taken for them")
    func claims() {
        // kind, series, ids, counts, starts, shape, columns
        let tooManySeries: [UInt8] = [4, 0xFF, 0x7F, 0, 2]
        let tooManyRows: [UInt8] = [4, 1, 0, 2, 0, 0x82, 0x80, 0x01, 4, 0, 2]
        let sixtyFiveColumns: [UInt8] = [4, 1, 0, 2, 0, 2, 4, 0, 2, 0, 65, 0]
        let unknownShape: [UInt8] = [4, 1, 0, 2, 0, 2, 4, 0, 2, 9, 1, 0]
        let noRows: [UInt8] = [4, 1, 0, 2, 0, 0, 4, 0, 2, 0, 1, 0, 2, 0, 2]
        let twice: [UInt8] = [1, 0, 2, 0, 2, 4, 0, 2, 0, 1, 0, 2, 0, 2]
        let unevenShared: [UInt8] = [4, 2, 1, 0, 2, 2, 4, 1, 2, 1, 2, 4, 5, 0, 2, 0, 1, 0, 2, 0, 2]
        for (bytes, expected) in [
            (tooManySeries, "1 … 4096"), (tooManyRows, "1 … 4096 rows"), (sixtyFiveColumns, "1 … 64"),
            (unknownShape, "0 … 2"), (noRows, "1 … 4096 rows"), ([4] + twice + twice, "one table"),
            (unevenShared, ""),
        ] {
            var decoder = RollupDecoder()
            do throws(ByteReader.Failure) {
                try decoder.open(bytes.span)
                Issue.record("\(bytes) should not be a page")
            } catch {
                #expect(error.expected.contains(expected) || expected.isEmpty, "\(error)")
            }
            #expect(decoder.entries.isEmpty)
        }
        var decoder = RollupDecoder()
        #expect(throws: Never.self) { try decoder.open(([4] + twice).span) }
    }

    @Test("name rows of all series together only as far as a page may hold them")
    func tooManyRowsTogether() {
        // 17 series of 4096 rows: 69,632 rows of one constant column, in 20 bytes.
        let bytes: [UInt8] = [4, 17, 2 | 1 << 3, 0, 2, 0, 0, 0x80, 0x40, 4, 0, 2, 0, 1, 0, 2, 0, 2]
        var decoder = RollupDecoder()
        do throws(ByteReader.Failure) {
            try decoder.open(bytes.span)
            Issue.record("that should not be a page")
        } catch {
            #expect(error.expected == "at most 65536 rows")
        }
    }
}
