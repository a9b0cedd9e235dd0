import Readings
import Sharing
import Synchronization

/// What time it is for releases: nobody's setting of the clock brings one out early, or twice.
final class SteadyClock: Sendable {
    private let time: Mutex<SteadyTime>

    init(now: Instant) {
        time = Mutex(SteadyTime(now: now, uptimeMs: WallClock.uptimeMs))
    }

    var now: Instant {
        time.withLock { $0.instant(now: WallClock.now, uptimeMs: WallClock.uptimeMs) }
    }

    /// The machine's clock is set only now, and is right.
    func begin(now: Instant) {
        time.withLock { $0 = SteadyTime(now: now, uptimeMs: WallClock.uptimeMs) }
    }
}
