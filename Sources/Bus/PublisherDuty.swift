internal import Readings

/// Sends what waits in the queue, in order, and tells each sender what became of its message.
///
/// Messages stay ours until the broker has acknowledged them; when a link breaks, those under way are sent
/// again first, in order, over the next one. So a message may arrive twice, as QoS 1 allows, but none is lost
/// and none overtakes.
final class PublisherDuty: LinkDuty {
    /// Unacknowledged messages that are given to the library; the broker's receive maximum narrows it
    /// further.
    private static let windowMax = 2048
    /// Messages handed to the library between two writes.
    private static let portion = 256
    /// How long a stop waits for acknowledgements.
    private static let farewellNs: Int64 = 2_000_000_000

    private struct UnderWay {
        var id: Int32
        var outgoing: Outgoing
    }

    private let board: LinkBoard
    private let queue: PublishQueue
    /// In order of sending; the first `head` of them are answered.
    private var underWay: [UnderWay] = []
    private var head = 0
    /// Of the last connection, to be sent first.
    private var again: [Outgoing] = []
    private var farewell: Int64?
    private let greeting: (@Sendable () -> BusGreeting)?
    private(set) var hasProved = false

    init(board: LinkBoard, queue: PublishQueue, greeting: (@Sendable () -> BusGreeting)?) {
        self.board = board
        self.queue = queue
        self.greeting = greeting
    }

    var wantsCleanStart: Bool { true }

    func greet(_ options: inout BusOptions) {
        guard let greeting = greeting?() else { return }
        options.will = greeting.will
        let now = BusClock.monotonicNs()
        again =
            greeting.first.map { message in
                Outgoing(message: message, queuedNs: now, isGreeting: true, settled: { _ in })
            } + again
    }

    func prepare(_ context: ConnectionContext) {
        hasProved = false
        context.published = { [self] id, reason in
            answered(id: id, reason: reason)
        }
    }

    func opened(sessionPresent: Bool) {}

    func isReady(_ context: ConnectionContext) -> Bool { true }

    private var underWayCount: Int { underWay.count - head }

    private func answered(id: Int32, reason: UInt8) {
        // The broker acknowledges in the order of sending, so this looks at one entry.
        var index = head
        while index < underWay.count && underWay[index].id != id { index += 1 }
        guard index < underWay.count else { return }
        let entry = underWay[index]
        if index == head {
            head += 1
            if head == underWay.count || head >= 4096 {
                underWay.removeFirst(head)
                head = 0
            }
        } else {
            underWay.remove(at: index)
        }
        if !entry.outgoing.isGreeting { queue.answered(1) }
        hasProved = true
        finish(entry.outgoing, refusal: reason >= 0x80 ? reason : nil)
    }

    private func finish(_ outgoing: Outgoing, refusal: UInt8?) {
        if let refusal {
            let failure = BusFailure.publishRefused(topic: outgoing.message.topic, reason: refusal)
            board.complain(failure, counted: true)
            outgoing.settled(.failure(failure))
            return
        }
        acknowledgedCount += 1
        acknowledgedBytes += outgoing.message.topic.utf8.count + outgoing.message.payload.count
        if runs.count < 64 {
            runs.append(LagRun(startNs: outgoing.queuedNs, count: 1))
        } else {
            runs[63].count += 1
        }
        outgoing.settled(.success(()))
    }

    /// Acknowledged since the board was last told.
    private var acknowledgedCount = 0
    private var acknowledgedBytes = 0
    /// Lags of a turn; beyond 64 the last one stands for the rest.
    private var runs: [LagRun] = []

    func turn(
        _ connection: borrowing BusConnection,
        _ context: ConnectionContext,
        drained: Bool
    ) throws(BusFailure) -> Turn {
        tellBoard()
        let room = min(PublisherDuty.portion, PublisherDuty.windowMax - underWayCount)
        let sent = try send(connection, room: room)
        let mayBeMore = queue.sleep() || !again.isEmpty
        let hasRoom = underWayCount < PublisherDuty.windowMax
        return Turn(many: sent > 8, again: !drained || (mayBeMore && hasRoom))
    }

    private func tellBoard() {
        guard acknowledgedCount > 0 else { return }
        let now = BusClock.monotonicNs()
        board.settled(messages: acknowledgedCount, bytes: acknowledgedBytes, runs: runs, nowNs: now)
        acknowledgedCount = 0
        acknowledgedBytes = 0
        runs.removeAll(keepingCapacity: true)
    }

    private func send(_ connection: borrowing BusConnection, room: Int) throws(BusFailure) -> Int {
        guard room > 0 else { return 0 }
        if again.isEmpty { again = queue.next(room) }
        let portion = again.prefix(room)
        var sent = 0
        defer { again.removeFirst(sent) }
        for outgoing in portion {
            do {
                let id = try connection.publish(outgoing.message)
                underWay.append(UnderWay(id: id, outgoing: outgoing))
                sent += 1
            } catch {
                guard error.isFinal else { throw error }
                sent += 1
                if !outgoing.isGreeting { queue.answered(1) }
                board.complain(error, counted: true)
                outgoing.settled(.failure(error))
            }
        }
        return sent
    }

    func closed(after failure: BusFailure?) -> BusFailure? {
        tellBoard()
        // The next connection begins with a greeting of its own.
        again = (underWay[head...].map(\.outgoing) + again).filter { !$0.isGreeting }
        underWay.removeAll()
        head = 0
        return nil
    }

    func isFinished() -> Bool {
        let now = BusClock.monotonicNs()
        let end = farewell ?? now + PublisherDuty.farewellNs
        farewell = end
        return queue.count == 0 || now >= end
    }

    func ended() {
        let left = again + queue.close()
        again = []
        for outgoing in left { outgoing.settled(.failure(.stopped)) }
    }
}
