internal import Readings

/// Takes messages, has them made durable together, and only then lets their acknowledgements out.
///
/// When the link breaks, what was taken is settled all the same: a message in hand is worth more than the
/// hope that the broker still has it (it may have lost its session, and at QoS 0 it never comes again). If
/// the broker does send it again, the receipts that were settled with it give it away as a redelivery.
final class SubscriberDuty: LinkDuty {
    /// Filters in one SUBSCRIBE, so that its packet stays far below any broker's limit.
    private static let filtersPerPacket = 64
    /// Where Mosquitto counts what its full queues made it drop.
    private static let drops = "$SYS/broker/publish/messages/dropped"
    /// So long may messages be held before the broker asks whether we live: time enough for a clock to be set.
    private static let heldKeepAliveSeconds = 300
    private static let heldLookNs: Int64 = 100_000_000
    /// Messages between two looks at the clock.
    private static let runMax = 256

    private let options: BusOptions
    private let board: LinkBoard
    private let sink: BusSink
    /// Settle at half of the window, so that the broker sends the other half meanwhile.
    private let unsettledMax: Int
    private var pace: LingerPace

    private var handful = Handful()
    private var unsettled = 0
    private var unsettledBytes = 0
    private var firstUnsettledNs: Int64 = 0
    /// Since when the socket goes unwatched, so that messages gather in it; nil while it is watched.
    private var gatheringNs: Int64?
    private var runs: [LagRun] = []

    private var opening: Bool?
    /// The filters that the broker's session may hold: those we asked for, and those that an earlier run did.
    private var sessionFilters: Set<String>
    private var filtersVersion = 0
    private var seconds = SecondCopies()
    private(set) var hasProved = false

    init(_ options: BusOptions, board: LinkBoard, sink: BusSink) {
        self.options = options
        self.board = board
        self.sink = sink
        sessionFilters = Set(options.filtersBefore)
        unsettledMax = max(1, options.receiveMaximum / 2)
        pace = LingerPace(mostNs: Int64(options.lingerMs) * 1_000_000)
        runs.reserveCapacity(256)
    }

    var wantsCleanStart: Bool { options.sessionExpirySeconds == 0 }

    /// While messages are held no ping can leave either: it would let their acknowledgements out.
    func greet(_ options: inout BusOptions) {
        if sink.holds() {
            options.keepAliveSeconds = max(options.keepAliveSeconds, Self.heldKeepAliveSeconds)
        }
    }

    func prepare(_ context: ConnectionContext) {
        hasProved = false
        gatheringNs = nil
        opening = nil
        seconds.end()
        context.admitting = sink.admits
        context.taking = { [self, unowned context] topic, payload, arrival in
            if seconds.areLikely {
                let doBothStand = context.subscribing.isEmpty && !context.unsubscribing.isEmpty
                let isMarked = arrival.isMarked
                // The library acknowledges it by itself, with what was taken before it.
                if seconds.isSecond(topic, payload, isMarked: isMarked, doBothStand: doBothStand) { return }
            }
            take(topic, payload, arrival)
        }
    }

    func opened(sessionPresent: Bool) {
        opening = sessionPresent
        sink.linked(sessionPresent)
    }

    /// The answer comes behind what the broker has kept for us, and while messages are held we cannot even ask: that the
    /// session brings any shows that it works.
    func isReady(_ context: ConnectionContext) -> Bool {
        unsettled > 0 || hasProved || context.subscribing.isEmpty
    }

    private func take(_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ arrival: BusArrival) {
        if options.watchesDrops, Self.isDrops(topic) {
            if let count = Self.number(payload) { board.brokerDropped(count) }
            return
        }
        if runs.isEmpty || runs[runs.count - 1].count >= SubscriberDuty.runMax {
            // What gathered may have come at once.
            let start = gatheringNs ?? BusClock.monotonicNs()
            if unsettled == 0 { firstUnsettledNs = start }
            runs.append(LagRun(startNs: start, count: 0))
        }
        runs[runs.count - 1].count += 1
        unsettled += 1
        unsettledBytes += topic.count + payload.count
        if handful.add(topic, payload, arrival) { return }
        handful.hand(to: sink.take)
        if !handful.add(topic, payload, arrival) { sink.take(topic, payload, arrival) }
    }

    private static func isDrops(_ topic: Span<UInt8>) -> Bool {
        guard topic.count == drops.utf8.count, topic[0] == UInt8(ascii: "$") else { return false }
        for (index, byte) in drops.utf8.enumerated() where topic[index] != byte { return false }
        return true
    }

    /// A decimal of up to 18 digits.
    private static func number(_ text: Span<UInt8>) -> UInt64? {
        guard (1...18).contains(text.count) else { return nil }
        var number: UInt64 = 0
        for index in 0..<text.count {
            guard (48...57).contains(text[index]) else { return nil }
            number = number * 10 + UInt64(text[index] - 48)
        }
        return number
    }

