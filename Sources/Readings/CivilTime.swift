/// A date and a time of day in the proleptic Gregorian calendar, without a zone.
///
/// Pure arithmetic, so that reading and writing stamps needs neither Foundation nor the C library's locks.
/// The day arithmetic is the usual one of 400-year eras that start on March 1.
public struct CivilTime: Hashable, Sendable {
    /// −290 000 … 290 000 fits ``Instant``; stamps accept 0 … 9999.
    public var year: Int
    /// 1 … 12.
    public var month: Int
    /// 1 … 31.
    public var day: Int
    /// 0 … 23.
    public var hour: Int
    /// 0 … 59.
    public var minute: Int
    /// 0 … 60; 60 is a leap second and reads as the first second of the next minute.
    public var second: Int
    /// 0 … 999.
    public var millisecond: Int

    /// A moment of the calendar; the parts are not checked here, see ``isValid``.
    public init(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        millisecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// What a clock that runs `offsetSeconds` east of UTC shows at `instant`.
    public init(_ instant: Instant, offsetSeconds: Int = 0) {
        let local = instant.advanced(byMs: Int64(offsetSeconds) * 1000).milliseconds
        // Floored by the remainder: at the beginning of time there is nothing left to subtract from.
        let remainder = local % 86_400_000
        let days = Int(local / 86_400_000) - (remainder < 0 ? 1 : 0)
        let inDay = Int(remainder < 0 ? remainder + 86_400_000 : remainder)
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = inDay / 3_600_000
        minute = inDay / 60_000 % 60
        second = inDay / 1000 % 60
        millisecond = inDay % 1000
    }

    /// Whether each part lies within its bounds and the day exists in its month.
    public var isValid: Bool {
        (1...12).contains(month) && day >= 1 && day <= CivilTime.days(inMonth: month, of: year)
            && (0...23).contains(hour) && (0...59).contains(minute) && (0...60).contains(second)
            && (0...999).contains(millisecond)
    }

    /// Days since 1970-01-01 of this date.
    public var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The instant at which a clock that runs `offsetSeconds` east of UTC shows this.
    public func instant(offsetSeconds: Int) -> Instant {
        let seconds =
            Int64(daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60 + second - offsetSeconds)
        return Instant(milliseconds: seconds * 1000 + Int64(millisecond))
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Instant {
    /// `2025-06-17T01:15:00.000Z`; years outside 0 … 9999 are written with as many digits as they need.
    public var iso8601: String {
        iso8601(offsetSeconds: 0)
    }

    /// `2025-06-17T10:15:00.000+09:00`, as a clock `offsetSeconds` east of UTC shows it; `Z` for 0.
    public func iso8601(offsetSeconds: Int) -> String {
        let civil = CivilTime(self, offsetSeconds: offsetSeconds)
        let date = "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2))"
        let time = "\(padded(civil.hour, 2)):\(padded(civil.minute, 2)):\(padded(civil.second, 2))"
        let fraction = padded(civil.millisecond, 3)
        if offsetSeconds == 0 { return "\(date)T\(time).\(fraction)Z" }
        let minutes = abs(offsetSeconds) / 60
        let sign = offsetSeconds < 0 ? "-" : "+"
        return "\(date)T\(time).\(fraction)\(sign)\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(abs(number))
        let zeros = String(repeating: "0", count: max(0, width - digits.count))
        return (number < 0 ? "-" : "") + zeros + digits
    }
}
