public import Readings

/// Which stock a line of the ledger counts: an item at a place.
public struct StockKey: Hashable, Comparable, Sendable {
    /// The site, e.g. `ota`.
    public var site: String
    /// The shelf, dock or bin; the asset of the readings.
    public var location: String
    /// The item, e.g. `ボルト-M8`.
    public var item: String

    /// Made of its parts.
    public init(site: String, location: String, item: String) {
        self.site = site
        self.location = location
        self.item = item
    }

    /// The order of tables and lists.
    public static func < (left: StockKey, right: StockKey) -> Bool {
        (left.site, left.item, left.location) < (right.site, right.item, right.location)
    }

    /// The stock a series counts, or nil when it counts none.
    ///
    /// A metric `stock/ITEM` names its item; a bare `stock` counts the item that the asset is named for.
    init?(counting series: Series) {
        guard series.type == .number, series.kind == .gauge || series.kind == .delta else { return nil }
        let key = series.key
        if key.metric == "stock" {
            self.init(site: key.site, location: key.asset, item: key.asset)
        } else if key.metric.hasPrefix("stock/") {
            self.init(site: key.site, location: key.asset, item: String(key.metric.dropFirst("stock/".count)))
        } else {
            return nil
        }
    }
}

/// One item at one place: what is on hand, and how that is known.
///
/// A level (a gauge: a weighed bin, a count) sets the quantity as of its stamp; a movement (a delta) adds to it.
/// A movement stamped at or before the last level is already part of that level.
public struct StockLine: Hashable, Sendable {
    /// What it is a line of.
    public let key: StockKey
    /// In `unit`; may be negative, see ``isNegative``.
    public internal(set) var quantity: Double = 0
    /// The unit table's id; empty for texts.
    public internal(set) var unit: String
    /// The latest stamp that is part of the quantity.
    public internal(set) var asOf: Instant = .distantPast
    /// The stamp of the last level, if there ever was one.
    public internal(set) var levelAt: Instant?
    /// The worst of what the quantity was made from since the last level.
    public internal(set) var quality: Quality = .good
    /// Movements counted since the first one.
    public internal(set) var movementCount: UInt64 = 0
    /// The series that count this line.
    public internal(set) var series: [SeriesID] = []
    /// The last movements, newest last, so that a late level can be carried forward over them.
    var recent: [RecentMovement] = []

    /// More went out than was ever there: a level or a movement is missing.
    public var isNegative: Bool { quantity < 0 }

    /// How many movements a late level can be carried over.
    static let recentCountMax = 64

    init(key: StockKey, unit: String) {
        self.key = key
        self.unit = unit
    }

    mutating func setLevel(_ value: Double, at instant: Instant, quality: Quality) {
        if let levelAt, instant < levelAt { return }
        let since = recent.filter { $0.instant > instant }
        guard take(since.reduce(value) { $0 + $1.quantity }) else { return }
        levelAt = instant
        asOf = since.last?.instant ?? instant
        self.quality = quality
    }

    mutating func move(by value: Double, at instant: Instant, quality: Quality) {
        movementCount += 1
        if let levelAt, instant <= levelAt { return }
        guard take(quantity + value) else { return }
        if instant > asOf { asOf = instant }
        if quality.rawValue > self.quality.rawValue { self.quality = quality }
        recent.append(RecentMovement(instant: instant, quantity: value))
        if recent.count > StockLine.recentCountMax { recent.removeFirst() }
    }

    /// Takes a new quantity; one that is beyond all numbers is nothing on a shelf, and marks the line as bad.
    private mutating func take(_ value: Double) -> Bool {
        guard value.isFinite else {
            quality = .bad
            return false
        }
        quantity = tidy(value)
        return true
    }

    /// Adding tenths a million times must not leave a tail of binary dust: quantities keep six decimals.
    private func tidy(_ value: Double) -> Double {
        let scaled = value * 1_000_000
        return scaled.magnitude < 9_007_199_254_740_992 ? scaled.rounded() / 1_000_000 : value
    }
}

/// A movement that a late level may have to be carried over.
struct RecentMovement: Hashable, Sendable {
    var instant: Instant
    var quantity: Double
}
