import Disclosure
import Readings
import Sharing
import Testing

/// Releases of many shapes, each against every field of its table.
@Suite("Releases hold to the field tables")
struct FormatModelTests {
    struct Case: CustomTestStringConvertible {
        let form: FeedForm
        let measure: Measure
        let kind: DocumentKind
        let units: [String]
        var aggregates: [Aggregate] = []
        var testDescription: String { "\(form.rawValue) \(measure.rawValue)" }
    }

    static let cases = [
        Case(
            form: .catenax,
            measure: .stock,
            kind: .itemStock,
            units: ["pcs", "kg", "mm", "box", "t", "pair", ""]
        ),
        Case(form: .catenax, measure: .daysOfSupply, kind: .daysOfSupply, units: ["d"]),
        Case(
            form: .catenax,
            measure: .plannedOutput,
            kind: .plannedOutput,
            units: ["pcs", "dozen", "L", "roll"]
        ),
        Case(
            form: .epcis,
            measure: .stock,
            kind: .epcis,
            units: ["pcs", "kg", "set", "m2", "box", "ton_us"]
        ),
        Case(form: .epcis, measure: .output, kind: .epcis, units: ["pcs", "shot"]),
        Case(form: .epcis, measure: .energy, kind: .epcis, units: ["kWh", "MJ"]),
        Case(form: .epcis, measure: .oee, kind: .epcis, units: ["%"]),
        Case(
            form: .epcis,
            measure: .process,
            kind: .epcis,
            units: ["Cel", "rpm", "uA", "%RH", "pH", "N.m", "MPa"],
            aggregates: Aggregate.allCases
        ),
    ]

    static let numbers: [[Double]] = [
        [], [0], [400], [-7], [12.5], [1, 0, 250], [0.1 + 0.2], [1e300], [1e-300], [-1e300],
        [9_007_199_254_740_992],
        [1.2345678901234567e-300], [-0.0], [181.5, -40, 3],
    ]
    static let instants: [Int64] = [
        0, 951_782_400_000, 1_764_547_200_000, 253_370_764_740_000, -62_100_000_000_000,
    ]
    static let offsets = [32_400, 0, -34_200, 50_400, 20_700, 33_539, 86_400]

    /// One release, and where it is not what it must be.
    private func faults(
        _ bench: FeedBench,
        _ shape: FeedShape,
        _ values: [Release.Value],
        at start: Int64,
        _ kind: DocumentKind
    ) throws -> (faults: [String], bytes: Int, isWithheld: Bool) {
        let instant = Instant(milliseconds: start)
        let message = try #require(bench.published(values, at: instant, shape)).0
        let written = try Written(message.payload)
        var event = written
        if bench.grant.carriage == .properties {
            var members: [String: Written] = ["datacontenttype": .text(message.contentType), "data": written]
            for attribute in message.attributes { members[attribute.name] = .text(attribute.value) }
            event = .object(members)
        }
        let isWithheld = event["type"] == .text("io.tsunagi.share.withheld.v1")
        let found = (isWithheld ? .withheld : kind).faults(event: event)
        let id = "\(bench.agreement.id)/\(bench.grant.id)/\(instant.iso8601)"
        return (found + (event["id"] == .text(id) ? [] : ["id is not \(id)"]), message.wireBytes, isWithheld)
    }

    /// Grants of one kind: each aggregate, coarse and fine, to customers and suppliers, one site and two.
    private func benches(_ one: Case) -> [FeedBench] {
        let items: [String] = one.form == .epcis ? ["ボルト-M8", "ナット \"M8\""] : ["ボルト-M8"]
        var benches: [FeedBench] = []
        for aggregate in one.aggregates.isEmpty ? [one.measure.aggregates[0]] : one.aggregates {
            for (round, precision) in [Precision.exact, .round(base: 10), .round(base: 0.5)].enumerated() {
                for mode in round == 0 ? EventMode.allCases : [.properties] {
                    var bench = FeedBench(
                        one.form,
                        one.measure,
                        mode,
                        products: one.measure.subject == .machine ? ["プレス 1", "炉/2", "m-3"] : items,
                        sites: round == 0 ? ["ota"] : ["ota", "神戸"],
                        aggregate: aggregate,
                        precision: precision,
                        relationship: round == 1 && one.measure != .plannedOutput ? .supplier : .customer,
                        bucket: round == 2 ? .day : .minute
                    )
                    bench.offsetSeconds =
                        FormatModelTests.offsets[benches.count % FormatModelTests.offsets.count]
                    benches.append(bench)
                }
            }
        }
        return benches
    }

    @Test("every field of every release, and all releases of a grant as long", arguments: cases)
    func everyField(case one: Case) throws {
        var (released, withheld) = (0, 0)
        for bench in benches(one) {
            let shape = try #require(bench.shape)
            let name =
                "\(bench.grant.precision) \(bench.grant.aggregate) \(String(describing: bench.grant.carriage))"
            var lengths: Set<Int> = []
            for unit in one.units {
                for (turn, numbers) in FormatModelTests.numbers.enumerated() {
                    let start = FormatModelTests.instants[turn % FormatModelTests.instants.count]
                    let values = bench.values(numbers, unit: unit)
                    let (faults, bytes, isWithheld) = try faults(bench, shape, values, at: start, one.kind)
                    #expect(faults == [], "\(numbers) \(unit) \(name)")
                    lengths.insert(bytes)
                    if isWithheld { withheld += 1 } else { released += 1 }
                }
            }
            #expect(lengths.count == 1, "\(lengths) \(name)")
        }
        #expect(released > 30 && withheld > 3, "\(released) and \(withheld)")
    }

    @Test("tsunagi's own form says the same, in an envelope or without one", arguments: Measure.allCases)
    func own(measure: Measure) throws {
        for mode in [nil, EventMode.structured, .properties] {
            for precision in [Precision.exact, .round(base: 10), .band(edges: [0, 100.5])] {
                let bench = FeedBench(
                    .tsunagi,
                    measure,
                    mode,
                    products: ["ボルト-M8", "座金\t{\"}"],
                    sites: ["ota", "神戸"],
                    precision: precision
                )
                var lengths: Set<Int> = []
                for numbers in FormatModelTests.numbers {
                    let message = try #require(bench.published(bench.values(numbers, unit: "pcs"))).0
                    let written = try Written(message.payload)
                    let isEvent = mode == .structured
                    let data = try #require(isEvent ? written["data"] : written)
                    lengths.insert(message.wireBytes)
                    if isEvent { #expect(FieldTables.cloudEvent(.anything).faults(written) == []) }
                    if numbers.isEmpty {
                        #expect(data["status"] == .text("withheld") && data["values"] == nil)
                    } else {
                        #expect(data["status"] == .text("released") && data["values"]?.items.count == 4)
                        #expect(data["about"]?["ja"]?.text?.isEmpty == false)
                        #expect(data["values"]?[0]?["completion"] != nil || measure != .plannedOutput)
                    }
                }
                #expect(lengths.count == 1, "\(lengths)")
            }
        }
    }
}
