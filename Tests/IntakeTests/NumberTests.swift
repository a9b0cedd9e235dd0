import Intake
import Readings
import Testing

@Suite struct NumberTests {
    /// The one number that a payload comes to.
    private func number(_ payload: String, _ change: (inout ReadingOptions) -> Void = { _ in }) throws
        -> Double?
    {
        let bench = try Bench(oneReading { change(&$0) })
        return bench.batch("t/a", payload).readings.first?.value.number
    }

    @Test(
        "scale and offset are exact and rounded once",
        arguments: [
            ("3", "0.1", "0", 0.3), ("235", "0.1", "0", 23.5), ("0.7", "0.1", "0", 0.07),
            ("6350.0", "2/25", "-28", 480), ("1", "1/3", "0", 1.0 / 3), ("20", "9/5", "32", 68),
            ("1e3", "1e-3", "0", 1), ("123456789.123456789", "1000", "0", 123_456_789_123.456789),
            ("-1.005", "100", "0", -100.5), ("0.1", "3", "0.2", 0.5),
            ("0.30000000000000004", "10", "0", 3.0000000000000004),
        ] as [(String, String, String, Double)]
    )
    func scale(value: String, scale: String, offset: String, wanted: Double) throws {
        let found = try number("{\"v\":\(value)}") {
            $0.scale = Expression(scale)
            $0.offset = offset
        }
        #expect(found == wanted)
    }

    @Test("digits are read as the C library reads them, seed 7")
    func digits() throws {
        var generator = Seeded(7)
        let bench = try Bench(oneReading())
        for _ in 0..<2000 {
            let whole = String(generator.next() >> UInt64.random(in: 0...63, using: &generator))
            let fraction = Bool.random(using: &generator) ? ".\(generator.next() % 1_000_000_007)" : ""
            let exponent =
                Bool.random(using: &generator) ? "e\(Int.random(in: -30...30, using: &generator))" : ""
            let text = whole + fraction + exponent
            let found = bench.batch("t/a", "{\"v\":\(text)}").readings.first?.value.number
            #expect(found == Double(text), "\(text)")
        }
    }

    @Test("a scale of 1/3 and back lands on the nearest double, seed 8")
    func ratios() throws {
        var generator = Seeded(8)
        for _ in 0..<300 {
            let above = Int.random(in: 1...999_999_999_999, using: &generator)
            let below = Int.random(in: 1...999_999_999_999, using: &generator)
            let found = try number("{\"v\":1}") { $0.scale = Expression("\(above)/\(below)") }
            #expect(found == Double(above) / Double(below))
        }
    }

    @Test(
        "numbers from text: full width, thousands commas, the sign apart",
        arguments: [
            ("12.5", 12.5), (" 12 ", 12), ("１２．５", 12.5), ("1,013", 1013), ("1,234,567.5", 1_234_567.5),
            ("+  12.345", 12.345), ("- 3", -3), ("−7", -7), ("，", nil), ("1,01", nil), ("1013,", nil),
            ("1 013", nil), ("12a", nil), ("", nil), (".5", 0.5), ("5.", 5), ("1.2.3", nil),
            ("1234,567", nil),
            ("0000000000000000000000012.50", 12.5), ("0.00000000000000000000125", 1.25e-21),
            ("0x10", nil), ("nan", nil), ("inf", nil), ("1e3", 1000), ("1,000e2", 100_000),
        ] as [(String, Double?)]
    )
    func fromText(text: String, wanted: Double?) throws {
        let bench = try Bench(oneReading { $0.type = .number })
        let batch = bench.batch("t/a", "{\"v\":\"\(text)\"}")
        #expect(batch.readings.first?.value.number == wanted)
        if wanted == nil { #expect(batch.deadLetters.map(\.reason) == [.type]) }
    }

    @Test("1e400 costs one reading and not its neighbours")
    func tooLarge() throws {
        var options = oneReading()
        var second = ReadingOptions()
        second.metric = "w"
        second.value = Expression("$.w")
        options.rules[0].readings.append(second)
        let bench = try Bench(options)
        #expect(
            bench.lines("t/a", "{\"v\":1e400,\"w\":2}") == ["w=2", "!type not a finite number: 1e400"]
        )
    }

    @Test("rounding goes half away from zero, by the digits")
    func rounding() throws {
        for (text, wanted) in [
            ("2.675", 2.68), ("-2.675", -2.68), ("1.005", 1.01), ("0.125", 0.13), ("9.995", 10),
        ] {
            #expect(try number("{\"v\":\(text)}") { $0.round = 2 } == wanted)
        }
    }

    @Test("outside of its range a value is kept and bad")
    func range() throws {
        let bench = try Bench(oneReading { $0.range = 0...50 })
        #expect(bench.lines("t/a", "{\"v\":51}") == ["m=51 bad"])
        #expect(bench.lines("t/a", "{\"v\":50}") == ["m=50"])
    }

    @Test("a scale may come from the payload, and a text there is refused")
    func dynamicScale() throws {
        let bench = try Bench(oneReading { $0.scale = Expression("$.k") })
        #expect(bench.lines("t/a", "{\"v\":3,\"k\":0.1}") == ["m=0.3"])
        #expect(bench.lines("t/a", "{\"v\":3,\"k\":\"2/3\"}") == ["m=2"])
        #expect(bench.lines("t/a", "{\"v\":3,\"k\":\"x\"}") == ["!type not a scale: x"])
        #expect(bench.lines("t/a", "{\"v\":3}") == ["!path_missing $.k"])
    }
}

/// The same numbers in every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
