public import Readings

extension Grant {
    /// The start of the bucket of this grant's lattice that holds `instant`.
    ///
    /// Buckets of a day begin at midnight and buckets of a week on Monday, in the grant's zone; shorter ones stand
    /// on the lattice that all zones with whole hours share.
    public func bucketStart(holding instant: Instant) -> Instant {
        guard bucket.dependsOnZone else { return instant.floored(toMs: bucket.widthMs) }
        let zoneMs = Int64(Grant.offsetSeconds(ofZone: timezone ?? "UTC") ?? 0) * 1000
        // 1970-01-01 was a Thursday: a week that begins on Monday begins three days before it.
        let weekMs: Int64 = bucket == .week ? 3 * 86_400_000 : 0
        return instant.floored(toMs: bucket.widthMs, offsetMs: zoneMs + weekMs)
    }

    /// Seconds east of UTC of a zone that never changes its clocks: `UTC`, `Asia/Tokyo`, `+09:00`.
    ///
    /// - Returns: nil for any other; a zone with summer time has days of 23 and 25 hours, which no lattice of
    ///   equal buckets can follow.
    public static func offsetSeconds(ofZone zone: String) -> Int? {
        switch zone {
        case "UTC", "Etc/UTC", "Z": return 0
        case "Asia/Tokyo", "Japan": return 32_400
        case "Asia/Seoul": return 32_400
        default: break
        }
        let bytes = Array(zone.utf8)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            let hours = Int(zone.dropFirst().prefix(2)), let minutes = Int(zone.suffix(2)), hours <= 14,
            minutes < 60
        else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return bytes[0] == UInt8(ascii: "-") ? -seconds : seconds
    }
}
