import Testing

@testable import Codec

@Suite("columns of whole numbers")
struct NumberColumnTests {
    private func expectRoundTrip(_ numbers: [Int64], _ note: String) throws -> Int {
        var encoder = NumberEncoder()
        var sink = ByteSink(capacity: 0)
        unsafe numbers.withUnsafeBufferPointer { numbers in
            guard let base = numbers.baseAddress else { return }
            unsafe encoder.encode(base, count: numbers.count, into: &sink)
        }
        var decoder = NumberDecoder()
        var decoded = [Int64](repeating: 0, count: numbers.count)
        // Exactly as much memory as was written, so that reading past the end shows.
        let bytes = unsafe Array(UnsafeBufferPointer(start: sink.base, count: sink.count))
        let left = try unsafe bytes.withUnsafeBufferPointer { bytes throws in
            guard let base = bytes.baseAddress else { return -1 }
            var source = unsafe ByteSource(base, offset: 0, end: bytes.count)
            try unsafe decoded.withUnsafeMutableBufferPointer { decoded throws in
                guard let target = decoded.baseAddress else { return }
                try unsafe decoder.decode(count: decoded.count, from: &source, into: target)
            }
            return source.remaining
        }
        #expect(left == 0, "\(note)")
        #expect(decoded == numbers, "\(note)")
        return bytes.count
    }

    @Test("of every width come back", arguments: 0...64)
    func widths(width: Int) throws {
        var random = SeededRandom(seed: UInt64(width))
        for count in [1, 2, 9, 63, 64, 65, 129, 200, 1000] {
            let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
            let numbers = (0..<count).map { _ in Int64(bitPattern: random.next() & mask) }
            _ = try expectRoundTrip(numbers, "width \(width), \(count) numbers")
            // Now and then a spike, for rests that are continued.
            let spiked = numbers.map { number in
                Int.random(in: 0..<40, using: &random) == 0 ? Int64(bitPattern: random.next()) : number
            }
            _ = try expectRoundTrip(spiked, "width \(width), \(count) numbers, spiked")
        }
    }

    @Test("of every range come back in about the bits it has", arguments: 2...200)
    func ranges(range: Int) throws {
        var random = SeededRandom(seed: UInt64(range))
        let numbers = (0..<1000).map { _ in Int64.random(in: 0..<Int64(range), using: &random) }
        let bytes = try expectRoundTrip(numbers, "range \(range)")
        var bits = 0.0
        var power = 1.0
        // log2 by hand: how many halvings.
        while power * 2 <= Double(range) {
            power *= 2
            bits += 1
        }
        bits += Double(range) / power - 1
        #expect(Double(bytes) <= 16 + 1000 * (bits + 0.3) / 8, "range \(range)")
    }

    @Test("in units cost what they would without")
    func units() throws {
        var random = SeededRandom(seed: 4)
        let numbers = (0..<500).map { _ in Int64.random(in: 0...100, using: &random) }
        let plain = try expectRoundTrip(numbers, "plain")
        let scaled = try expectRoundTrip(numbers.map { $0 * 60_000 - 7 }, "in minutes")
        #expect(scaled <= plain + 8)
    }

    @Test("longer than a page's series come back too: a clock has up to 65,536 ticks")
    func long() throws {
        var random = SeededRandom(seed: 6)
        for spread: UInt64 in [10, 1_000_000, 1 << 60, .max] {
            let numbers = (0..<65_536).map { _ in Int64(bitPattern: random.next() % spread) }
            _ = try expectRoundTrip(numbers, "spread \(spread)")
        }
    }
}
