/// Durations as Prometheus writes them.
public enum DurationText {
    /// `5m`, `1h30m`, `250ms`, `2w`: numbers with units, each unit once, the longer ones first; nil for anything else.
    ///
    /// A day has 24 hours, a week 7 days and a year 365.
    public static func milliseconds(of text: String) -> Int64? {
        var rest = Substring(text)
        var sum: Int64 = 0
        var above = Int64.max
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !("0"..."9").contains($0) }
            rest = rest.dropFirst(unit.count)
            guard let count = Int64(digits), let width = widths[String(unit)], width < above else {
                return nil
            }
            let (part, isLong) = count.multipliedReportingOverflow(by: width)
            let (total, isLonger) = sum.addingReportingOverflow(part)
            guard !isLong, !isLonger, total <= millisecondsMax else { return nil }
            (sum, above) = (total, width)
        }
        return text.isEmpty ? nil : sum
    }

    /// Three hundred years, so that no sum of instants overflows.
    static let millisecondsMax: Int64 = 300 * 365 * 86_400_000

    private static let widths: [String: Int64] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
        "y": 31_536_000_000,
    ]
}
