import Desk
import NIOCore
import Readings
import ServiceLifecycle
import Sharing
import Synchronization

/// Tells open pages what changes on them, by server-sent events.
///
/// Once a second each page that somebody looks at is drawn once, whoever and however many look; what is otherwise than
/// before is written once, and the same bytes go to all of them. A reader that does not keep up is let go: its browser
/// comes again, says which event it had last, and gets what it missed.
final class Live: Sendable {
    /// Which page, in which language.
    struct Channel: Hashable, Sendable {
        let topic: Topic
        let say: Language
    }

    /// Readers of all channels together; one more is refused.
    static let readersMax = 1000
    /// A channel that nobody reads is kept for so long: who opens a page reads it right after.
    private static let idleMs: Int64 = 30_000
    /// Pages that are looked at, in all languages together; of others nothing is told.
    private static let pagesMax = 512
    /// A page that is drawn while something changes may have it or not: what changed so shortly before is told again.
    private static let marginMs: Int64 = 2000
    /// Proxies end what is silent; and it is found out here that nobody listens any more.
    private static let silenceMs: Int64 = 15_000

    private struct Page {
        var pieces: [String: (piece: Sheet.Piece, changedMs: Int64)] = [:]
        /// As they were drawn last, in their order.
        var ids: [String] = []
        /// When pieces last came or went: the page is loaded anew then.
        var orderedMs: Int64 = 0
        let bornMs: Int64
        var lookedMs: Int64
        var toldMs: Int64
        var readers: [UInt64: LiveReader] = [:]

        /// Takes in how its pieces are now.
        ///
        /// - Returns: those that are otherwise than before; nil when some came or went.
        mutating func take(_ drawn: [Sheet.Piece], isNew: Bool, _ now: Int64) -> [Sheet.Piece]? {
            let fresh = drawn.map(\.id)
            // Nearly always the same in the same order: that is seen without a set.
            let isSame = isNew || fresh == ids || Set(fresh) == Set(pieces.keys)
            ids = fresh
            if !isSame {
                orderedMs = now
                let kept = Set(fresh)
                pieces = pieces.filter { kept.contains($0.key) }
            }
            let changed = drawn.filter { pieces[$0.id]?.piece != $0 }
            for piece in changed { pieces[piece.id] = (piece, isNew ? 0 : now) }
            return isSame ? changed : nil
        }
    }

    private struct State {
        var pages: [Channel: Page] = [:]
        var readers = 0
        var next: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let painter: Painter

    init(_ painter: Painter) {
        self.painter = painter
    }

    /// How many read.
    var readers: Int { state.withLock { $0.readers } }

    /// Somebody opens the page: from now on what changes is known.
    func open(_ channel: Channel) {
        let isKnown = state.withLock { $0.pages[channel] != nil || $0.pages.count >= Self.pagesMax }
        if !isKnown { draw(channel) }
    }

    /// Whether one more may read of the page: not when there is none such, nor while there are too many readers.
    func takes(_ channel: Channel) -> Bool {
        open(channel)
        return state.withLock { state in
            !state.isOver && state.readers < Self.readersMax && state.pages[channel] != nil
        }
    }

    /// Tells a reader what it missed, and what changes from now on, until it ends.
    ///
    /// - Parameter since: the instant, in milliseconds, as of which it has everything.
    func tell(_ reader: LiveReader, of channel: Channel, since: Int64) async {
        let now = painter.rooms.clock().milliseconds
        let begun: (number: UInt64, over: EventLoopFuture<Void>)? = state.withLock { state in
            guard !state.isOver, state.readers < Self.readersMax, let page = state.pages[channel] else {
                return nil
            }
            let last = since - Self.marginMs
            let isMissing = since < page.bornMs || last <= page.orderedMs
            let missed = page.pieces.values.filter { $0.changedMs > last }.map(\.piece)
            // Before any event that comes from now on.
            let over = reader.begin()
            LiveReader.tell([reader], on: reader.loop, Self.event(isMissing ? nil : missed, now))
            state.next += 1
            state.readers += 1
            state.pages[channel]?.readers[state.next] = reader
            return (state.next, over)
        }
        guard let begun else { return }
        try? await begun.over.get()
        leave(channel, begun.number)
    }

    private func leave(_ channel: Channel, _ number: UInt64) {
        state.withLock { state in
            if state.pages[channel]?.readers.removeValue(forKey: number) != nil { state.readers -= 1 }
        }
    }

    /// Draws what is looked at once a second, until the board ends.
    func run() async {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            for channel in state.withLock({ Array($0.pages.keys) }) { draw(channel) }
            try? await Task.sleep(for: .seconds(1))
        }
        state.withLock { state in
            state.isOver = true
            for page in state.pages.values { for reader in page.readers.values { reader.end() } }
        }
    }

    private func draw(_ channel: Channel) {
        let now = painter.rooms.clock().milliseconds
        let isUnread = state.withLock { state in
            guard let page = state.pages[channel] else { return false }
            if !page.readers.isEmpty { state.pages[channel]?.lookedMs = now }
            return page.readers.isEmpty && now - page.lookedMs > Self.idleMs
        }
        if isUnread { return state.withLock { state in state.pages[channel] = nil } }
        var style = Painter.Style(channel.say)
        style.isWhole = false
        guard let sheet = painter.paint(channel.topic, style) else { return }
        let told: (event: ByteBuffer, readers: [LiveReader])? = state.withLock { state in
            let known = state.pages.removeValue(forKey: channel)
            var page = known ?? Page(bornMs: now, lookedMs: now, toldMs: now)
            defer { state.pages[channel] = page }
            let changed = page.take(sheet.pieces, isNew: known == nil, now)
            guard changed?.isEmpty != true || now - page.toldMs > Self.silenceMs else { return nil }
            page.toldMs = now
            return (Self.event(changed, now), Array(page.readers.values))
        }
        guard let told else { return }
        for readers in Dictionary(grouping: told.readers, by: { ObjectIdentifier($0.loop) }).values {
            LiveReader.tell(readers, on: readers[0].loop, told.event)
        }
    }

    /// An event: pieces by their ids, or null where the page is to be loaded anew.
    private static func event(_ pieces: [Sheet.Piece]?, _ now: Int64) -> ByteBuffer {
        let members = pieces?.map { "\"\($0.id)\":[\(quoted($0.kind)),\(quoted($0.content.text))]" }
        let body = members.map { "{\($0.joined(separator: ","))}" } ?? "null"
        return ByteBuffer(string: "id: \(now)\ndata: {\"now\":\(now),\"set\":\(body)}\n\n")
    }

    /// As a string of JSON.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default: if scalar.value >= 0x20 { quoted.unicodeScalars.append(scalar) }
            }
        }
        return quoted + "\""
    }
}
