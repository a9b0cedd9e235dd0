import Readings

/// How often a source speaks, learned from its pauses: 40 bytes, whatever comes.
///
/// The rhythm is the longest pause that the source has made lately. Pauses are looked at once a second at most, so a
/// burst counts as one appearance. Of the first ``learning`` looks the longest pause stands. From then on a longer one
/// stands at once, but no more than doubles the rhythm: a source that was off for a night is not believed to sleep so
/// long from now on, and one that has become slower is learned in a few messages. Without such pauses the rhythm comes
/// down towards what is seen, by a factor of e in sixteen of its own length. A rhythm is never below ``floorMs``.
///
/// Silent for three times its rhythm, a source is stale. A pause counts from the link's beginning on: while there is no
/// link nobody can be heard.
struct Rhythm: Sendable {
    static let floorMs: Int64 = 5000
    private static let lookMs: Int64 = 1000
    private static let learning: Int32 = 8
    static let patience: Int64 = 3
    private static let memory: Int64 = 16

    private(set) var heard: Instant?
    private var looked = Instant.distantPast
    private var longestMs: Int64 = 0
    private var rhythmMs = Self.floorMs
    private var looks: Int32 = 0

    /// The source spoke.
    ///
    /// - Parameter linked: since when it can be heard.
    mutating func hear(at now: Instant, linked: Instant) {
        guard let before = heard else {
            (heard, looked) = (now, now)
            return
        }
        // A clock that was set back makes no pause.
        longestMs = max(longestMs, now.msSince(linked > now ? before : max(before, linked)))
        heard = now
        if now < looked { looked = now }
        guard now.msSince(looked) >= Self.lookMs else { return }
        learn(longestMs)
        (looked, longestMs) = (now, 0)
    }

    private mutating func learn(_ pauseMs: Int64) {
        let pause = max(pauseMs, Self.floorMs)
        if looks < Self.learning {
            looks += 1
            rhythmMs = max(rhythmMs, pause)
        } else if pause > rhythmMs {
            rhythmMs = min(pause, 2 * rhythmMs)
        } else {
            rhythmMs -= (rhythmMs - pause) * max(pauseMs, Self.lookMs) / (Self.memory * rhythmMs)
        }
    }

    /// Nil while the source has not been seen often enough.
    var knownMs: Int64? { looks < Self.learning ? nil : rhythmMs }

    /// Whether it has been silent for longer than its rhythm lets expect.
    func isStale(at now: Instant, linked: Instant) -> Bool {
        guard let heard, let knownMs else { return false }
        return now.msSince(linked > now ? heard : max(heard, linked)) > Self.patience * knownMs
    }
}
