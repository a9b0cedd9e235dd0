import Readings

/// A stamp as text: a calendar moment, and how far its clock was from UTC if the text says so.
struct StampText: Hashable, Sendable {
    var civil: CivilTime
    /// Nil when the text carries no zone.
    var offsetSeconds: Int?
}

extension StampText {
    /// The longest text that is tried as a stamp.
    static let bytesMax = 64

    /// Reads ISO 8601 and the common ways around it: `2025-06-17T10:15:00.123+09:00`, `2025/06/17 10:15:00`,
    /// `2025-6-7 9:05`, `20250617T101500Z`, a date alone (its midnight). What is finer than a millisecond is
    /// cut.
    ///
    /// - Returns: nil for anything else, and for days and hours that do not exist.
    init?(_ text: Span<UInt8>) {
        guard text.count <= Self.bytesMax else { return nil }
        let range = text.trimmedRange()
        let run = text.extracting(range)
        var position = 0
        guard let date = Self.date(run, &position) else { return nil }
        civil = date
        if position < run.count {
            let mark = run[position]
            guard mark | 0x20 == UInt8(ascii: "t") || mark == UInt8(ascii: " ") else { return nil }
            position += 1
            while position < run.count, run[position] == UInt8(ascii: " ") { position += 1 }
            guard Self.timeOfDay(run, &position, &civil) else { return nil }
            while position < run.count, run[position] == UInt8(ascii: " ") { position += 1 }
            if position < run.count {
                guard let offset = Self.offset(run, &position), position == run.count else { return nil }
                offsetSeconds = offset
            }
        }
        guard civil.isValid else { return nil }
    }

    /// `2025-06-17`, `2025/6/7` or `20250617`.
    private static func date(_ run: Span<UInt8>, _ position: inout Int) -> CivilTime? {
        guard let year = number(run, &position, digits: 4...4), position < run.count else { return nil }
        let mark = run[position]
        guard mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/") else {
            guard let month = number(run, &position, digits: 2...2),
                let day = number(run, &position, digits: 2...2)
            else { return nil }
            return CivilTime(year: year, month: month, day: day)
        }
        position += 1
        guard let month = number(run, &position, digits: 1...2), position < run.count, run[position] == mark
        else {
            return nil
        }
        position += 1
        guard let day = number(run, &position, digits: 1...2) else { return nil }
        return CivilTime(year: year, month: month, day: day)
    }

    /// `10:15`, `10:15:00`, `10:15:00.123` or `101500`.
    private static func timeOfDay(_ run: Span<UInt8>, _ position: inout Int, _ civil: inout CivilTime) -> Bool
    {
        guard let hour = number(run, &position, digits: 1...2) else { return false }
        civil.hour = hour
        let hasColons = position < run.count && run[position] == UInt8(ascii: ":")
        if hasColons { position += 1 }
        guard let minute = number(run, &position, digits: 2...2) else { return false }
        civil.minute = minute
        guard position < run.count else { return true }
        if hasColons {
            guard run[position] == UInt8(ascii: ":") else { return true }
            position += 1
        } else if !run[position].isDigit {
            return true
        }
        guard let second = number(run, &position, digits: 2...2) else { return false }
        civil.second = second
        if position < run.count, run[position] == UInt8(ascii: ".") || run[position] == UInt8(ascii: ",") {
            position += 1
            guard let millisecond = fraction(run, &position) else { return false }
            civil.millisecond = millisecond
        }
        return true
    }

    /// Digits behind the point as milliseconds, the rest cut; nil without any.
    static func fraction(_ run: Span<UInt8>, _ position: inout Int) -> Int? {
        var value = 0
        var count = 0
        while position < run.count, run[position].isDigit {
            if count < 3 { value = value * 10 + Int(run[position] - 0x30) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }

    /// As many digits as there are, at most the upper bound; nil below the lower one.
    static func number(_ run: Span<UInt8>, _ position: inout Int, digits: ClosedRange<Int>) -> Int? {
        var value = 0
        var count = 0
        while count < digits.upperBound, position < run.count, run[position].isDigit {
            value = value * 10 + Int(run[position] - 0x30)
            count += 1
            position += 1
        }
        return count >= digits.lowerBound ? value : nil
    }

    /// `Z`, `UTC`, `GMT`, `+09:00`, `+0900` or `+09`, in seconds.
    static func offset(_ run: Span<UInt8>, _ position: inout Int) -> Int? {
        guard position < run.count else { return nil }
        let mark = run[position]
        if mark | 0x20 == UInt8(ascii: "z") {
            position += 1
            return 0
        }
        let rest = run.extracting(position..<run.count)
        if rest.equalsFolded("utc") || rest.equalsFolded("gmt") {
            position += 3
            return 0
        }
        guard mark == UInt8(ascii: "+") || mark == UInt8(ascii: "-") else { return nil }
        position += 1
        guard let hours = number(run, &position, digits: 2...2), hours <= 23 else { return nil }
        if position < run.count, run[position] == UInt8(ascii: ":") { position += 1 }
        var minutes = 0
        if position < run.count, run[position].isDigit {
            guard let found = number(run, &position, digits: 2...2), found <= 59 else { return nil }
            minutes = found
        }
        let seconds = hours * 3600 + minutes * 60
        return mark == UInt8(ascii: "-") ? -seconds : seconds
    }
}
