import Foundation
import Readings

/// What the field tables say of each form, as shapes; rules that tie fields together stand behind them.
enum FieldTables {
    /// Whether a text matches the whole pattern, which is read once.
    static func matches(_ pattern: String) -> @Sendable (String) -> Bool {
        guard let regex = try? NSRegularExpression(pattern: "\\A(?:\(pattern))\\z") else {
            fatalError("\(pattern) is no pattern")
        }
        return { text in
            regex.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
        }
    }

    static let uuid = FieldShape.text(
        "UUID with urn:uuid:",
        matches("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
    )
    /// Seconds and an offset, always; and a moment that is.
    static let timestamp = FieldShape.text("timestamp with an offset") { text in
        isStamp(text) && Instant(iso8601: text) != nil
    }
    private static let isStamp = matches(
        #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"#
    )
    static let unit = FieldShape.text("unit of the closed list") { Vectors.units.contains($0) }
    static let notNegative = FieldShape.number("number of 0 or more") { $0 >= 0 }

    private static func partnerNumber(_ key: String) -> FieldShape {
        let pattern = Vectors.vocab["bpn_patterns"]?[key]?.text ?? "none"
        return .text(key, matches(String(pattern.dropFirst().dropLast())))
    }
    static let bpns = partnerNumber("site")
    static let bpna = FieldShape.text("BPNA", matches("BPNA[a-zA-Z0-9]{12}"))

    static let direction = FieldShape.text("direction") { ["INBOUND", "OUTBOUND"].contains($0) }

    private static func order(_ rows: FieldRows) -> FieldShape {
        .object(
            [
                rows.needed("customerOrderId", .anything), rows.needed("customerOrderPositionId", .anything),
                rows.optional("supplierOrderId", .anything),
            ],
            isClosed: true
        )
    }

    private static func quantity(_ rows: FieldRows, value: String, unit: String) -> FieldShape {
        .object(
            [
                rows.field("value", value, .number("number") { _ in true }),
                rows.field("unit", unit, Self.unit),
            ],
            isClosed: true
        )
    }

    static func itemStock(_ rows: FieldRows) -> FieldShape {
        let stock = FieldShape.object(
            [
                rows.needed(
                    "quantityOnAllocatedStock",
                    quantity(
                        rows,
                        value: "…quantityOnAllocatedStock.value",
                        unit: "…quantityOnAllocatedStock.unit"
                    )
                ),
                rows.field("stockLocationBPNS", "…stockLocationBPNS", bpns),
                rows.field("stockLocationBPNA", "…stockLocationBPNA", bpna),
                rows.field("isBlocked", "…isBlocked", .flag),
                rows.field("lastUpdatedOnDateTime", "…lastUpdatedOnDateTime", timestamp),
            ],
            isClosed: true
        )
        let position = FieldShape.object(
            [
                rows.field("orderPositionReference", "positions[].orderPositionReference", order(rows)),
                rows.field(
                    "allocatedStocks",
                    "positions[].allocatedStocks[]",
                    .list(least: 1, stock)
                ),
            ],
            isClosed: true
        )
        return .object(
            [
                rows.field("materialGlobalAssetId", nil, uuid), rows.field("direction", nil, direction),
                rows.field("positions", "positions[]", .list(least: 0, position)),
            ],
            isClosed: true
        )
    }

    static func daysOfSupply(_ rows: FieldRows) -> FieldShape {
        let day = FieldShape.object(
            [
                rows.field("date", "……date", timestamp),
                rows.field("daysOfSupply", "……daysOfSupply", notNegative),
            ],
            isClosed: true
        )
        let place = "…stockLocationBPNS / BPNA"
        let supply = FieldShape.object(
            [
                rows.field("stockLocationBPNS", place, bpns), rows.field("stockLocationBPNA", place, bpna),
                rows.field("lastUpdatedOnDateTime", "…lastUpdatedOnDateTime", timestamp),
                rows.field(
                    "amountOfAllocatedDaysOfSupply",
                    "…amountOfAllocatedDaysOfSupply[]",
                    .list(least: 1, day)
                ),
            ],
            isClosed: true
        )
        return .object(
            [
                rows.field("materialGlobalAssetId", nil, uuid), rows.field("direction", nil, direction),
                rows.field("allocatedDaysOfSupply", "allocatedDaysOfSupply[]", .list(least: 0, supply)),
            ],
            isClosed: true
        )
    }

    static func plannedOutput(_ rows: FieldRows) -> FieldShape {
        let row = "…plannedProductionQuantity.{value,unit}"
        let output = FieldShape.object(
            [
                rows.needed("plannedProductionQuantity", quantity(rows, value: row, unit: row)),
                rows.field("productionSiteBpns", "…productionSiteBpns", bpns),
                rows.field("estimatedTimeOfCompletion", "…estimatedTimeOfCompletion", timestamp),
                rows.field("lastUpdatedOnDateTime", "…lastUpdatedOnDateTime", timestamp),
            ],
            isClosed: true
        )
        let position = FieldShape.object(
            [
                rows.field("orderPositionReference", "positions[].orderPositionReference", order(rows)),
                rows.field(
                    "allocatedPlannedProductionOutputs",
                    "positions[].allocatedPlannedProductionOutputs[]",
                    .list(least: 1, output)
                ),
            ],
            isClosed: true
        )
        return .object(
            [
                rows.field("materialGlobalAssetId", nil, uuid),
                rows.needed("positions", .list(least: 0, position)),
            ],
            isClosed: true
        )
    }

    /// What ties the fields of a Catena-X document together.
    static func ties(_ document: Written) -> [String] {
        var found: [String] = []
        let positions = document["positions"]?.items ?? []
        if document["direction"] == .text("INBOUND"), document["positions"] != nil {
            if positions.count != 1 { found.append("INBOUND with \(positions.count) positions") }
            if positions.contains(where: { $0["orderPositionReference"] != nil }) {
                found.append("INBOUND with an order")
            }
        }
        for position in positions {
            let stocks = position["allocatedStocks"]?.items ?? []
            let places = stocks.map { [$0["stockLocationBPNS"], $0["stockLocationBPNA"], $0["isBlocked"]] }
            if Set(places).count != places.count { found.append("two stocks of one place") }
            for part in stocks + (position["allocatedPlannedProductionOutputs"]?.items ?? []) {
                let quantity = part["quantityOnAllocatedStock"] ?? part["plannedProductionQuantity"]
                guard let unit = quantity?["unit"]?.text, let value = quantity?["value"]?.number,
                    Vectors.countUnits.contains(unit)
                else { continue }
                if value != value.rounded() { found.append("\(value) \(unit) is not whole") }
            }
        }
        for supply in document["allocatedDaysOfSupply"]?.items ?? [] {
            let dates = (supply["amountOfAllocatedDaysOfSupply"]?.items ?? []).compactMap { day in
                day["date"]?.text.flatMap { Instant(iso8601: $0) }
            }
            if !zip(dates, dates.dropFirst()).allSatisfy({ $0 < $1 }) { found.append("dates do not rise") }
        }
        return found
    }
}
