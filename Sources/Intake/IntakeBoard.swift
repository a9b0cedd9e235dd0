import Readings
import Synchronization

/// What other threads may read about the intake; written once a batch.
final class IntakeBoard: Sendable {
    /// The dead letters that are kept for reading: 1000 × (4 KiB and a little) is 4.5 MB at most.
    static let lettersMax = 1000

    private struct Source {
        var status: SourceStatus
        var skew = SkewWindow()
    }

    private struct Board {
        var status = IntakeStatus()
        var sources: [Source] = []
        var letters: [DeadLetter] = []
        /// Where the oldest letter stands once the list is full.
        var oldest = 0
    }

    /// Guards all of it; nothing else is locked while it is held.
    private let board = Mutex(Board())

    /// Puts up what a settled batch came to.
    func post(_ status: IntakeStatus, _ ledger: SourceLedger, _ letters: [DeadLetter]) {
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
                board.sources[touch.source].status.lastSeen = touch.lastSeen
                board.sources[touch.source].status.messages += touch.messages
                board.sources[touch.source].status.readings += touch.readings
                if let skewMs = touch.skewMs { board.sources[touch.source].skew.add(skewMs) }
            }
            for letter in letters {
                if board.letters.count < Self.lettersMax {
                    board.letters.append(letter)
                } else {
                    board.letters[board.oldest] = letter
                    board.oldest = (board.oldest + 1) % Self.lettersMax
                }
            }
        }
    }

    var status: IntakeStatus {
        board.withLock { $0.status }
    }

    /// Sources in the order in which they were first seen.
    func sources(limit: Int) -> [SourceStatus] {
        board.withLock { board in
            board.sources.filter { $0.status.messages > 0 }.prefix(limit).map { source in
                var status = source.status
                status.skewMs = source.skew.median
                return status
            }
        }
    }

    /// Newest first.
    func letters(limit: Int) -> [DeadLetter] {
        board.withLock { board in
            let inOrder = board.letters[board.oldest...] + board.letters[..<board.oldest]
            return inOrder.reversed().prefix(limit).map { $0 }
        }
    }
}
