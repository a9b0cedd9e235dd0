internal import CPlatform
internal import Glibc
internal import Synchronization

/// A thread of its own that runs one closure to its end.
///
/// A link blocks in C for as long as it likes, so it must not hold a thread of the task pool.
final class BusThread: Sendable {
    private let id: pthread_t
    private let joined = Mutex(false)

    /// - Parameter name: at most 15 bytes, for `top -H` and `perf`.
    init(name: String, _ body: sending @escaping () -> Void) {
        let box = unsafe Unmanaged.passRetained(ThreadBody(name, body)).toOpaque()
        var id = pthread_t()
        let code = unsafe pthread_create(
            &id,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box
        )
        precondition(code == 0, "cannot create the thread \(name): \(systemWords(code))")
        self.id = id
    }

    /// Waits for the closure's end. May be called from several threads; never from its own.
    func join() {
        precondition(pthread_equal(id, pthread_self()) == 0, "a link cannot wait for its own thread")
        joined.withLock { joined in
            if !joined { pthread_join(id, nil) }
            joined = true
        }
    }
}

/// Carries the closure through the C door.
private final class ThreadBody {
    private let name: String
    private let body: () -> Void

    init(_ name: String, _ body: @escaping () -> Void) {
        self.name = name
        self.body = body
    }

    func run() {
        unsafe tsunagi_name_thread(name)
        body()
    }
}
