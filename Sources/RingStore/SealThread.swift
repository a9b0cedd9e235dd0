internal import Glibc
internal import Synchronization

/// The store's own thread: takes frozen generations and seals them, again and again if the disk refuses.
final class SealThread: Sendable {
    private struct State {
        var job: SealJob?
        var isStopping = false
        var hasEnded = false
        var failure: StoreFailure?
        /// See ``takeForgotten()``.
        var forgotten: [UInt32] = []
    }

    /// Guards what is to be done and how it goes; a leaf.
    private let state = Mutex(State())
    private let work = Bell()
    private let done = Bell()
    private let retryMs: ClosedRange<Int>

    /// Starts the thread. It ends with ``stop()``.
    init(_ sealer: sending Sealer, retryMs: ClosedRange<Int>) {
        self.retryMs = retryMs
        let context = unsafe Unmanaged.passRetained(Start(thread: self, sealer: sealer))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                start.thread.run(start.sealer)
                return nil
            },
            context.toOpaque()
        )
        precondition(code == 0, "the system refused a thread for the store (error \(code))")
        pthread_detach(thread)
    }

    /// Carries the sealer to its thread.
    private final class Start {
        let thread: SealThread
        let sealer: Sealer

        init(thread: SealThread, sealer: Sealer) {
            self.thread = thread
            self.sealer = sealer
        }
    }

    // MARK: The committing thread

    /// Hands a generation over; the one before must be sealed.
    func seal(_ job: SealJob) {
        state.withLock { state in
            precondition(state.job == nil, "one generation is sealed at a time")
            state.job = job
        }
        work.ring()
    }

    /// Returns when nothing is left to seal.
    ///
    /// - Throws: as soon as sealing fails; it goes on being tried.
    func waitUntilSealed() throws(StoreFailure) {
        while true {
            let (isBusy, failure, hasEnded) = state.withLock { ($0.job != nil, $0.failure, $0.hasEnded) }
            guard isBusy else { return }
            if let failure { throw .sealing(reason: failure.description) }
            if hasEnded { throw .closed }
            done.wait()
        }
    }

    /// Series that the last seal found to be in no ring any more; once.
    func takeForgotten() -> [UInt32] {
        state.withLock { state in
            defer { state.forgotten = [] }
            return state.forgotten
        }
    }

    /// Why sealing does not get on, nil when it does.
    var failure: StoreFailure? { state.withLock { $0.failure } }

    /// Lets the thread end after what it is doing; returns when it has.
    func stop() {
        state.withLock { $0.isStopping = true }
        work.ring()
        while !state.withLock({ $0.hasEnded }) { done.wait() }
    }

    // MARK: The store's thread

    private func run(_ sealer: Sealer) {
        var waitMs = retryMs.lowerBound
        while true {
            let (job, isStopping, hasFailed) = state.withLock { ($0.job, $0.isStopping, $0.failure != nil) }
            if isStopping && (job == nil || hasFailed) { break }
            guard let job else {
                work.wait()
                continue
            }
            do throws(StoreFailure) {
                let forgotten = try sealer.seal(job)
                state.withLock { state in
                    state.forgotten = forgotten
                    state.job = nil
                    state.failure = nil
                }
                waitMs = retryMs.lowerBound
                done.ring()
            } catch {
                state.withLock { $0.failure = error }
                done.ring()
                work.wait(forMs: waitMs)
                waitMs = min(waitMs * 2, retryMs.upperBound)
            }
        }
        state.withLock { $0.hasEnded = true }
        done.ring()
    }
}
