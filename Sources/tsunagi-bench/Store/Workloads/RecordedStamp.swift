import Readings

/// The stamps of recordings: `2016-05-13T05:00:00.000000Z`, `2020-03-09 10:14:33` and `31/01/2018 23:45`.
///
/// A stamp without a zone is taken as UTC; what is finer than a millisecond is cut.
enum RecordedStamp {
    /// The stamp of these bytes, or nil when they are none.
    static func parse(_ text: ArraySlice<UInt8>) -> Instant? {
        var digits = Digits(rest: text)
        guard let first = digits.number(upTo: 4) else { return nil }
        let isDayFirst = digits.take(UInt8(ascii: "/"))
        guard isDayFirst || digits.take(UInt8(ascii: "-")), let month = digits.number(upTo: 2),
            digits.take(UInt8(ascii: isDayFirst ? "/" : "-")), let third = digits.number(upTo: 4)
        else { return nil }
        var civil = CivilTime(year: isDayFirst ? third : first, month: month, day: isDayFirst ? first : third)
        guard digits.take(UInt8(ascii: " ")) || digits.take(UInt8(ascii: "T")),
            let hour = digits.number(upTo: 2), digits.take(UInt8(ascii: ":")),
            let minute = digits.number(upTo: 2)
        else { return nil }
        (civil.hour, civil.minute) = (hour, minute)
        if digits.take(UInt8(ascii: ":")) {
            guard let second = digits.number(upTo: 2) else { return nil }
            civil.second = second
            if digits.take(UInt8(ascii: ".")) { civil.millisecond = digits.milliseconds() }
        }
        _ = digits.take(UInt8(ascii: "Z"))
        guard digits.rest.isEmpty, civil.isValid else { return nil }
        return civil.instant(offsetSeconds: 0)
    }

    /// What is left of a stamp.
    private struct Digits {
        var rest: ArraySlice<UInt8>

        mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(upTo count: Int) -> Int? {
            var number = 0
            var taken = 0
            while taken < count, let byte = rest.first, byte >= 48, byte < 58 {
                number = number * 10 + Int(byte - 48)
                taken += 1
                rest.removeFirst()
            }
            return taken > 0 ? number : nil
        }

        mutating func milliseconds() -> Int {
            var milliseconds = 0
            var weight = 100
            while let byte = rest.first, byte >= 48, byte < 58 {
                milliseconds += Int(byte - 48) * weight
                weight /= 10
                rest.removeFirst()
            }
            return milliseconds
        }
    }
}
