import Desk
import Hummingbird
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
    /// Events that may wait for a reader.
    private static let waitingMax = 4
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
        /// When pieces last came or went: the page is loaded anew then.
        var orderedMs: Int64 = 0
        let bornMs: Int64
        var lookedMs: Int64
        var toldMs: Int64
        var readers: [UInt64: AsyncStream<ByteBuffer>.Continuation] = [:]
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

    /// What a reader gets.
    ///
    /// - Parameter since: the instant, in milliseconds, as of which it has everything.
    /// - Returns: nil when there is no such page, and while there are too many readers.
    func read(_ channel: Channel, since: Int64) -> (
        stream: AsyncStream<ByteBuffer>, leave: @Sendable () -> Void
    )? {
        open(channel)
        let (stream, reader) = AsyncStream.makeStream(
            of: ByteBuffer.self,
            bufferingPolicy: .bufferingOldest(Self.waitingMax)
        )
        let now = painter.rooms.clock().milliseconds
        let number: UInt64? = state.withLock { state in
            guard !state.isOver, state.readers < Self.readersMax, let page = state.pages[channel] else {
                return nil
            }
            let last = since - Self.marginMs
            let isMissing = since < page.bornMs || last <= page.orderedMs
            let missed = page.pieces.values.filter { $0.changedMs > last }.map(\.piece)
            reader.yield(Self.event(isMissing ? nil : missed, now))
            state.next += 1
            state.readers += 1
            state.pages[channel]?.readers[state.next] = reader
            return state.next
        }
        guard let number else { return nil }
        return (stream, { [self] in leave(channel, number) })
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
            for page in state.pages.values { for reader in page.readers.values { reader.finish() } }
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
        state.withLock { state in
            let isNew = state.pages[channel] == nil
            var page = state.pages[channel] ?? Page(bornMs: now, lookedMs: now, toldMs: now)
            let ids = Set(sheet.pieces.map(\.id))
            let isSame = isNew || ids == Set(page.pieces.keys)
            if !isSame {
                page.orderedMs = now
                page.pieces = page.pieces.filter { ids.contains($0.key) }
            }
            let changed = sheet.pieces.filter { page.pieces[$0.id]?.piece != $0 }
            for piece in changed { page.pieces[piece.id] = (piece, isNew ? 0 : now) }
            if !changed.isEmpty || !isSame || now - page.toldMs > Self.silenceMs {
                page.toldMs = now
                let event = Self.event(isSame ? changed : nil, now)
                for (number, reader) in page.readers {
                    if case .dropped = reader.yield(event) {
                        reader.finish()
                        page.readers[number] = nil
                        state.readers -= 1
                    }
                }
            }
            state.pages[channel] = page
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