    func turn(
        _ connection: borrowing BusConnection,
        _ context: ConnectionContext,
        drained: Bool
    ) throws(BusFailure) -> Turn {
        gatheringNs = nil
        let isFull = unsettled >= unsettledMax || unsettledBytes >= options.batchBytesMax
        let leftNs =
            isFull || board.isStopping
            ? 0 : pace.lingerNs - (BusClock.monotonicNs() - firstUnsettledNs)
        // Else what is read next is handed on together with it.
        if drained || leftNs <= 0 { handful.hand(to: sink.take) }
        try keepFilters(connection, context)
        guard unsettled > 0 else {
            if sink.idle(), let failure = settle() { throw failure }
            return Turn(again: !drained)
        }
        if sink.holds() {
            // Whoever stops now leaves without a word: a write would let the acknowledgements out.
            if board.isStopping { throw .unsettled("what was held could not be settled") }
            return Turn(mayWrite: false, lingerNs: gather(Self.heldLookNs))
        }
        if leftNs > 0 {
            return drained
                ? Turn(mayWrite: false, lingerNs: gather(leftNs)) : Turn(mayWrite: false, again: true)
        }
        let many = unsettled > 8
        if let failure = settle() { throw failure }
        // Where the next message is as good as there, waiting for it alone would only wake us once more.
        if drained && pace.isThick { return Turn(many: many, lingerNs: gather(pace.lingerNs)) }
        return Turn(many: many, again: !drained)
    }

    /// Leaves the socket unwatched from now on, for so long.
    private func gather(_ nanoseconds: Int64) -> Int64 {
        gatheringNs = BusClock.monotonicNs()
        return nanoseconds
    }

    /// - Returns: why what was taken is not durable; nil when it is.
    private func settle() -> BusFailure? {
        do {
            try sink.settle()
        } catch {
            abandon()
            return .unsettled("\(error)")
        }
        let now = BusClock.monotonicNs()
        pace.settled(count: unsettled, nowNs: now)
        board.settled(messages: unsettled, bytes: unsettledBytes, runs: runs, nowNs: now)
        hasProved = true
        forget()
        return nil
    }

    private func abandon() {
        forget()
        sink.abandoned()
    }

    private func forget() {
        handful.drop()
        unsettled = 0
        unsettledBytes = 0
        runs.removeAll(keepingCapacity: true)
    }

    func closed(after failure: BusFailure?) -> BusFailure? {
        if sink.holds() {
            abandon()
            return nil
        }
        handful.hand(to: sink.take)
        let mustSettle = failure != nil && sink.lost()
        return unsettled > 0 || mustSettle ? settle() : nil
    }

    func isFinished() -> Bool { unsettled == 0 }

    func ended() {}

    /// Brings the session's subscriptions to the wished ones.
    private func keepFilters(_ connection: borrowing BusConnection, _ context: ConnectionContext)
        throws(BusFailure)
    {
        if !context.refusedFilters.isEmpty {
            for refused in context.refusedFilters {
                sessionFilters.remove(refused.filter)
                // Many brokers keep their figures to themselves; that is no trouble of ours.
                if refused.filter == Self.drops { continue }
                board.complain(.filterRefused(filter: refused.filter, reason: refused.reason))
            }
            context.refusedFilters.removeAll()
        }
        if seconds.areLikely, context.unsubscribing.isEmpty {
            // The mark has done its work; without it the broker has less to send.
            try subscribe(connection, seconds.new.map(\.description).filter(sessionFilters.contains))
            seconds.end()
        }
        // Each connection asks for all of ours again: what was asked for before it broke may never have
        // reached the broker. It costs nothing, since retained messages come for new subscriptions only.
        let asksAll = opening != nil
        if let present = opening {
            if !present { sessionFilters = [] }
            filtersVersion = 0
            opening = nil
        }
        guard let wish = board.filters(newerThan: filtersVersion) else { return }
        filtersVersion = wish.version
        let wanted = Set(wish.filters)
        if asksAll, options.watchesDrops { try connection.look(at: Self.drops) }
        let gone = sessionFilters.subtracting(wanted).sorted()
        let new = (asksAll ? wanted : wanted.subtracting(sessionFilters)).sorted()
        if asksAll {
            // What waits in the session came by the old filters; it must not meet copies by the new ones.
            try unsubscribe(connection, gone)
            try subscribe(connection, new)
        } else {
            let marked = context.canMark ? SecondCopies.overlapping(new, old: gone) : []
            try subscribe(connection, new.filter { !marked.contains($0) })
            try subscribe(connection, marked, isMarked: true)
            try unsubscribe(connection, gone)
            if !marked.isEmpty { seconds.begin(old: gone, new: marked) }
        }
        sessionFilters = wanted
    }

    private func subscribe(
        _ connection: borrowing BusConnection,
        _ filters: [String],
        isMarked: Bool = false
    ) throws(BusFailure) {
        for start in stride(from: 0, to: filters.count, by: SubscriberDuty.filtersPerPacket) {
            let end = min(filters.count, start + SubscriberDuty.filtersPerPacket)
            try connection.subscribe(Array(filters[start..<end]), isMarked: isMarked)
        }
    }

    private func unsubscribe(_ connection: borrowing BusConnection, _ filters: [String]) throws(BusFailure) {
        for start in stride(from: 0, to: filters.count, by: SubscriberDuty.filtersPerPacket) {
            let end = min(filters.count, start + SubscriberDuty.filtersPerPacket)
            try connection.unsubscribe(Array(filters[start..<end]))
        }
    }
}
