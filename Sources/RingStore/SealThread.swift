internal import Glibc
internal import Synchronization

/// The store's own thread: takes frozen generations and seals them, again and again if the disk refuses.
final class SealThread: Sendable {
    private struct State {
        var job: SealJob?
        var isStopping = false
        var hasEnded = false
        /// Of the last attempt at the job.
        var failure: StoreFailure?
        /// See ``takeForgotten()``.
        var forgotten: [UInt32] = []
        /// Attempts that have ended, and when the last one did.
        var attempts = 0
        var lastMs = Int.min >> 1
        var isTrying = false
        /// A commit waits for the next attempt.
        var isUrged = false
    }

    /// Guards what is to be done and how it goes; a leaf.
    private let state = Mutex(State())
    private let work = Bell()
    private let done = Bell()
    private let retryMs: ClosedRange<Int>
    private let urgeMs: Int

    /// Starts the thread. It ends with ``stop()``.
    init(_ sealer: sending Sealer, _ tuning: StoreTuning) {
        retryMs = tuning.retryMs...tuning.retryMsMax
        urgeMs = tuning.urgeMs
        let code = StoreThread.start { [self] in run(sealer) }
        precondition(code == 0, "the system refused a thread for the store (error \(code))")
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
    /// Where the last attempt failed, another is made at once, so that work goes on with the first commit after the
    /// fault is gone; but not one soon after the other, so that commits which are sent again and again do not keep
    /// a failing disk busy.
    ///
    /// - Throws: as soon as sealing fails; it goes on being tried.
    func waitUntilSealed() throws(StoreFailure) {
        /// The attempts there must have been before a failure counts.
        let due = urge()
        while true {
            let (isBusy, failure, attempts, hasEnded) = state.withLock { state in
                (state.job != nil, state.failure, state.attempts, state.hasEnded)
            }
            guard isBusy else { return }
            if let failure, attempts >= due || hasEnded { throw .sealing(reason: failure.description) }
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

    /// Has an attempt made at once if the last one failed and is not fresh. Returns which attempt tells.
    private func urge() -> Int {
        let (due, isUrgent) = state.withLock { state in
            if state.job == nil || state.failure == nil || state.isTrying {
                return (state.attempts + 1, false)
            }
            if SealThread.nowMs() - state.lastMs < urgeMs { return (state.attempts, false) }
            state.isUrged = true
            return (state.attempts + 1, true)
        }
        if isUrgent { work.ring() }
        return due
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
            let (isBusy, isStopping, hasFailed) = state.withLock { state in
                state.isTrying = state.job != nil
                state.isUrged = false
                return (state.isTrying, state.isStopping, state.failure != nil)
            }
            if isStopping && (!isBusy || hasFailed) { break }
            guard isBusy else {
                work.wait()
                continue
            }
            do throws(StoreFailure) {
                end(nil, forgotten: try attempt(sealer))
                waitMs = retryMs.lowerBound
            } catch {
                end(error)
                pause(waitMs)
                waitMs = min(waitMs * 2, retryMs.upperBound)
            }
        }
        state.withLock { $0.hasEnded = true }
        done.ring()
    }

    /// Seals what there is to be sealed. On return this thread holds nothing of it any more: the next freeze may come
    /// at once, and takes the memory of the generation before.
    private func attempt(_ sealer: Sealer) throws(StoreFailure) -> [UInt32] {
        guard let job = state.withLock({ $0.job }) else {
            preconditionFailure("a job stays until it has ended")
        }
        return try sealer.seal(job)
    }

    /// Waits before the next attempt, unless someone waits for that or for the end. Earlier rings may be left over.
    private func pause(_ milliseconds: Int) {
        let until = SealThread.nowMs() + milliseconds
        while !state.withLock({ $0.isUrged || $0.isStopping }) {
            let rest = until - SealThread.nowMs()
            if rest <= 0 { return }
            work.wait(forMs: rest)
        }
    }

    /// An attempt has ended.
    private func end(_ failure: StoreFailure?, forgotten: [UInt32] = []) {
        state.withLock { state in
            if failure == nil { (state.job, state.forgotten) = (nil, forgotten) }
            state.failure = failure
            state.attempts += 1
            state.lastMs = SealThread.nowMs()
            state.isTrying = false
        }
        done.ring()
    }

    private static func nowMs() -> Int {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}
