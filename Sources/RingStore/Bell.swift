internal import Glibc

/// Wakes a waiting thread. Rings are counted, so none is missed; whoever wakes looks at what there is to do.
///
/// `@unchecked Sendable`: a POSIX semaphore is made for several threads; its memory never moves.
@safe final class Bell: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = .allocate(capacity: 1)
        let code = unsafe sem_init(semaphore, 0, 0)
        precondition(code == 0, "a semaphore within one process can always be made")
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// Lets one wait return.
    func ring() {
        unsafe sem_post(semaphore)
    }

    /// Returns after a ring.
    func wait() {
        while unsafe sem_wait(semaphore) != 0 && errno == EINTR {}
    }

    /// Returns after a ring, or when so much time has passed.
    func wait(forMs milliseconds: Int) {
        var until = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &until)
        let nanoseconds = until.tv_nsec + milliseconds % 1000 * 1_000_000
        until.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        until.tv_nsec = nanoseconds % 1_000_000_000
        while unsafe sem_timedwait(semaphore, &until) != 0 && errno == EINTR {}
    }
}
