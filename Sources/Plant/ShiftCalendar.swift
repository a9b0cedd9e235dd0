public import Readings

/// When work is planned: what planned busy time is made of.
public struct ShiftCalendar: Hashable, Sendable {
    /// Times of local days, in minutes since midnight.
    public struct Shift: Hashable, Sendable {
        /// 1 is Monday … 7 is Sunday: the days on which it begins.
        public var days: Set<Int>
        /// 0 ..< 2880: one that goes over midnight ends above 1440.
        public var minutes: Range<Int>
        /// Within ``minutes``, in the same count.
        public var breaks: [Range<Int>]

        /// A shift on those days.
        public init(days: Set<Int>, minutes: Range<Int>, breaks: [Range<Int>] = []) {
            self.days = days
            self.minutes = minutes
            self.breaks = breaks
        }
    }

    /// In any order; they may overlap. None: all time is planned.
    public var shifts: [Shift] = []
    /// Days of no work, as days since 1970-01-01: no shift begins on them.
    public var holidays: Set<Int> = []

    /// A calendar by which all time is planned.
    public init() {}

    /// Planned times within `from ..< to`, ascending, without overlap.
    ///
    /// A shift begins and ends when the plant's clocks show its times; where clocks are moved, as if they had not been
    /// since the midnight before.
    ///
    /// - Parameter offsetSeconds: how far the plant's clocks are ahead of UTC at an instant.
    public func planned(
        from: Instant,
        to: Instant,
        offsetSeconds: (Instant) -> Int
    ) -> [Range<Instant>] {
        guard from < to else { return [] }
        guard !shifts.isEmpty else { return [from..<to] }
        var spans: [Range<Instant>] = []
        // A shift that began the day before may go on.
        let first = CivilTime(from, offsetSeconds: offsetSeconds(from)).daysSinceEpoch - 1
        let last = CivilTime(to, offsetSeconds: offsetSeconds(to)).daysSinceEpoch
        for day in first...last where !holidays.contains(day) {
            // 1970-01-01 was a Thursday.
            let weekday = ((day + 3) % 7 + 7) % 7 + 1
            let asUTC = Instant(milliseconds: Int64(day) * 86_400_000)
            let guess = asUTC.advanced(byMs: -Int64(offsetSeconds(asUTC)) * 1000)
            let midnight = asUTC.advanced(byMs: -Int64(offsetSeconds(guess)) * 1000)
            for shift in shifts where shift.days.contains(weekday) {
                for minutes in shift.worked {
                    let start = max(from, midnight.advanced(byMs: Int64(minutes.lowerBound) * 60_000))
                    let end = min(to, midnight.advanced(byMs: Int64(minutes.upperBound) * 60_000))
                    if start < end { spans.append(start..<end) }
                }
            }
        }
        return ShiftCalendar.joined(spans)
    }

    /// Overlapping and touching spans as one.
    private static func joined(_ spans: [Range<Instant>]) -> [Range<Instant>] {
        var joined: [Range<Instant>] = []
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, span.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                joined.append(span)
            }
        }
        return joined
    }
}

extension ShiftCalendar.Shift {
    /// ``minutes`` without the breaks.
    fileprivate var worked: [Range<Int>] {
        var worked: [Range<Int>] = []
        var start = minutes.lowerBound
        for rest in breaks.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if start < rest.lowerBound { worked.append(start..<min(rest.lowerBound, minutes.upperBound)) }
            start = max(start, rest.upperBound)
        }
        if start < minutes.upperBound { worked.append(start..<minutes.upperBound) }
        return worked
    }
}
