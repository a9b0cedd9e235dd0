public import Readings

/// Which stock a line of the ledger counts: an item at a place, and of which lot.
public struct StockKey: Hashable, Comparable, Sendable {
    /// The site, e.g. `ota`.
    public var site: String
    /// The shelf, dock or bin: the asset of the readings, and their tags where they have any, as in `棚A{side=左}`;
    /// the tags `lot` and `container` are not part of it.
    public var location: String
    /// The item, e.g. `ボルト-M8`.
    public var item: String
    /// The tag `lot`; empty where stock is not kept by lot.
    public var lot: String

    /// An item at a place.
    public init(site: String, location: String, item: String, lot: String = "") {
        self.site = site
        self.location = location
        self.item = item
        self.lot = lot
    }

    /// The order of tables and lists.
    public static func < (left: StockKey, right: StockKey) -> Bool {
        (left.site, left.item, left.location, left.lot) < (right.site, right.item, right.location, right.lot)
    }

    /// The stock that a series tells of, or nil when it tells of none.
    public init?(of series: Series) {
        guard StockWord(of: series) != nil else { return nil }
        let key = series.key
        let place = key.tags.filter { $0.name != "lot" && $0.name != "container" }
        let parts = key.metric.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            site: key.site,
            location: key.asset + SeriesKey(site: "", asset: "", metric: "", tags: place).description,
            item: parts.count == 1 ? key.asset : String(parts[1]),
            lot: key.tags.first { $0.name == "lot" }?.value ?? ""
        )
    }
}

extension StockKey: CustomStringConvertible {
    /// `ボルト-M8 at ota/棚A, lot L1`.
    public var description: String {
        let place = [site, location].filter { !$0.isEmpty }.joined(separator: "/")
        return item + (place.isEmpty ? "" : " at \(place)") + (lot.isEmpty ? "" : ", lot \(lot)")
    }
}

/// How a series tells of stock: the first level of its metric.
///
/// A metric `stock/ITEM` names its item; a bare `stock` tells of the item that the asset is named for. What else is told
/// of an item that `stock` moves has another name, because a series is either: `stock_level/ITEM`, `stock_weight/ITEM`,
/// `stock_count/ITEM`.
enum StockWord {
    /// Added.
    case movement
    /// Sets what is on hand.
    case level
    /// A gross weight, which ``Weighing`` makes a level of.
    case weight
    /// A person counted: sets what is on hand, and keeps what was expected.
    case count

    /// Nil when a series tells of no stock.
    init?(of series: Series) {
        guard series.type == .number, series.kind == .gauge || series.kind == .delta else { return nil }
        switch (series.key.metric.prefix { $0 != "/" }, series.kind) {
        case ("stock", .delta): self = .movement
        case ("stock", _), ("stock_level", .gauge): self = .level
        case ("stock_weight", .gauge): self = .weight
        case ("stock_count", .gauge): self = .count
        default: return nil
        }
    }
}
