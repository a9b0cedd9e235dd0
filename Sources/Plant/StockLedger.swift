public import Readings

/// Which stock a line of the ledger counts: an item at a place.
public struct StockKey: Hashable, Comparable, Sendable {
    /// The site, e.g. `ota`.
    public var site: String
    /// The shelf, dock or bin: the asset of the readings, and their tags where they have any, as in `棚A{lot=L1}`.
    public var location: String
    /// The item, e.g. `ボルト-M8`.
    public var item: String

    /// An item at a place.
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
    /// A metric `stock/ITEM` names its item; a bare `stock` counts the item that the asset is named for. A level of
    /// what `stock` moves has another name, because a series is either: `stock_level/ITEM`, or a bare `stock_level`.
    init?(counting series: Series) {
        guard series.type == .number, series.kind == .gauge || series.kind == .delta else { return nil }
        let key = series.key
        let parts = key.metric.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0] == "stock" || parts[0] == "stock_level" && series.kind == .gauge else { return nil }
        let tags = SeriesKey(site: "", asset: "", metric: "", tags: key.tags).description
        self.init(
            site: key.site,
            location: key.asset + tags,
            item: parts.count == 1 ? key.asset : String(parts[1])
        )
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
    /// The unit table's id; empty when the readings have none.
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
    /// A further series counts it in another unit. That one is left out, and nothing of the line is shared.
    public internal(set) var isMixed = false
    /// The earliest stamp of a level or a movement; nothing is known before it.
    var firstAt: Instant = .distantFuture
    /// The last movements since the level, in the order of arrival, so that a late level can be carried forward over
    /// them.
    var recent: [RecentMovement] = []
    /// The latest stamp of a movement since the level that is no longer among ``recent``.
    var forgottenThrough: Instant = .distantPast

    /// More went out than was ever there: a level or a movement is missing.
    public var isNegative: Bool { quantity < 0 }

    /// How many movements a late level can be carried over.
    static let recentCountMax = 64

    init(key: StockKey, unit: String) {
        self.key = key
        self.unit = unit
    }

    mutating func setLevel(_ value: Double, at instant: Instant, quality: Quality) {
        firstAt = min(firstAt, instant)
        if let levelAt, instant < levelAt { return }
        let since = recent.filter { $0.instant > instant }
        guard take(since.reduce(value) { $0 + $1.quantity }) else { return }
        levelAt = instant
        asOf = since.reduce(instant) { max($0, $1.instant) }
        // A movement after the level may be one that is not carried over any more.
        self.quality = forgottenThrough > instant ? quality.lowered(to: .uncertain) : quality
        recent = since
    }

    mutating func move(by value: Double, at instant: Instant, quality: Quality) {
        movementCount += 1
        firstAt = min(firstAt, instant)
        if let levelAt, instant <= levelAt { return }
        guard take(quantity + value) else { return }
        if instant > asOf { asOf = instant }
        self.quality = self.quality.lowered(to: quality)
        recent.append(RecentMovement(instant: instant, quantity: value))
        if recent.count > StockLine.recentCountMax {
            forgottenThrough = max(forgottenThrough, recent.removeFirst().instant)
        }
    }

    /// Forgets the recent movements up to a stamp; the quantity stays.
    mutating func forgetMovements(through instant: Instant) {
        for movement in recent where movement.instant <= instant {
            forgottenThrough = max(forgottenThrough, movement.instant)
        }
        recent.removeAll { $0.instant <= instant }
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
