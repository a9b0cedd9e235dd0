import ServiceLifecycle
import UnixSignals

/// Calls a closure, each time after as long as it says, until the group shuts down.
struct Ticker: Service {
    let tick: @Sendable () async -> Duration

    init(tick: @escaping @Sendable () async -> Duration) {
        self.tick = tick
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let rest = await tick()
                // Cancelled means that the group shuts down; that is the way this ends.
                try? await Task.sleep(for: rest)
            }
        }
    }
}

/// Calls a closure for each SIGHUP until the group shuts down.
struct Hangups: Service {
    let signals: UnixSignalsSequence
    let hangUp: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in signals { await hangUp() }
        }
    }
}
