// Foundation at the cold edge: the system's zone tables, about once a day of stamps.
import Foundation
import Readings

/// How far local clocks are from UTC: a fixed offset, or the rules of a place.
///
/// The system's zone tables are the cold edge; ``ZoneClock`` remembers what they said.
struct Zone: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case fixed(seconds: Int)
        case place(TimeZone)
    }

    private let form: Form

    /// Reads `Z`, `UTC`, `+09:00`, `+0900`, `+09` or an IANA name such as `Asia/Tokyo`.
    ///
    /// - Returns: nil for anything else, and for names that this machine has no table for.
    init?(_ text: String) {
        if text == "Z" || text == "UTC" || text == "GMT" {
            form = .fixed(seconds: 0)
            return
        }
        if text.hasPrefix("+") || text.hasPrefix("-") {
            let bytes = Array(text.utf8)
            var position = 0
            guard let seconds = StampText.offset(bytes.span, &position), position == bytes.count else {
                return nil
            }
            form = .fixed(seconds: seconds)
            return
        }
        guard text.contains("/") || TimeZone.knownTimeZoneIdentifiers.contains(text),
            let zone = TimeZone(identifier: text)
        else { return nil }
        form = .place(zone)
    }

    /// The offset when it is the same for ever.
    var fixedSeconds: Int? {
        if case .fixed(let seconds) = form { seconds } else { nil }
    }

    /// How many seconds its clocks are ahead of UTC at an instant.
    func offsetSeconds(at instant: Instant) -> Int {
        switch form {
        case .fixed(let seconds): return seconds
        case .place(let zone):
            return zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000))
        }
    }
}

/// Turns local times of one zone into instants; remembers the last day's offset, so that the zone tables are
/// asked about once a day of stamps.
struct ZoneClock: Sendable {
    private let zone: Zone
    private var day = Int.min
    private var daySeconds = 0

    init(_ zone: Zone) {
        self.zone = zone
    }

    /// The instant at which local clocks show `civil`: the earlier one where they show it twice; where they
    /// skip it, as if they had not been moved.
    mutating func instant(_ civil: CivilTime) -> Instant {
        if let fixed = zone.fixedSeconds { return civil.instant(offsetSeconds: fixed) }
        let day = civil.daysSinceEpoch
        if day == self.day { return civil.instant(offsetSeconds: daySeconds) }
        let asUTC = civil.instant(offsetSeconds: 0)
        let before = zone.offsetSeconds(at: asUTC.advanced(byMs: -2 * 86_400_000))
        let after = zone.offsetSeconds(at: asUTC.advanced(byMs: 2 * 86_400_000))
        if before == after {
            self.day = day
            daySeconds = before
            return civil.instant(offsetSeconds: before)
        }
        let early = civil.instant(offsetSeconds: before)
        if zone.offsetSeconds(at: early) == before { return early }
        let late = civil.instant(offsetSeconds: after)
        return zone.offsetSeconds(at: late) == after ? late : early
    }
}
