import Intake
import Readings
import Testing

@Suite struct UnitTests {
    @Test(
        "a unit is known by all its spellings",
        arguments: [
            ("℃", "Cel"), ("C", "Cel"), ("degC", "Cel"), ("ＭＰａ", "MPa"), ("㎏", "kg"), ("KGM", "kg"),
            ("個", "pcs"),
            ("PCE", "pcs"), ("unit:piece", "pcs"), ("kgf/cm²", "kgf/cm2"), ("m³/h", "m3/h"), ("％", "%"),
            ("㍑", "L"),
            ("PS", "PS"), ("K", "K"), ("count", "count"), (" kg ", "kg"), ("N・m", "N.m"), ("Nm3", "Nm3"),
            ("g", "g"),
            ("furlong", "furlong"), ("C62", "1"), ("度", "Cel"), ("µm", "um"), ("μm", "um"), ("回転/分", "rpm"),
        ]
    )
    func spelling(text: String, id: String) throws {
        let bench = try Bench(oneReading { $0.unit = Expression("$.u", fallback: "") })
        let reading = try #require(bench.batch("t/a", "{\"v\":1,\"u\":\"\(text)\"}").readings.first)
        #expect(bench.catalogue.series(reading.series).unit == id)
        #expect(bench.intake.status.unknownUnits == (id == "furlong" ? ["furlong"] : []))
    }

    @Test(
        "what even people cannot tell apart is refused, with the choices",
        arguments: ["G", "gal", "キロ", "1/s"]
    )
    func ambiguous(text: String) throws {
        let bench = try Bench(oneReading { $0.unit = Expression("$.u") })
        let lines = bench.lines("t/a", "{\"v\":1,\"u\":\"\(text)\"}")
        #expect(lines.count == 1 && lines[0].hasPrefix("!unit_ambiguous \(text): "), "\(lines)")
        #expect(Intake.check(oneReading { $0.unit = Expression(text) }).count == 1)
    }

    @Test(
        "conversion within a quantity is exact",
        arguments: [
            ("5.0", "kgf/cm²", "MPa", 0.4903325), ("25", "℃", "K", 298.15), ("68", "℉", "Cel", 20),
            ("3", "hPa", "kPa", 0.3), ("1", "dozen", "pcs", 12), ("1", "kWh", "J", 3_600_000),
            ("125750.25", "Wh", "kWh", 125.75025), ("1", "psi", "Pa", 6894.757293168362),
            ("180", "deg", "rad", 3.141592653589793), ("100", "m/min", "m/s", 1.6666666666666667),
        ] as [(String, String, String, Double)]
    )
    func conversion(value: String, from: String, to: String, wanted: Double) throws {
        let bench = try Bench(
            oneReading {
                $0.unit = Expression(from)
                $0.to = to
            }
        )
        let reading = try #require(bench.batch("t/a", "{\"v\":\(value)}").readings.first)
        let found = try #require(reading.value.number)
        #expect(abs(found - wanted) <= abs(wanted) * 2.3e-16, "\(found)")
    }

    @Test("a series has one unit: the same quantity is converted, another refused")
    func oneUnit() throws {
        let bench = try Bench(oneReading { $0.unit = Expression("$.u", fallback: "") })
        #expect(bench.lines("t/a", "{\"v\":1,\"u\":\"kg\"}") == ["m=1 kg"])
        #expect(bench.lines("t/a", "{\"v\":250,\"u\":\"g\"}") == ["m=0.25 kg"])
        #expect(bench.lines("t/a", "{\"v\":1,\"u\":\"m\"}") == ["!unit_mismatch a/m is in kg, and m came"])
        bench.now = bench.now.advanced(byMs: 61_000)
        #expect(bench.lines("t/a", "{\"v\":1}") == ["!unit_mismatch a/m is in kg, and no unit came"])
    }

    @Test("text in a series of numbers, and the reverse, is refused")
    func seriesType() throws {
        let bench = try Bench(oneReading())
        #expect(bench.lines("t/a", "{\"v\":1}") == ["m=1"])
        #expect(bench.lines("t/a", "{\"v\":\"x\"}") == ["!series_type m holds number, and text came"])
        #expect(bench.lines("t/b", "{\"v\":\"x\"}") == ["m=\"x\""])
        let other = try Bench(oneReading("u/{asset}"), catalogue: bench.catalogue)
        #expect(other.lines("u/b", "{\"v\":true}") == ["!series_type b/m holds text, and bool came"])
        #expect(bench.lines("t/b", "{\"v\":null}") == ["m=null"])
    }

    @Test("a full store costs the new series and not the old ones")
    func storeLimit() throws {
        let bench = try Bench(oneReading(), catalogue: Catalogue(seriesMax: 1))
        #expect(bench.lines("t/a", "{\"v\":1}") == ["m=1"])
        #expect(bench.lines("t/b", "{\"v\":1}") == ["!store_limit the store holds 1 series"])
        #expect(bench.lines("t/a", "{\"v\":2}") == ["m=2"])
    }
}
