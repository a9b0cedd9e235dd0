internal import CPlatform
internal import Glibc

/// A bell by which any thread ends another one's poll.
final class WakeLine: Sendable {
    /// Readable while somebody has rung.
    let descriptor: Int32

    init() {
        descriptor = tsunagi_wake_open()
        precondition(
            descriptor >= 0,
            "cannot create an eventfd: \(systemWords(errno)); raise the open files limit"
        )
    }

    deinit {
        close(descriptor)
    }

    /// Wakes the poller, now or at its next poll.
    func ring() {
        tsunagi_wake_ring(descriptor)
    }

    /// Forgets all rings so far.
    func quiet() {
        tsunagi_wake_quiet(descriptor)
    }
}

/// What a poll found.
struct PollOutcome {
    var readable = false
    var writable = false
    /// The socket reported an error or that the other side is gone; a read will tell which.
    var broken = false
    var rung = false
}

/// Waits until the socket is ready, somebody rings, or the time is over.
///
/// - Parameters:
///   - socket: looked at only when `reading` or `writing`.
///   - nanoseconds: 0 only looks.
func pollSocket(_ socket: Int32, reading: Bool, writing: Bool, wake: WakeLine, nanoseconds: Int64)
    -> PollOutcome
{
    let wanted = Int16((reading ? POLLIN : 0) | (writing ? POLLOUT : 0))
    let ready = tsunagi_wait(wanted == 0 ? -1 : socket, wanted, wake.descriptor, max(0, nanoseconds))
    var outcome = PollOutcome()
    outcome.readable = ready.first & Int16(POLLIN) != 0
    outcome.writable = ready.first & Int16(POLLOUT) != 0
    outcome.broken = ready.first & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    if ready.second != 0 {
        wake.quiet()
        outcome.rung = true
    }
    return outcome
}
