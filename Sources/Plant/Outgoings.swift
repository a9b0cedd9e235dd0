import Readings

/// What left a line of stock, by day of UTC: today and the seven days before.
///
/// **Consumption** is what movements took out (negative ones; what comes back later is a receipt, not less
/// consumption), and what levels and weights fell by without a movement that tells of it. What a count found missing is
/// a difference, not consumption. Each counts on the day of its own stamp, however late it was told.
///
/// **The rate** is the consumption since the beginning of the seventh day before today, divided by the days since then,
/// or since the line's first stamp where that is later; by one day at least, so that a first hour's picking is not
/// taken for a day's. There is none where nothing was consumed.
struct Outgoings: Hashable, Sendable {
    /// Days before today that count.
    static let dayCount: Int64 = 7
    private static let dayMs: Int64 = 86_400_000

    /// What left on a day.
    struct Day: Hashable, Sendable {
        /// Since 1970-01-01, of UTC.
        var number: Int64
        /// More than 0.
        var quantity: Double
    }

    /// Ascending, ``dayCount`` + 1 at most, days without consumption left out.
    private(set) var days: [Day] = []

    init() {}

    /// Takes days back that were ``days``; what no instant can lie in is left out.
    init(_ days: [Day]) {
        let numbers = Self.day(of: .distantPast)...Self.day(of: .distantFuture)
        self.days = days.filter { numbers.contains($0.number) }.sorted { $0.number < $1.number }
        prune()
    }

    /// Notes that so much has left; a day before those that count is left out.
    mutating func add(_ quantity: Double, at instant: Instant) {
        let number = Self.day(of: instant)
        let place = days.firstIndex { $0.number >= number } ?? days.count
        if place < days.count, days[place].number == number {
            let sum = days[place].quantity + quantity
            if sum.isFinite { days[place].quantity = sum }
        } else {
            days.insert(Day(number: number, quantity: quantity), at: place)
            prune()
        }
    }

    /// Consumption per day; nil when there was none.
    func perDay(asOf now: Instant, knownSince first: Instant) -> Double? {
        let today = Self.day(of: now)
        let start = today - Self.dayCount
        let sum = days.reduce(0) { $1.number >= start && $1.number <= today ? $0 + $1.quantity : $0 }
        guard sum > 0, sum.isFinite else { return nil }
        let since = max(Instant(milliseconds: start * Self.dayMs), first)
        return sum / max(1, Double(now.msSince(since)) / Double(Self.dayMs))
    }

    private mutating func prune() {
        guard let newest = days.last?.number else { return }
        days.removeAll { $0.number < newest - Self.dayCount }
    }

    private static func day(of instant: Instant) -> Int64 {
        instant.floored(toMs: dayMs).milliseconds / dayMs
    }
}
