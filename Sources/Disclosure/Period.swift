/// A length of time written as an ISO 8601 duration: `PT15M`, `P1D`, `P2W`, `P1DT12H`.
///
/// Years and months are not accepted, because their length depends on the calendar. A day is 24 hours.
public struct Period: Hashable, Comparable, Sendable {
    /// 0 … ``millisecondsMax``.
    public let milliseconds: Int64

    /// A hundred years of 365 days; nothing in an agreement is longer.
    public static let millisecondsMax: Int64 = 36_500 * 86_400_000
    /// No time at all, `PT0S`.
    public static let zero = Period(milliseconds: 0)

    /// - Parameter milliseconds: 0 … ``millisecondsMax``.
    public init(milliseconds: Int64) {
        precondition(
            (0...Period.millisecondsMax).contains(milliseconds),
            "a period lies within 0 and 100 years"
        )
        self.milliseconds = milliseconds
    }

    /// Reads `P` and weeks alone, or days and then `T` with hours, minutes and seconds; whole numbers, in this
    /// order, at least one of them.
    ///
    /// - Returns: nil for anything else, and for what is longer than a hundred years.
    public init?(_ text: String) {
        var rest = text.utf8[...]
        guard rest.popFirst() == UInt8(ascii: "P") else { return nil }
        var units: [(mark: UInt8, seconds: Int64)] = [
            (UInt8(ascii: "W"), 604_800), (UInt8(ascii: "D"), 86_400),
        ]
        var inTime = false
        var hasWeeks = false
        var hasPart = false
        var partExpected = true
        var seconds: Int64 = 0
        while let byte = rest.first {
            if byte == UInt8(ascii: "T") {
                guard !inTime, !hasWeeks else { return nil }
                inTime = true
                partExpected = true
                units = [(UInt8(ascii: "H"), 3600), (UInt8(ascii: "M"), 60), (UInt8(ascii: "S"), 1)]
                rest = rest.dropFirst()
                continue
            }
            guard let number = Period.takeDigits(&rest), let mark = rest.popFirst(), !hasWeeks,
                let place = units.firstIndex(where: { $0.mark == mark })
            else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: units[place].seconds)
            guard !overflow, product <= Period.millisecondsMax / 1000 - seconds else { return nil }
            seconds += product
            hasWeeks = mark == UInt8(ascii: "W")
            units.removeSubrange(...place)
            hasPart = true
            partExpected = false
        }
        guard hasPart, !partExpected else { return nil }
        self.init(milliseconds: seconds * 1000)
    }

    /// Whether the left is shorter.
    public static func < (left: Period, right: Period) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// At least one digit, at most 18 of them.
    private static func takeDigits(_ rest: inout Substring.UTF8View) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let byte = rest.first, (48...57).contains(byte) {
            guard count < 18 else { return nil }
            value = value * 10 + Int64(byte - 48)
            count += 1
            rest = rest.dropFirst()
        }
        return count == 0 ? nil : value
    }
}

extension Period: CustomStringConvertible {
    /// The shortest text that reads back as this: `P1D`, `PT15M`, `P1DT12H`, `PT0S`; what is finer than a second
    /// is not shown.
    public var description: String {
        let seconds = milliseconds / 1000
        let parts = [(seconds / 3600 % 24, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S")]
        let time = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
        let days = seconds / 86_400
        if days == 0 && time.isEmpty { return "PT0S" }
        return "P" + (days > 0 ? "\(days)D" : "") + (time.isEmpty ? "" : "T\(time)")
    }
}
