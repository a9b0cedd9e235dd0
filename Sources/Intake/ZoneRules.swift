public import Readings

/// What other rooms may ask of a zone.
public enum ZoneRules {
    /// How many seconds a zone's clocks are ahead of UTC at an instant.
    ///
    /// - Parameter zone: `UTC`, `+09:00` or an IANA name such as `Asia/Tokyo`.
    /// - Returns: nil for anything else, and for names that this machine has no table for.
    public static func offsetSeconds(of zone: String) -> (@Sendable (Instant) -> Int)? {
        guard let rules = Zone(zone) else { return nil }
        return { rules.offsetSeconds(at: $0) }
    }
}
