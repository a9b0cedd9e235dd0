import Readings
import Synchronization

/// How many a second, over the last ten seconds of a count that is looked at once a second.
final class RateMeter: Sendable {
    private let marks = Mutex<[(at: Instant, count: UInt64)]>([])
    private static let markCountMax = 11

    /// Takes the count as it stands.
    func mark(_ count: UInt64, at now: Instant) {
        marks.withLock { marks in
            marks.append((now, count))
            if marks.count > RateMeter.markCountMax { marks.removeFirst() }
        }
    }

    /// Per second; 0 until two marks stand.
    var perSecond: Double {
        marks.withLock { marks in
            guard let first = marks.first, let last = marks.last, last.at > first.at,
                last.count >= first.count
            else { return 0 }
            return Double(last.count - first.count) * 1000 / Double(last.at.msSince(first.at))
        }
    }
}
