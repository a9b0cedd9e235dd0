internal import Synchronization

/// A piece of work on a thread of its own, for whoever has something else to do meanwhile.
final class Errand<Outcome: Sendable>: Sendable {
    private let work: @Sendable () -> Outcome
    private let outcome = Mutex<Outcome?>(nil)
    private let done = Bell()

    /// Sets off. Where the system has no thread to spare the work is done before this returns.
    init(_ work: @escaping @Sendable () -> Outcome) {
        self.work = work
        if StoreThread.start({ [self] in run() }) != 0 { run() }
    }

    private func run() {
        let result = work()
        outcome.withLock { $0 = result }
        done.ring()
    }

    /// Waits until it is done; to be asked once.
    func result() -> Outcome {
        done.wait()
        guard let result = outcome.withLock({ $0.take() }) else {
            preconditionFailure("the result of an errand is asked for once")
        }
        return result
    }
}
