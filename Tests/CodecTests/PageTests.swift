import Codec
import Testing

/// The bytes of a page.
func encoded(_ page: [PageSeries], by encoder: inout PageEncoder) -> [UInt8] {
    for series in page {
        encoder.add(
            series: series.id,
            isNumeric: series.isNumeric,
            instants: series.columns.instants.span,
            bits: series.columns.bits.span,
            marks: series.columns.marks.span
        )
    }
    var writer = ByteWriter()
    encoder.finish(into: &writer)
    return writer.bytes
}

@Suite("pages of samples")
struct PageTests {
    private func expectRoundTrip(_ page: [PageSeries], _ note: String) throws {
        var encoder = PageEncoder()
        var decoder = PageDecoder()
        let bytes = encoded(page, by: &encoder)
        try decoder.open(bytes.span)
        let ids = decoder.entries.map(\.series)
        let counts = decoder.entries.map(\.count)
        #expect(ids == page.map(\.id), "\(note)")
        #expect(counts == page.map(\.columns.count), "\(note)")
        // Backwards, so that nothing hangs on the order.
        for series in page.reversed() {
            var columns = SampleColumns()
            let isThere = try decoder.decode(series: series.id, from: bytes.span, into: &columns)
            #expect(isThere, "\(note)")
            #expect(columns == series.columns, "\(note), series \(series.id)")
        }
        var none = SampleColumns()
        let strange = (page.last?.id ?? 0) &+ 1
        let isThere = try decoder.decode(series: strange, from: bytes.span, into: &none)
        #expect(!isThere && none.count == 0)
    }

    @Test("come back bit for bit, whatever is in them", arguments: 0..<600 as Range<UInt64>)
    func randomPages(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        try expectRoundTrip(randomPage(using: &random), "seed \(seed)")
    }

    @Test("keep every history at every length", arguments: History.allCases)
    func histories(history: History) throws {
        var random = SeededRandom(seed: 77)
        for count in [1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 66, 127, 128, 129, 130, 257, 720, 1025, 4096] {
            var columns = SampleColumns()
            columns.instants = Stamping.even.instants(count, from: 0, using: &random)
            columns.bits = history.bits(count, using: &random)
            columns.marks = [UInt8](repeating: 0, count: count)
            let series = PageSeries(id: 9, isNumeric: history.isNumeric, columns: columns)
            try expectRoundTrip([series], "\(history) × \(count)")
            try expectRoundTrip(
                [PageSeries(id: 0, isNumeric: !history.isNumeric, columns: columns)],
                "\(history) × \(count), taken for the other kind"
            )
        }
    }

    @Test("keep every pair of nasty Doubles")
    func nastyPairs() throws {
        for one in History.nastyDoubles {
            for two in History.nastyDoubles {
                var columns = SampleColumns()
                columns.instants = [.min, .max]
                columns.bits = [one.bitPattern, two.bitPattern]
                columns.marks = [0, 0]
                let series = PageSeries(id: .max, isNumeric: true, columns: columns)
                try expectRoundTrip([series], "\(one) then \(two)")
            }
        }
    }

    @Test("are the same whether the encoder is new or was used before")
    func reuse() throws {
        var random = SeededRandom(seed: 5)
        var used = PageEncoder()
        for _ in 0..<50 {
            let page = randomPage(using: &random)
            var fresh = PageEncoder()
            #expect(encoded(page, by: &used) == encoded(page, by: &fresh))
        }
    }

    @Test("of an even clock and plain values are small")
    func small() {
        var encoder = PageEncoder()
        var random = SeededRandom(seed: 3)
        func bytes(_ history: History) -> Int {
            var columns = SampleColumns()
            columns.instants = Stamping.even.instants(720, from: 1_700_000_000_000, using: &random)
            columns.bits = history.bits(720, using: &random)
            columns.marks = [UInt8](repeating: 0, count: 720)
            return encoded([PageSeries(id: 1, isNumeric: true, columns: columns)], by: &encoder).count
        }
        // Head, directory and clock are about 20 bytes; 39 different steps 5.33 bits each.
        #expect(bytes(.constant) < 30)
        #expect(bytes(.slowLine) < 40)
        #expect(bytes(.counter) < 515)
        #expect(bytes(.states) < 110)
        #expect(bytes(.tenths) < 360)
    }

    @Test("that share a clock pay for it once")
    func sharedClock() {
        var random = SeededRandom(seed: 8)
        let instants = Stamping.events.instants(500, from: 1_700_000_000_000, using: &random)
        func bytes(_ seriesCount: Int) -> Int {
            var encoder = PageEncoder()
            var columns = SampleColumns()
            columns.instants = instants
            columns.bits = [UInt64](repeating: 0, count: 500)
            columns.marks = [UInt8](repeating: 0, count: 500)
            let page = (0..<seriesCount).map {
                PageSeries(id: UInt32($0), isNumeric: true, columns: columns)
            }
            return encoded(page, by: &encoder).count
        }
        // A constant series on a known clock: id, length, form, head and value.
        #expect(bytes(10) - bytes(1) <= 9 * 5)
    }
}
