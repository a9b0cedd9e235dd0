import Readings
import Synchronization

/// What other threads want done on the link's own, between two batches.
enum Errand: Sendable {
    case retry([DeadLetter], @Sendable ([RetryOutcome]) -> Void)
    /// Something about Sparkplug's nodes.
    case sparkplug(@Sendable (inout SparkplugHost, Instant) -> Void)
}

/// Errands on their way to the link's thread. Each goes one way once: that thread takes it, or whoever gave it takes it
/// back because nobody came.
final class Errands: Sendable {
    private struct Queue {
        var waiting: [(number: UInt64, errand: Errand)] = []
        var last: UInt64 = 0
    }

    /// A leaf.
    private let queue = Mutex(Queue())

    var isEmpty: Bool { queue.withLock { $0.waiting.isEmpty } }

    /// - Returns: takes the errand back; false when it was begun.
    func give(_ errand: Errand) -> @Sendable () -> Bool {
        let number = queue.withLock { queue in
            queue.last += 1
            queue.waiting.append((queue.last, errand))
            return queue.last
        }
        return { [self] in
            queue.withLock { queue in
                guard let place = queue.waiting.firstIndex(where: { $0.number == number }) else {
                    return false
                }
                queue.waiting.remove(at: place)
                return true
            }
        }
    }

    /// The oldest one.
    func take() -> Errand? {
        queue.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst().errand }
    }
}
