import Codec
import Testing

/// Pages as they lie on disks already. A change here is a new format, and old stores must still be read.
@Suite("pages on disk")
struct GoldenPageTests {
    static let names = [
        "even tenths", "counter", "states", "sparse steps", "nasty", "floats", "eighths", "texts and absent",
        "two clocks", "sums",
    ]

    /// What each page holds; nothing in it is random.
    static func page(_ name: String) -> [PageSeries] {
        func series(_ id: UInt32, isNumeric: Bool = true, mark: UInt8 = 0, _ bits: [UInt64]) -> PageSeries {
            var columns = SampleColumns()
            columns.instants = bits.indices.map { 1_700_000_000_000 + Int64($0) * 10_000 }
            columns.bits = bits
            columns.marks = [UInt8](repeating: mark, count: bits.count)
            return PageSeries(id: id, isNumeric: isNumeric, columns: columns)
        }
        func values(_ count: Int, _ value: (Int) -> Double) -> [UInt64] {
            (0..<count).map { value($0).bitPattern }
        }
        switch name {
        case "even tenths": return [series(7, values(40) { Double(210 + $0 * $0 % 7) / 10 })]
        case "counter":
            var total = 0
            let bits = values(80) { index in
                total += index * 17 % 11
                return Double(total)
            }
            return [series(1, bits), series(2, bits)]
        case "states": return [series(0, values(60) { Double($0 / 17 % 3) })]
        case "sparse steps": return [series(300, values(90) { Double(500 - $0 / 13 * 7) })]
        case "nasty": return [series(.max, mark: 0x35, History.nastyDoubles.map(\.bitPattern))]
        case "floats": return [series(5, values(20) { Double(Float(1) / Float($0 + 3)) })]
        case "eighths": return [series(5, values(20) { Double($0 * $0 * 12345 % 8191) / 1_073_741_824 })]
        case "texts and absent":
            var page = [series(5, isNumeric: false, mark: 2, (0..<30).map { [900, 17, 4000][$0 * $0 % 3] })]
            page[0].columns.marks[4] = PackedSample.absent
            page[0].columns.bits[4] = 0
            return page
        case "two clocks":
            var page = (0..<3).map { id in series(UInt32(id), values(50) { Double($0 * id) }) }
            page[1].columns.instants = (0..<50).map { 1_700_000_000_000 + Int64($0 * $0 * 37) }
            page[2].columns.instants = (0..<50).map { (tick: Int) -> Int64 in
                1_700_000_000_000 + Int64(tick * tick * 37 + tick % 2)
            }
            return page
        default:
            var sum = 0.0
            return [
                series(
                    9,
                    values(30) { index in
                        sum += Double(index) / 10
                        return sum
                    }
                )
            ]
        }
    }

    static let golden: [String: String] = [
        "even tenths": """
        010100381501280b2280a0abfef962904e0200001109a403007b0005d9df9e959ba66b61082506a1
        04
        """,
        "counter": """
        010200082b002b01500b2280a0abfef962904e020000010a00007b000b42a2002ef28b258fd578a2
        82332a387365a24b2d259c36404a3dba32d069030d495a6001010a00007b000b42a2002ef28b258f
        d578a282332a387365a24b2d259c36404a3dba32d069030d495a6001
        """,
        "states": """
        010100000e013c0b2280a0abfef962904e0200000102000041fffffcffe7ff3ffe03
        """,
        "sparse steps": """
        010100e01213015a0b2280a0abfef962904e0200000122e807070001001000024000080001200000
        """,
        "nasty": """
        010135f8ffffff7ffe01011f0b2280a0abfef962904e020000000a00ffffffffffffffffff014000
        00000000000000000000000000f03f00000000000000009a9999999999c9ff00000000000010809a
        9999999999098025c0c58fec3ad241438207c51c7692fc648aff77c31bb881000000000000000000
        00000000000800000000000000fc7f0100000000000480000000000000f8ff000000000000108000
        00000000000000ffffffffffff0f00ffffffffffffdfff01000000000050430100000000000080ff
        ffffffffffffffc976be9f0c24befd37894160f35b377f5555555555d59f7fc3d7eefea5cc3380e8
        d2bbab04de16830000000000000000fcffffffffffffff04003426f56bec7f1656b378ba97c579
        """,
        "floats": """
        010100284001140b2280a0abfef962904e020000041d03d6aad5ea3feafd02543f14ce7f0ece589c
        84851db7168832878aedf0d675a539a054c08c82c4139bfae512670a50424aa681750ac141000024
        a4f4f703
        """,
        "eighths": """
        010100282601140b2280a0abfef962904e020000023c0900d2030d512f0094c45fd14ca34e92be6d
        9a21befa2a00605bc5d7a0c0cc2371246106
        """,
        "texts and absent": """
        0101022e14011e0b2280a0abfef962904e02000009040001080000000029880ef30601012c499204
        """,
        "two clocks": """
        01030000030101050102060300ca010bca0111ca01292280a0abfef962904e02002b80a0abfef962
        250201feffffffffff012b80a0abfef96202267b010afeffffffffff0148ae418fc59e0317ddce90
        98b73324e68989898989090100000102000200012200020200
        """,
        "sums": """
        010100480f011e0b2280a0abfef962904e020000190b0002000004000041d9fbef9f39
        """,
    ]

