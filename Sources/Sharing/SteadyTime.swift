public import Readings

/// The time by which buckets are closed: the machine's clock, but for steps forward (D16).
///
/// When the clock jumps ahead of the time since the machine's start, a bucket that is over by it may still be open: then
/// time goes on as before the step, for as long as the step was wide, a day at most. By then whatever the clock called
/// over at the step is over by both. A step back needs nothing: a bucket that was decided is never decided again, and the
/// next waits for its end.
public struct SteadyTime: Sendable {
    /// Less than this is the clock being set right bit by bit.
    public static let stepMs: Int64 = 5000
    /// After so long the clock is believed.
    public static let holdMaxMs: Int64 = 86_400_000

    /// The clock less the time since the start, as it is gone by.
    private var offsetMs: Int64
    /// A step that is not believed yet: by how much, and until when since the start.
    private var held: (byMs: Int64, untilMs: Int64)?

    /// The clock is right at this moment, as far as anybody knows.
    public init(now: Instant, uptimeMs: Int64) {
        offsetMs = now.milliseconds - uptimeMs
    }

    /// Whether a step is waited for.
    public var isHeld: Bool { held != nil }

    /// The time to close buckets by.
    ///
    /// - Parameters:
    ///   - now: the machine's clock.
    ///   - uptimeMs: milliseconds since the machine's start, which nobody sets.
    public mutating func instant(now: Instant, uptimeMs: Int64) -> Instant {
        let aheadMs = now.milliseconds - uptimeMs - offsetMs
        guard aheadMs > Self.stepMs else {
            // In step, or behind: that is how it is.
            held = nil
            offsetMs += aheadMs
            return now
        }
        if let held, abs(held.byMs - aheadMs) <= Self.stepMs {
            guard uptimeMs < held.untilMs else {
                self.held = nil
                offsetMs += aheadMs
                return now
            }
        } else {
            held = (aheadMs, uptimeMs + min(aheadMs, Self.holdMaxMs))
        }
        return now.advanced(byMs: -aheadMs)
    }
}
