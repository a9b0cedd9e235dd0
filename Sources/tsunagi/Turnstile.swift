import Glibc

/// Whose turn it is at the intake and the store: the link's, for the length of a batch, or another door's between two
/// batches.
///
///     pass ──▶ [ next ] ──▶ [ inside ]
///
/// Whoever waits for `inside` holds `next`, so a link that leaves and comes back at once stands behind a door that
/// waits: under full load a person's count has to wait for one batch and not for ever.
///
/// `@unchecked Sendable`: POSIX mutexes are made for several threads; their memory never moves. A thread that comes in
/// goes out itself.
@safe final class Turnstile: @unchecked Sendable {
    private let next: UnsafeMutablePointer<pthread_mutex_t>
    private let inside: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        unsafe next = Turnstile.make()
        unsafe inside = Turnstile.make()
    }

    deinit {
        unsafe pthread_mutex_destroy(next)
        unsafe next.deallocate()
        unsafe pthread_mutex_destroy(inside)
        unsafe inside.deallocate()
    }

    /// Returns when nobody else is inside.
    func enter() {
        unsafe pthread_mutex_lock(next)
        unsafe pthread_mutex_lock(inside)
        unsafe pthread_mutex_unlock(next)
    }

    /// Lets the next one in.
    func leave() {
        unsafe pthread_mutex_unlock(inside)
    }

    /// Does something while nobody else is inside.
    func pass<Answer, Failure: Error>(_ work: () throws(Failure) -> Answer) throws(Failure) -> Answer {
        enter()
        defer { leave() }
        return try work()
    }

    private static func make() -> UnsafeMutablePointer<pthread_mutex_t> {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let code = unsafe pthread_mutex_init(mutex, nil)
        precondition(code == 0, "a mutex within one process can always be made")
        return unsafe mutex
    }
}

/// The link's side of the turnstile, on its thread alone: inside from the first message of a batch until the batch is
/// settled or abandoned.
final class LinkTurn {
    private let turnstile: Turnstile
    private var isInside = false

    init(_ turnstile: Turnstile) {
        self.turnstile = turnstile
    }

    /// Goes in, if it is not inside already.
    func begin() {
        if isInside { return }
        turnstile.enter()
        isInside = true
    }

    /// Goes out, if it is inside.
    func end() {
        guard isInside else { return }
        isInside = false
        turnstile.leave()
    }
}
