import Testing

/// Which table a document holds to.
enum DocumentKind {
    case itemStock, daysOfSupply, plannedOutput, epcis, withheld

    /// Of a sample.
    init(name: String) {
        switch name {
        case _ where name.contains("withheld"): self = .withheld
        case _ where name.contains("epcis"): self = .epcis
        case _ where name.contains("item_stock"): self = .itemStock
        case _ where name.contains("days"): self = .daysOfSupply
        default: self = .plannedOutput
        }
    }

    private static let stock = FieldTables.itemStock(FieldRows("ItemStock", "fields"))
    private static let days = FieldTables.daysOfSupply(FieldRows("DaysOfSupply", "fields"))
    private static let plan = FieldTables.plannedOutput(FieldRows("PlannedProductionOutput", "fields"))
    private static let events = FieldTables.epcis(
        FieldRows("EPCIS_2_0", "document"),
        FieldRows("EPCIS_2_0", "ObjectEvent"),
        FieldRows("EPCIS_2_0", "AggregationEvent")
    )
    private static let envelope = FieldTables.cloudEvent(.anything)

    private var shape: FieldShape {
        switch self {
        case .itemStock: Self.stock
        case .daysOfSupply: Self.days
        case .plannedOutput: Self.plan
        case .epcis: Self.events
        case .withheld: FieldTables.withheld
        }
    }

    /// What of a document is not as its table says, and what does not fit together.
    func faults(_ document: Written) -> [String] {
        shape.faults(document) + FieldTables.ties(document) + FieldTables.eventTies(document)
    }

    /// The same of an event that has the document in it.
    func faults(event: Written) -> [String] {
        Self.envelope.faults(event) + (event["data"].map { faults($0) } ?? [])
    }
}

/// The samples of the field tables hold to them, and nothing that was changed in them does.
@Suite("Field tables")
struct SampleTests {
    private static func faults(_ value: Written, _ name: String) -> [String] {
        let kind = DocumentKind(name: name)
        return name.hasPrefix("ce_") ? kind.faults(event: value) : kind.faults(value)
    }

    static let names = [
        "ce_epcis", "ce_item_stock", "ce_withheld", "days_of_supply", "epcis_aggregation_event",
        "epcis_object_event", "epcis_sensor_event", "item_stock_empty", "item_stock_outbound",
        "planned_output",
    ]

    @Test("every row of the tables is asked for")
    func rows() {
        let (stock, days) = (FieldRows("ItemStock", "fields"), FieldRows("DaysOfSupply", "fields"))
        let plan = FieldRows("PlannedProductionOutput", "fields")
        _ = (FieldTables.itemStock(stock), FieldTables.daysOfSupply(days), FieldTables.plannedOutput(plan))
        let (document, object) = (FieldRows("EPCIS_2_0", "document"), FieldRows("EPCIS_2_0", "ObjectEvent"))
        let aggregation = FieldRows("EPCIS_2_0", "AggregationEvent")
        _ = FieldTables.epcis(document, object, aggregation)
        for rows in [stock, days, plan, document, object, aggregation] {
            #expect(!rows.all.isEmpty)
            #expect(rows.asked == rows.all)
        }
        #expect(Vectors.units.count == 35)
    }

    @Test("the samples hold", arguments: names)
    func samples(name: String) {
        #expect(SampleTests.faults(Vectors.read("samples/\(name).json"), name) == [])
    }

    @Test("a sample with another type anywhere in it, or null, does not", arguments: names)
    func wrongTypes(name: String) {
        let sample = Vectors.read("samples/\(name).json")
        var count = 0
        for (place, value) in SampleTests.places(in: sample) where !place.isEmpty {
            // Prefixed members are nobody's but their owner's.
            guard !place.contains(where: { $0.contains(":") || $0 == "ts" }) else { continue }
            for other in [Written.null, SampleTests.otherType(than: value)] {
                let spoiled = SampleTests.replacing(sample, place[...], with: other)
                #expect(!SampleTests.faults(spoiled, name).isEmpty, "\(place) as \(other)")
                count += 1
            }
        }
        #expect(count > 4)
    }

    @Test("a sample without a member that its table needs, or with one that it does not know, does not")
    func members() {
        let optional: Set = [
            "quantity", "uom", "bizStep", "disposition", "readPoint", "bizLocation", "parentID", "subject",
            "ts:agreement", "ts", "startTime", "endTime", "dataProcessingMethod", "sensorMetadata",
            "meanValue", "minValue", "maxValue", "epcList",
            // An empty list of things stands beside it.
            "sensorElementList",
        ]
        for name in SampleTests.names {
            let sample = Vectors.read("samples/\(name).json")
            for (place, value) in SampleTests.places(in: sample) {
                if let last = place.last, Int(last) == nil, !optional.contains(last) {
                    let bare = SampleTests.replacing(sample, place[...], with: nil)
                    #expect(!SampleTests.faults(bare, name).isEmpty, "\(name) without \(place)")
                }
                guard case .object(var members) = value, place.last != "readPoint",
                    place.last != "bizLocation",
                    !place.contains("@context")
                else { continue }
                members["colour"] = .text("red")
                let more = SampleTests.replacing(sample, place[...], with: .object(members))
                #expect(!SampleTests.faults(more, name).isEmpty, "\(name) with a colour in \(place)")
            }
        }
    }

