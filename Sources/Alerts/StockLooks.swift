public import Plant
public import Readings

/// Looks at what is on hand: items at sites, all places and lots together.
public struct StockLooks: Sendable {
    /// Longer than that nobody looks ahead: a hundred years.
    static let coverMsMax = 36_500.0 * Double(AlertRule.dayMs)

    private let items: [String: ItemOptions]

    /// - Parameter items: what no reading says of them, limits among it.
    public init(_ items: [String: ItemOptions]) {
        self.items = items
    }

    /// Whether a rule asks about an item at a site.
    public func wants(_ key: StockKey, by rule: AlertRule) -> Bool {
        guard rule.limit != nil || limit(of: key.item, rule.kind) != nil else { return false }
        return rule.wants(Look.subject(key.item, at: key.site))
    }

    /// What a rule sees of some lines.
    ///
    /// Of an item that something counts in another unit nothing is seen, as nothing of it is shared.
    ///
    /// - Parameters:
    ///   - rule: of low stock or low cover.
    ///   - lines: of an item at a site all, or none.
    public func looks(_ rule: AlertRule, at lines: [StockLine], now: Instant) -> [Look] {
        var sums: [StockKey: Sum] = [:]
        for line in lines where line.asOf > .distantPast {
            let key = StockKey(site: line.key.site, location: "", item: line.key.item)
            sums[key, default: Sum(unit: line.unit)].add(line, now)
        }
        return sums.compactMap { key, sum in look(rule.kind, key, sum, now) }
    }

    private struct Sum {
        let unit: String
        var quantity = 0.0
        var perDay = 0.0
        var isMixed = false

        mutating func add(_ line: StockLine, _ now: Instant) {
            quantity += line.quantity
            perDay += line.consumptionPerDay(asOf: now) ?? 0
            if line.isMixed || line.unit != unit { isMixed = true }
        }
    }

    private func look(_ kind: AlertKind, _ key: StockKey, _ sum: Sum, _ now: Instant) -> Look? {
        guard !sum.isMixed, sum.quantity.isFinite, sum.perDay.isFinite else { return nil }
        let coverMs =
            sum.perDay > 0
            ? min(max(0, sum.quantity) / sum.perDay * Double(AlertRule.dayMs), StockLooks.coverMsMax)
            : StockLooks.coverMsMax
        var look = Look(key.item, at: key.site, value: kind == .lowStock ? sum.quantity : coverMs)
        look.limit = limit(of: key.item, kind)
        look.unit = sum.unit
        if coverMs < StockLooks.coverMsMax { look.end = now.advanced(byMs: Int64(coverMs)) }
        return look
    }

    private func limit(of item: String, _ kind: AlertKind) -> Double? {
        guard let item = items[item] else { return nil }
        return kind == .lowStock ? item.reorderPoint : item.coverDaysMin.map { $0 * Double(AlertRule.dayMs) }
    }
}
