public import Readings

/// One item at one place: what is on hand, and how that is known.
///
/// A level (a gauge: a weighed bin, a spreadsheet's cell) or a person's count sets the quantity as of its stamp; a
/// movement (a delta) adds to it. A movement stamped at or before the last level or count is already part of that.
public struct StockLine: Hashable, Sendable {
    /// What it is a line of.
    public let key: StockKey
    /// In `unit`; may be negative, see ``isNegative``.
    public internal(set) var quantity: Double = 0
    /// The unit table's id; empty when the readings have none.
    public internal(set) var unit: String
    /// The latest stamp that is part of the quantity.
    public internal(set) var asOf: Instant = .distantPast
    /// The stamp of the last level or count, if there ever was one.
    public internal(set) var levelAt: Instant?
    /// The worst of what the quantity was made from since the last level or count.
    public internal(set) var quality: Quality = .good
    /// Movements counted since the first one.
    public internal(set) var movementCount: UInt64 = 0
    /// The last count by a person, and what was expected then; nil when nobody has counted.
    public internal(set) var count: StockCount?
    /// The series that count this line.
    public internal(set) var series: [SeriesID] = []
    /// A further series counts it in another unit. That one is left out, and nothing of the line is shared.
    public internal(set) var isMixed = false
    /// The earliest stamp of a level or a movement; nothing is known before it.
    var firstAt: Instant = .distantFuture
    /// The last movements that may still have to be added up again, in the order of arrival: those since the level, and
    /// those since what the last count was compared with.
    var recent: [RecentMovement] = []
    /// The latest stamp of such a movement that is no longer among ``recent``.
    var forgottenThrough: Instant = .distantPast
    /// What left, by day.
    var outgoings = Outgoings()
    /// The quantity, but for levels that differ from it by no more than the scale's noise.
    var settled: Double = 0

    /// More went out than was ever there: a level or a movement is missing.
    public var isNegative: Bool { quantity < 0 }

    /// Consumption per day, in `unit`, as ``Outgoings`` defines it: what left by movements and by falls of levels, over
    /// today and the seven days before. Nil when nothing did.
    public func consumptionPerDay(asOf now: Instant) -> Double? {
        outgoings.perDay(asOf: now, knownSince: firstAt)
    }

    /// Days of supply: how long what is on hand lasts at ``consumptionPerDay(asOf:)``; 0 when nothing is there, nil when
    /// nothing is consumed.
    public func coverDays(asOf now: Instant) -> Double? {
        consumptionPerDay(asOf: now).map { max(0, quantity) / $0 }
    }

    /// What should lie there at an instant.
    ///
    /// - Returns: nil when nothing was known by then, when a later level or count stands, or when a movement since then
    ///   is no longer known by itself.
    public func expected(at instant: Instant) -> Double? {
        guard firstAt <= instant, levelAt ?? .distantPast <= instant, forgottenThrough <= instant else {
            return nil
        }
        return StockLine.tidied(quantity - moved(after: instant))
    }

    /// How many movements a late level can be carried over.
    static let recentCountMax = 64

    init(key: StockKey, unit: String) {
        self.key = key
        self.unit = unit
    }

    /// - Parameter noise: see ``ItemOptions/noise``.
    mutating func setLevel(_ value: Double, at instant: Instant, quality: Quality, noise: Double = 0) {
        reconsider(level: value, at: instant)
        let before = levelAt
        guard set(value, at: instant, quality: quality) else { return }
        let fall = settled - quantity
        if before == nil {
            settled = quantity
        } else if fall.magnitude > noise {
            if fall > 0 { outgoings.add(fall, at: instant) }
            settled = quantity
        }
    }

    /// A person's count. The same one told again changes nothing; one that is older than what stands is history.
    mutating func setCount(_ value: Double, at instant: Instant, quality: Quality) {
        if let count, count.at == instant, count.counted == value { return }
        if let levelAt, instant < levelAt {
            firstAt = min(firstAt, instant)
            reconsider(level: value, at: instant)
            return
        }
        var found = StockCount(
            at: instant,
            counted: value,
            expected: expected(at: instant),
            since: levelAt ?? .distantPast
        )
        // One that is told anew for its instant is compared with what the first was.
        if let count, count.at == instant { (found.expected, found.since) = (count.expected, count.since) }
        guard set(value, at: instant, quality: quality, since: found.since) else { return }
        count = found
        settled = quantity
    }