    @Test(
        "a value outside its pattern or list does not",
        arguments: [
            ("item_stock_outbound", "unit:piece", "unit:millimetre"),
            ("item_stock_outbound", "unit:piece", "H87"),
            ("item_stock_outbound", "OUTBOUND", "outbound"),
            ("item_stock_outbound", "OUTBOUND", "BOTH"),
            ("item_stock_outbound", "BPNS0000000000WN", "BPNS0000000000W"),
            ("item_stock_outbound", "BPNS0000000000WN", "BPNL0000000000WN"),
            ("item_stock_outbound", "BPNA00000000009W", "BPNA0000000000ー9"),
            ("item_stock_outbound", "2025-12-01T09:15:00+09:00", "2025-12-01T09:15:00"),
            ("item_stock_outbound", "2025-12-01T09:15:00+09:00", "2025-12-01 09:15:00+09:00"),
            ("item_stock_outbound", "2025-12-01T09:15:00+09:00", "2025-13-01T09:15:00+09:00"),
            ("days_of_supply", "2025-12-02T00:00:00+09:00", "2025-11-30T00:00:00+09:00"),
            ("planned_output", "urn:uuid:7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10", "7d6a1c52"),
            ("epcis_object_event", "cycle_counting", "cycle counting"),
            ("epcis_object_event", "cycle_counting", "urn:epcglobal:cbv:bizstep:cycle_counting"),
            ("epcis_object_event", "available", "somewhere"),
            ("epcis_object_event", "OBSERVE", "LOOK"),
            ("epcis_object_event", "+09:00", "+14:30"),
            ("epcis_object_event", "KGM", "kg"),
            ("epcis_object_event", "https://id.gs1.org/01/04900000000023", "ナット"),
            ("epcis_sensor_event", "Temperature", "Warmth"),
            ("ce_item_stock", "0000000000000042", "42"),
            ("ce_withheld", "withheld", "D04"),
        ]
    )
    func badValues(name: String, good: String, bad: String) {
        let sample = Vectors.read("samples/\(name).json")
        var count = 0
        for (place, value) in SampleTests.places(in: sample) where value == .text(good) {
            let spoiled = SampleTests.replacing(sample, place[...], with: .text(bad))
            #expect(!SampleTests.faults(spoiled, name).isEmpty, "\(place)")
            count += 1
        }
        #expect(count > 0)
    }

    @Test("numbers outside their bounds do not, nor two stocks of one place")
    func badNumbers() {
        let stock = Vectors.read("samples/item_stock_outbound.json")
        for (place, value) in SampleTests.places(in: stock) where value == .number(400) {
            let half = SampleTests.replacing(stock, place[...], with: .number(400.5))
            #expect(DocumentKind.itemStock.faults(half) == ["400.5 unit:piece is not whole"])
        }
        for (place, value) in SampleTests.places(in: stock) where value == .flag(true) {
            let free = SampleTests.replacing(stock, place[...], with: .flag(false))
            #expect(DocumentKind.itemStock.faults(free) == ["two stocks of one place"])
        }
        let days = Vectors.read("samples/days_of_supply.json")
        for (place, value) in SampleTests.places(in: days) where value.number != nil {
            let less = SampleTests.replacing(days, place[...], with: .number(-1))
            #expect(!DocumentKind.daysOfSupply.faults(less).isEmpty)
        }
        let inward = SampleTests.replacing(
            Vectors.read("samples/item_stock_empty.json"),
            ["direction"],
            with: .text("INBOUND")
        )
        #expect(DocumentKind.itemStock.faults(inward) == ["INBOUND with 0 positions"])
    }

    private static func otherType(than value: Written) -> Written {
        switch value {
        case .number(let number): .text("\(number)")
        case .text, .flag: .number(7)
        case .list: .object([:])
        case .object: .list([])
        case .null: .number(7)
        }
    }

    /// Every value, by the names and numbers that lead to it.
    static func places(in value: Written, at place: [String] = []) -> [(place: [String], value: Written)] {
        var found = [(place: place, value: value)]
        switch value {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                found += places(in: member, at: place + [name])
            }
        case .list(let items):
            for (index, item) in items.enumerated() { found += places(in: item, at: place + ["\(index)"]) }
        default: break
        }
        return found
    }

    static func replacing(_ value: Written, _ place: ArraySlice<String>, with other: Written?) -> Written {
        guard let first = place.first else { return other ?? .null }
        let rest = place.dropFirst()
        switch value {
        case .object(var members):
            members[first] = rest.isEmpty ? other : members[first].map { replacing($0, rest, with: other) }
            return .object(members)
        case .list(var items):
            guard let index = Int(first) else { return value }
            if rest.isEmpty, other == nil {
                items.remove(at: index)
            } else {
                items[index] = replacing(items[index], rest, with: other)
            }
            return .list(items)
        default: return value
        }
    }
}