    @Test("are written as they always were, and read", arguments: names)
    func samples(name: String) throws {
        var encoder = PageEncoder()
        let page = Self.page(name)
        let bytes = encoded(page, by: &encoder)
        #expect(bytes == unhex(Self.golden[name] ?? ""), "\(name): \(hex(bytes))")
        let old = unhex(Self.golden[name] ?? "")
        var decoder = PageDecoder()
        try decoder.open(old.span)
        for series in page {
            var columns = SampleColumns()
            _ = try decoder.decode(series: series.id, from: old.span, into: &columns)
            #expect(columns == series.columns)
        }
    }

    static let rollup = """
        020104000003010402030704000304020c020f030800020f030801140c228091b0fef962e0d40302
        0000000c11090000044139acca93141094c30a15000a15090000010dab01000c11090000044139ac
        ca93141094c30a15000a15090000010dab01
        """

    @Test("of buckets too")
    func buckets() throws {
        let starts = (0..<20).map { 1_700_000_040_000 + Int64($0) * 60_000 }
        let counts = [Int64](repeating: 6, count: 20)
        func tenths(_ whole: Int) -> UInt64 { (Double(whole) / 10).bitPattern }
        let lows: [Int] = (0..<20).map { $0 * $0 % 13 }
        let low: [UInt64] = lows.map { tenths($0) }
        let high: [UInt64] = lows.map { tenths($0 + 5) }
        let sum: [UInt64] = lows.map { tenths($0 * 6 + 15 + $0 % 2) }
        var encoder = RollupEncoder()
        for id in UInt32(3)...4 {
            encoder.add(series: id, starts: starts.span)
            encoder.put(column: 0, integers: counts.span)
            encoder.put(column: 3, values: low.span)
            encoder.put(column: 4, values: high.span, expecting: .near(3))
            encoder.put(column: 7, values: sum.span, expecting: .sum(count: 0, low: 3, high: 4))
        }
        var writer = ByteWriter()
        encoder.finish(into: &writer)
        #expect(writer.bytes == unhex(Self.rollup), "\(hex(writer.bytes))")
        let old = unhex(Self.rollup)
        var decoder = RollupDecoder()
        try decoder.open(old.span)
        for (column, cells) in [(UInt8(3), low), (4, high), (7, sum)] {
            var values: [UInt64] = []
            _ = try decoder.values(column, at: 1, from: old.span, into: &values)
            #expect(values == cells)
        }
    }

    static let wide = """
        040a02c801020000020f0080d085b2f9620100040205070907070700808701000000e0d3b1521122
        e802070200112acc0304020177011122fe02070200112282030702001522e802070200
        """

    @Test("of buckets of few rows too")
    func wideBuckets() throws {
        let table = WideRollupTests.oneDay()
        var encoder = WideRollupEncoder()
        table.put(into: &encoder)
        var writer = ByteWriter()
        encoder.finish(into: &writer)
        #expect(writer.bytes == unhex(Self.wide), "\(hex(writer.bytes))")
        let old = unhex(Self.wide)
        var decoder = RollupDecoder()
        try decoder.open(old.span)
        for (column, cells) in table.values {
            var values: [UInt64] = []
            _ = try decoder.values(column, at: 7, from: old.span, into: &values)
            #expect(values == [cells[7]])
        }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func unhex(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
