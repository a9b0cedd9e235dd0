import Disclosure
public import Readings
import Synchronization

/// What left last under each grant, as its recipient sees it: for whoever is to see just that, on a screen.
///
/// In memory only: after a restart it shows what has left since.
public final class Showcase: Sendable {
    /// A bucket that left.
    public struct Shown: Hashable, Sendable {
        /// Exclusive.
        public let bucketEnd: Instant
        /// As they left; none when the bucket was withheld.
        public let values: [Release.Value]
        /// Nobody saw it before.
        let leavesAt: Instant
    }

    /// Buckets of a grant that are kept.
    static let bucketsMax = 64
    /// Values of all grants together that are kept; then a grant keeps only its last bucket. 100 bytes each.
    static let valuesMax = 100_000

    private struct State {
        var shown: [String: [Shown]] = [:]
        var values = 0
    }

    private let state = Mutex(State())

    /// Of which nothing has left yet.
    public init() {}

    func add(_ release: Release, leavesAt: Instant) {
        let shown = Shown(bucketEnd: release.bucketEnd, values: release.values, leavesAt: leavesAt)
        state.withLock { state in
            var list = state.shown["\(release.agreement.id)/\(release.grant.id)"] ?? []
            list.append(shown)
            state.values += release.values.count
            while list.count > Self.bucketsMax || (state.values > Self.valuesMax && list.count > 2) {
                state.values -= list.removeFirst().values.count
            }
            state.shown["\(release.agreement.id)/\(release.grant.id)"] = list
        }
    }

    /// What had left of a grant by an instant, oldest first.
    public func shown(agreement: String, grant: String, by now: Instant) -> [Shown] {
        state.withLock { $0.shown["\(agreement)/\(grant)"] ?? [] }.filter { $0.leavesAt <= now }
    }
}
