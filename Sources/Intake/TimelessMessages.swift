import Readings

/// Messages that came while the gateway's own clock was not set: a small computer without a battery wakes up in 1970
/// until the network tells it the time. They wait here with their distance from the machine's start, and are taken when
/// the clock is set, as if it had been right when they came.
///
/// None of them is acknowledged meanwhile, so the broker bounds their number by its window; those of QoS 0 beyond
/// ``bytesMax`` are dropped and counted.
struct TimelessMessages: Sendable {
    /// 4096 messages of the window at 8 KiB each.
    static let bytesMax = 32 << 20

    struct Message: Sendable {
        let topic: [UInt8]
        let payload: [UInt8]
        let messageID: UInt16
        let qos: UInt8
        let isRetained: Bool
        /// Milliseconds of a clock that only ever goes on.
        let uptimeMs: Int64
    }

    private(set) var messages: [Message] = []
    private(set) var bytes = 0
    private(set) var dropped: UInt64 = 0

    var isEmpty: Bool { messages.isEmpty }
    /// No further message can wait: the link has to be let go.
    var isFull: Bool { bytes > Self.bytesMax }

    mutating func append(_ message: Message) {
        guard message.qos > 0 || !isFull else {
            dropped += 1
            return
        }
        bytes += message.topic.count + message.payload.count
        messages.append(message)
    }

    /// The link is gone: the broker will send again what was not acknowledged.
    mutating func forgetUnacknowledged() {
        messages.removeAll { $0.qos > 0 }
        bytes = messages.reduce(0) { $0 + $1.topic.count + $1.payload.count }
    }

    /// Hands all of them over and begins anew.
    mutating func takeAll() -> [Message] {
        defer {
            messages = []
            bytes = 0
        }
        return messages
    }
}
