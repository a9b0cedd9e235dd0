import Readings
import Synchronization

/// What other threads may read about the intake; written once a batch.
final class IntakeBoard: Sendable {
    private struct Source {
        var status: SourceStatus
        var skew = SkewWindow()
        var rhythm = Rhythm()

        /// - Parameter linked: since when it can be heard; nil while there is no link.
        mutating func take(_ touch: SourceTouch, linked: Instant?) {
            if let lastSeen = touch.lastSeen {
                status.lastSeen = lastSeen
                rhythm.hear(at: lastSeen, linked: linked ?? lastSeen)
            }
            status.messages += touch.messages
            status.readings += touch.readings
            if let skewMs = touch.skewMs { skew.add(skewMs) }
        }
    }

    private struct Board {
        var status = IntakeStatus()
        var sources: [Source] = []
        /// Since when sources can be heard; nil while there is no link.
        var linked: Instant?
        /// Messages that wait for the clock, and those that found no room.
        var waiting = 0
        var dropped: UInt64 = 0
    }

    /// Guards all of it; nothing else is locked while it is held.
    private let board = Mutex(Board())

    /// Puts up what a settled batch came to.
    func post(_ status: IntakeStatus, _ ledger: SourceLedger) {
        board.withLock { board in
            board.status = status
            for touch in ledger.touches {
                while board.sources.count <= touch.source {
                    let name = ledger.names[board.sources.count]
                    let fresh = SourceStatus(
                        rule: name.rule,
                        name: name.name,
                        lastSeen: .distantPast,
                        messages: 0,
                        readings: 0
                    )
                    board.sources.append(Source(status: fresh))
                }
                board.sources[touch.source].take(touch, linked: board.linked)
            }
        }
    }

    /// The link stands since then, or is gone.
    func link(since linked: Instant?) {
        board.withLock { $0.linked = linked }
    }

    /// So many messages wait for the clock, and so many were dropped for want of room.
    func hold(_ count: Int, dropped: UInt64) {
        board.withLock { ($0.waiting, $0.dropped) = (count, dropped) }
    }

    var status: IntakeStatus {
        board.withLock { board in
            var status = board.status
            (status.timeless, status.timelessDropped) = (board.waiting, board.dropped)
            return status
        }
    }

    /// Sources in the order in which they were first seen, as of now.
    func sources(limit: Int, now: Instant) -> [SourceStatus] {
        board.withLock { board in
            board.sources.filter { $0.status.messages > 0 }.prefix(limit).map { told($0, board.linked, now) }
        }
    }

    /// All sources, as of now; some at a time, so that no batch waits long for the lock.
    func allSources(now: Instant) -> [SourceStatus] {
        var found: [SourceStatus] = []
        var next = 0
        while true {
            let page = board.withLock { board in
                board.sources.dropFirst(next).prefix(512).map { told($0, board.linked, now) }
            }
            if page.isEmpty { return found }
            next += page.count
            found += page.filter { $0.messages > 0 }
        }
    }

    /// Those that are silent, or whose clocks are far off.
    func troubled(limit: Int, now: Instant) -> [SourceStatus] {
        board.withLock { board in
            var found: [SourceStatus] = []
            for source in board.sources where source.status.messages > 0 && found.count < limit {
                let status = told(source, board.linked, now)
                if status.isStale || status.isSkewed { found.append(status) }
            }
            return found
        }
    }

    private func told(_ source: Source, _ linked: Instant?, _ now: Instant) -> SourceStatus {
        var status = source.status
        status.skewMs = source.skew.median
        status.rhythmMs = source.rhythm.knownMs
        status.isStale = linked.map { source.rhythm.isStale(at: now, linked: $0) } ?? false
        return status
    }
}
