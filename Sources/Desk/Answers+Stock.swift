public import Plant
import Readings

/// What the desk says of the stock.
extension Rooms {
    /// More lines that are wrong are counted, and not named.
    private static let namedMax = 3

    /// On-hand stock.
    public func stock() -> [StockRow] {
        let now = clock()
        let items = plant.options.items
        return plant.stock.filter { $0.asOf > .distantPast }.map { line in
            let cover = line.coverDays(asOf: now)
            let leastCover = items[line.key.item]?.coverDaysMin
            return StockRow(
                item: line.key.item,
                site: line.key.site,
                location: line.key.location,
                lot: line.key.lot.isEmpty ? nil : line.key.lot,
                quantity: line.quantity,
                unit: line.unit,
                time: line.asOf.iso8601,
                ageSeconds: seconds(from: line.asOf, to: now),
                quality: line.quality.word,
                negative: line.isNegative,
                movements: line.movementCount,
                mixed: line.isMixed,
                consumptionPerDay: line.consumptionPerDay(asOf: now),
                coverDays: cover,
                low: cover.map { $0 < leastCover ?? 0 } ?? false,
                count: line.count.map { CountRow($0) }
            )
        }
    }

    /// What is wrong with the stock, one line each.
    func stockFindings() -> [String] {
        var findings: [String] = []
        let negative = plant.negativeStock
        if !negative.isEmpty {
            findings.append(
                "stock: less than nothing of \(named(negative.map(\.key.description))): a level or a movement is"
                    + " missing; count it: tsunagi count ITEM QTY"
            )
        }
        let unweighed = plant.unweighed
        if !unweighed.isEmpty {
            findings.append(
                "stock: the weights of \(named(unweighed)) cannot be counted; write their unit_weight under items:,"
                    + " their container's tare under containers:, and a unit of mass in the rule"
            )
        }
        return findings
    }

    private func named(_ names: [String]) -> String {
        let more = names.count - Rooms.namedMax
        return names.prefix(Rooms.namedMax).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}

extension CountRow {
    /// Of the ledger's last count.
    public init(_ count: StockCount, line: Line? = nil) {
        self.init(
            time: count.at.iso8601,
            counted: count.counted,
            expected: count.expected,
            difference: count.difference,
            line: line
        )
    }
}
