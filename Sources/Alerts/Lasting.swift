public import Readings

/// Since when conditions hold, from look to look.
public struct Lasting: Sendable {
    private var since: [String: Instant] = [:]

    /// Nothing holds.
    public init() {}

    /// Since when something holds without a break; nil when it does not hold now.
    ///
    /// - Parameter begin: when it began, as far as the present look can tell.
    public mutating func since(_ name: String, holds: Bool, from begin: Instant, now: Instant) -> Instant? {
        guard holds else {
            since[name] = nil
            return nil
        }
        let first = min(since[name] ?? .distantFuture, begin, now)
        since[name] = first
        return first
    }

    /// Forgets what is not named.
    public mutating func keep(_ names: Set<String>) {
        if since.count > names.count { since = since.filter { names.contains($0.key) } }
    }
}
