import Readings
import Synchronization

/// Who is logged in, by random secrets that only their browsers know. In memory: a restart ends them all.
final class Sessions: Sendable {
    /// Nobody has asked for so long: over. An open page asks all the time.
    static let idleSeconds = 8.0 * 3600
    /// However often it was used.
    static let ageSecondsMax = 7.0 * 86_400
    /// The one that was idle for longest makes room.
    static let countMax = 1000

    private struct Session {
        let user: BoardUser
        let begun: Double
        var seen: Double
    }

    private let open = Mutex<[String: Session]>([:])
    /// Seconds of a clock that nobody sets.
    private let uptime: @Sendable () -> Double

    init(uptime: @escaping @Sendable () -> Double) {
        self.uptime = uptime
    }

    /// - Returns: the session's secret.
    func begin(_ user: BoardUser) -> String {
        let now = uptime()
        let secret = Secrets.random()
        open.withLock { open in
            if open.count >= Self.countMax, let oldest = open.min(by: { $0.value.seen < $1.value.seen }) {
                open[oldest.key] = nil
            }
            open[secret] = Session(user: user, begun: now, seen: now)
        }
        return secret
    }

    /// Whose session it is, if it still is one; it counts as used.
    func caller(_ secret: String) -> Caller? {
        let now = uptime()
        return open.withLock { open in
            guard let session = open[secret] else { return nil }
            guard now - session.seen < Self.idleSeconds, now - session.begun < Self.ageSecondsMax else {
                open[secret] = nil
                return nil
            }
            open[secret]?.seen = now
            return Caller(name: session.user.name, partner: session.user.partner)
        }
    }

    func end(_ secret: String) {
        open.withLock { $0[secret] = nil }
    }

    /// Ends the sessions of those who are not in the book any more, or not as they were.
    func keep(_ users: Set<BoardUser>) {
        open.withLock { open in open = open.filter { users.contains($0.value.user) } }
    }
}