    mutating func move(by value: Double, at instant: Instant, quality: Quality) {
        movementCount += 1
        firstAt = min(firstAt, instant)
        if value < 0 { outgoings.add(-value, at: instant) }
        reconsider(movement: value, at: instant)
        let isPart = levelAt.map { instant <= $0 } ?? false
        guard !isPart || instant > keptAfter else { return }
        guard isPart || take(quantity + value) else { return }
        recent.append(RecentMovement(instant: instant, quantity: value))
        if recent.count > StockLine.recentCountMax {
            forgottenThrough = max(forgottenThrough, recent.removeFirst().instant)
        }
        if isPart { return }
        settled = StockLine.tidied(settled + value)
        if instant > asOf { asOf = instant }
        self.quality = self.quality.lowered(to: quality)
    }

    /// Forgets the recent movements up to a stamp; the quantity stays.
    mutating func forgetMovements(through instant: Instant) {
        for movement in recent where movement.instant <= instant {
            forgottenThrough = max(forgottenThrough, movement.instant)
        }
        recent.removeAll { $0.instant <= instant }
    }

    /// Adding tenths a million times must not leave a tail of binary dust: quantities keep six decimals.
    static func tidied(_ value: Double) -> Double {
        let scaled = value * 1_000_000
        return scaled.magnitude < 9_007_199_254_740_992 ? scaled.rounded() / 1_000_000 : value
    }
}

extension StockLine {
    /// Sets the quantity as of an instant, carried over the movements since.
    ///
    /// - Parameter since: what a count is compared with; that of the last count when it is left out.
    /// - Returns: false when what stands is newer, or when the quantity would be no number.
    private mutating func set(
        _ value: Double,
        at instant: Instant,
        quality: Quality,
        since: Instant? = nil
    ) -> Bool {
        firstAt = min(firstAt, instant)
        if let levelAt, instant < levelAt { return false }
        guard take(value + moved(after: instant)) else { return false }
        asOf = recent.reduce(instant) { max($0, $1.instant) }
        // A movement after the level may be one that is not carried over any more.
        self.quality = forgottenThrough > instant ? quality.lowered(to: .uncertain) : quality
        levelAt = instant
        let keptAfter = min(instant, since ?? count?.since ?? instant)
        recent.removeAll { $0.instant <= keptAfter }
        return true
    }

    /// Movements at or before it need not be known by themselves.
    private var keptAfter: Instant {
        min(levelAt ?? .distantPast, count?.since ?? .distantFuture)
    }

    private func moved(after instant: Instant) -> Double {
        recent.reduce(0) { $1.instant > instant ? $0 + $1.quantity : $0 }
    }

    /// A movement that is told after the count it is part of was expected all the same.
    private mutating func reconsider(movement value: Double, at instant: Instant) {
        guard let count, instant > count.since, instant <= count.at, let expected = count.expected else {
            return
        }
        self.count?.expected = StockLine.tidied(expected + value)
    }

    /// A level that is told after a count, and lies between it and what it was compared with, is the better measure.
    private mutating func reconsider(level value: Double, at instant: Instant) {
        guard let count, instant > count.since, instant < count.at, forgottenThrough <= instant else {
            return
        }
        let moved = recent.reduce(0) {
            $1.instant > instant && $1.instant <= count.at ? $0 + $1.quantity : $0
        }
        self.count?.expected = StockLine.tidied(value + moved)
        self.count?.since = instant
    }

    /// Takes a new quantity; one that is beyond all numbers is nothing on a shelf, and marks the line as bad.
    private mutating func take(_ value: Double) -> Bool {
        guard value.isFinite else {
            quality = .bad
            return false
        }
        quantity = StockLine.tidied(value)
        return true
    }
}

/// A movement that a late level may have to be carried over.
struct RecentMovement: Hashable, Sendable {
    var instant: Instant
    var quantity: Double
}
