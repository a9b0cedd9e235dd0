public import Readings

extension Intake {
    /// Whether the clock says something: at 2015-01-01T00:00:00Z or later, as with stamps of sources.
    public static func isSet(_ now: Instant) -> Bool { now >= IntakeLine.firstStamp }

    /// Whether messages can be taken but not settled, because the gateway's clock is not set. They wait in memory; the
    /// link acknowledges none of them.
    public var holds: Bool { !Intake.isSet(clock()) }

    /// Whether so much waits for the clock that the link has to be let go; the broker keeps what it has then.
    public var isOverfull: Bool { holds && line.timeless.isFull }

    /// Keeps a message until the clock is set.
    func hold(
        _ topic: Span<UInt8>,
        _ payload: Span<UInt8>,
        messageID: UInt16,
        qos: UInt8,
        isRetained: Bool
    ) {
        var (name, body): ([UInt8], [UInt8]) = ([], [])
        name.append(copying: topic)
        body.append(copying: payload)
        let message = TimelessMessages.Message(
            topic: name,
            payload: body,
            messageID: messageID,
            qos: qos,
            isRetained: isRetained,
            uptimeMs: uptimeMs()
        )
        line.timeless.append(message)
        board.hold(line.timeless.messages.count, dropped: line.timeless.dropped)
    }

    /// Takes what waited for the clock, each as of when it came.
    func release(at now: Instant) {
        let present = uptimeMs()
        if !Intake.isSet(line.batch.opened) { line.batch.opened = now }
        for message in line.timeless.takeAll() {
            line.take(
                message.topic.span,
                message.payload.span,
                messageID: message.messageID,
                qos: message.qos,
                isRetained: message.isRetained,
                now: now.advanced(byMs: message.uptimeMs - present)
            )
        }
        board.hold(0, dropped: line.timeless.dropped)
    }
}
