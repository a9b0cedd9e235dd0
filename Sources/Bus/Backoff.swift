/// How long to wait before the next try: full jitter over a limit that doubles, so that a thousand gateways
/// do not come back to a restarted broker in the same second.
struct Backoff {
    /// The first wait is 100 … 500 ms, later ones up to half a minute.
    private static let waitMsMin = 100
    private static let firstMsMax = 500
    private static let waitMsMax = 30_000
    /// After a takeover: whoever took the session would only take it again.
    private static let takeoverMs = 30_000...60_000

    private var attempts = 0
    private var random = SystemRandomNumberGenerator()

    /// The link has proved itself: the next trouble is a new one.
    mutating func reset() {
        attempts = 0
    }

    /// Milliseconds to wait after this failure.
    mutating func nextMs(after failure: BusFailure) -> Int64 {
        if case .takenOver = failure { return Int64(Int.random(in: Backoff.takeoverMs, using: &random)) }
        let limit = min(Backoff.waitMsMax, Backoff.firstMsMax << min(attempts, 10))
        attempts += 1
        return Int64(Int.random(in: Backoff.waitMsMin...limit, using: &random))
    }
}
