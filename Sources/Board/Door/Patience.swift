import NIOCore
import NIOHTTPTypes

/// Ends connections that take too long: to say what they want, or to take what they asked for.
///
///     open ──▶ waiting for a request's head ──▶ … its body ──▶ answering
///              closed after askMs              askMs          closed when nothing is taken for takeMs
///
/// Between two requests a browser may rest for as long as Hummingbird's own idle time.
final class Patience: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// From the connection, or from a request's first line, to its end: TLS and forms of 16 KiB take less.
    static let askSeconds: Int64 = 10
    /// A page of 300 kB over 10 kB/s takes 30.
    static let takeSeconds: Int64 = 60

    private var asking: Scheduled<Void>?
    private var taking: Scheduled<Void>?
    /// Parts that were written and not taken yet.
    private var untaken = 0

    func handlerAdded(context: ChannelHandlerContext) {
        asking = close(after: Self.askSeconds, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        asking?.cancel()
        taking?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            asking?.cancel()
            asking = close(after: Self.askSeconds, context)
        case .body: break
        case .end:
            asking?.cancel()
            asking = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        untaken += 1
        if taking == nil { taking = close(after: Self.takeSeconds, context) }
        let taken = promise ?? context.eventLoop.makePromise()
        let box = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        taken.futureResult.whenComplete { _ in
            let (patience, context) = box.value
            patience.take(context)
        }
        context.write(data, promise: taken)
    }

    private func take(_ context: ChannelHandlerContext) {
        untaken -= 1
        taking?.cancel()
        taking = untaken > 0 ? close(after: Self.takeSeconds, context) : nil
    }

    private func close(after seconds: Int64, _ context: ChannelHandlerContext) -> Scheduled<Void> {
        let box = NIOLoopBound(context, eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: .seconds(seconds)) { box.value.close(promise: nil) }
    }
}
