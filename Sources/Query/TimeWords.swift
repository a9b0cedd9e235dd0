public import Readings

/// Reads the durations and instants that people type.
public enum TimeWords {
    /// `15s`, `15m`, `6h`, `2d`, `1w` or `250ms`, in milliseconds.
    ///
    /// - Throws: ``QueryFailure/badDuration(_:)`` for anything else, zero and negatives included.
    public static func durationMs(_ text: String) throws(QueryFailure) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count > 0, let unit = unitMs[String(text.dropFirst(digits.count))]
        else {
            throw .badDuration(text)
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        if overflow { throw .badDuration(text) }
        return product
    }

    /// An ISO 8601 stamp with a zone, `now`, or a duration that lies that long before `now`.
    public static func instant(_ text: String, now: Instant) throws(QueryFailure) -> Instant {
        if text == "now" { return now }
        if let ago = try? durationMs(text) { return now.advanced(byMs: -ago) }
        guard let stamp = Instant(iso8601: text) else { throw .badInstant(text) }
        return stamp
    }

    private static let unitMs: [String: Int64] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
    ]
}
