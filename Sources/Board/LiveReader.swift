import NIOCore
import NIOHTTPTypes

/// An open page, as ``Live`` tells it of changes.
///
/// What it is told is written on its connection's own event loop, by nobody's task: of five hundred pages, each second,
/// a loop is woken once. The head and the end of the answer are the request's own.
final class LiveReader: Sendable {
    /// The connection's.
    let loop: any EventLoop
    private let connection: any NIOCore.Channel
    private let isStanding: @Sendable () -> Bool
    private let door: NIOLoopBoundBox<Door?>

    /// Events that may wait for it to take what it was sent before.
    private static let waitingMax = 4

    private struct Door {
        /// Right beneath ``Patience``, which is for answers that end.
        let context: ChannelHandlerContext
        /// Kept when nothing more is to be written.
        let over: EventLoopPromise<Void>
        /// Events since it last kept up.
        var waiting = 0
        var isOver = false
    }

    /// - Parameter isStanding: asked before each event: a session that ended, or a user who was taken out, sees nothing
    ///   from then on.
    init(_ connection: any NIOCore.Channel, isStanding: @escaping @Sendable () -> Bool) {
        (self.connection, self.isStanding) = (connection, isStanding)
        loop = connection.eventLoop
        door = .makeEmptyBox(eventLoop: loop)
    }

    /// Writes from now on. Comes before the first event, and behind the answer's head.
    ///
    /// - Returns: comes true when nothing more will be written: it hung up, did not keep up, may not see the page any
    ///   more, or the board ends.
    func begin() -> EventLoopFuture<Void> {
        let over = loop.makePromise(of: Void.self)
        loop.execute { [self] in
            let context = try? connection.pipeline.syncOperations.context(handlerType: Patience.self)
            guard connection.isActive, let context else { return over.succeed() }
            door.value = Door(context: context, over: over)
            connection.closeFuture.whenComplete { [self] _ in stop() }
        }
        return over.futureResult
    }

    /// Nothing more is written.
    func end() {
        loop.execute { [self] in stop() }
    }

    /// Writes an event to all of these readers, which share a loop.
    static func tell(_ readers: [LiveReader], on loop: any EventLoop, _ event: ByteBuffer) {
        loop.execute {
            let part = NIOAny(HTTPResponsePart.body(event))
            for reader in readers { reader.write(part) }
        }
    }

    /// On the loop.
    private func write(_ part: NIOAny) {
        guard let door = door.value, !door.isOver else { return }
        let waiting = connection.isWritable ? 0 : door.waiting + 1
        guard waiting <= Self.waitingMax, isStanding() else { return stop() }
        self.door.value?.waiting = waiting
        door.context.writeAndFlush(part, promise: nil)
    }

    /// On the loop.
    private func stop() {
        guard let door = door.value, !door.isOver else { return }
        self.door.value?.isOver = true
        door.over.succeed()
    }
}
