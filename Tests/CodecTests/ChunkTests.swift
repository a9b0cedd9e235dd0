import Readings
import Testing

@testable import Codec

@Suite("chunks")
struct ChunkTests {
    /// Every kind of Double that ever hurt a time-series store.
    static let nasty: [Double] = [
        0, -0.0, 1, -1, 0.1, 0.2, 0.1 + 0.2, 1e-300, 1e300, .infinity, -.infinity, .nan, .signalingNaN,
        Double(bitPattern: 0x7FF8_0000_0000_0001), Double(bitPattern: 0xFFF0_0000_0000_0001),
        .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
        9_007_199_254_740_992, 9_007_199_254_740_994, -9_007_199_254_740_992, 123456.789, 21.5, 1.0 / 3, .pi,
    ]

    private func expectRoundTrip(_ columns: SampleColumns, _ note: String) throws {
        var writer = ByteWriter()
        ChunkCodec.encode(columns, into: &writer)
        let decoded = try ChunkCodec.decode(writer.bytes, count: columns.count)
        #expect(decoded == columns, "\(note)")
    }

    private func number(_ value: Double, at instant: Int64, quality: Quality = .good) -> PackedSample {
        PackedSample(Sample(instant: Instant(milliseconds: instant), value: .number(value), quality: quality))
    }

    @Test("keep every Double bit for bit")
    func nastyDoubles() throws {
        var columns = SampleColumns()
        for (index, value) in Self.nasty.enumerated() {
            columns.append(number(value, at: Int64(index) * 1000))
        }
        try expectRoundTrip(columns, "all")
        for value in Self.nasty {
            for other in Self.nasty {
                var pair = SampleColumns()
                pair.append(number(value, at: 5))
                pair.append(number(other, at: 5))
                try expectRoundTrip(pair, "\(value) then \(other)")
            }
        }
    }

    @Test("keep random histories of every kind", arguments: 0..<200 as Range<UInt64>)
    func randomHistories(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...ChunkCodec.samplesMax, using: &random)
        var instant = Int64.random(in: -1_000_000_000_000...2_000_000_000_000, using: &random)
        var level = Double(Int.random(in: -1000...1000, using: &random)) / 10
        let style = Int.random(in: 0..<7, using: &random)
        var columns = SampleColumns()
        for _ in 0..<count {
            instant += style == 0 ? 10_000 : Int64.random(in: 0...(style == 1 ? 3 : 100_000), using: &random)
            var value = Scalar.number(level)
            switch style {
            case 0: level = (level * 10 + Double(Int.random(in: -3...3, using: &random))).rounded() / 10
            case 1: level += 1
            case 2: level = Double(bitPattern: random.next())
            case 3: level = Double.random(in: -1...1, using: &random)
            case 4: value = .flag(Bool.random(using: &random))
            case 5: value = .text(TextID(index: UInt32.random(in: 0..<5, using: &random)))
            default: level = Self.nasty.randomElement(using: &random) ?? 0
            }
            if Int.random(in: 0..<20, using: &random) == 0 { value = .absent }
            let sample = Sample(
                instant: Instant(milliseconds: instant),
                value: value,
                quality: Quality(rawValue: UInt8.random(in: 0...3, using: &random)) ?? .good,
                timeSource: Bool.random(using: &random) ? .source : .arrival
            )
            let packed = PackedSample(sample)
            if case .number(let number) = value, number.isNaN {} else { #expect(packed.sample == sample) }
            columns.append(packed)
        }
        try expectRoundTrip(columns, "seed \(seed)")
    }

    @Test("keep stamps at the ends of time")
    func endsOfTime() throws {
        var columns = SampleColumns()
        for instant in [Int64.min, .min + 1, -1, 0, 0, 1, .max - 1, .max] {
            columns.append(number(1, at: instant))
        }
        try expectRoundTrip(columns, "ends")
    }

    @Test("of an even clock and tenths of a degree are small")
    func small() {
        var columns = SampleColumns()
        for index in 0..<1024 {
            columns.append(number(Double(200 + index % 7) / 10, at: Int64(index) * 10_000))
        }
        var writer = ByteWriter()
        ChunkCodec.encode(columns, into: &writer)
        // 3 bits a value.
        #expect(writer.count < 450)
    }

    @Test("that are spoiled throw or give something, but never crash", arguments: 0..<300 as Range<UInt64>)
    func spoiled(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var columns = SampleColumns()
        for index in 0..<50 { columns.append(number(Self.nasty[index % Self.nasty.count], at: Int64(index))) }
        var writer = ByteWriter()
        ChunkCodec.encode(columns, into: &writer)
        var bytes = writer.bytes
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
        let count = Int.random(in: 0...2000, using: &random)
        if let decoded = try? ChunkCodec.decode(bytes, count: count) { #expect(decoded.count == count) }
        let noise = (0..<Int.random(in: 0...100, using: &random)).map { _ in
            UInt8(truncatingIfNeeded: random.next())
        }
        _ = try? ChunkCodec.decode(noise, count: Int.random(in: 1...1024, using: &random))
        _ = try? BucketCodec.decode(noise, count: Int.random(in: 1...1024, using: &random), widthMs: 60_000)
    }

    @Test("of minutes come back bit for bit")
    func buckets() throws {
        var random = SeededRandom(seed: 9)
        var buckets: [Bucket] = []
        for index in 0..<300 {
            var bucket = Bucket(start: Instant(milliseconds: Int64(index) * 60_000), widthMs: 60_000)
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let at = bucket.start.advanced(byMs: Int64.random(in: 0..<60_000, using: &random))
                bucket.fold(Double(Int.random(in: -500...500, using: &random)) / 10, at: at)
            }
            buckets.append(bucket)
        }
        var writer = ByteWriter()
        BucketCodec.encode(buckets, into: &writer)
        #expect(try BucketCodec.decode(writer.bytes, count: buckets.count, widthMs: 60_000) == buckets)
    }
}
