import Bus
import Synchronization

/// Connects to a broker as somebody, and notes what is delivered: what counts is that, and not what a SUBACK says.
final class DeliveryProbe: Sendable {
    /// Something that was delivered.
    struct Delivery: Sendable {
        let topic: String
        let isRetained: Bool
    }

    private let link: BusLink
    private let list: SharedList

    /// Connects and subscribes; the session ends with the link.
    init(_ options: BusOptions, filters: [String]) {
        var options = options
        options.filters = filters
        options.sessionExpirySeconds = 0
        let seen = SharedList()
        list = seen
        link = BusLink(
            options,
            sink: BusSink(
                take: { topic, payload, arrival in
                    // Nothing is retained where a clearing has come.
                    guard !payload.isEmpty else { return }
                    let text = String(decoding: topic.copied, as: UTF8.self)
                    seen.items.withLock { $0.append(Delivery(topic: text, isRetained: arrival.retain)) }
                },
                settle: {}
            )
        )
        link.start()
    }

    /// All of it so far.
    var deliveries: [Delivery] { list.items.withLock { $0 } }

    /// Waits until it is in, or was refused.
    ///
    /// - Returns: why it was refused; nil when it is in.
    func settle(within seconds: Double) async -> String? {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        while clock.now < end {
            let status = link.status
            if status.state == .online { return nil }
            if let error = status.lastError { return error }
            // Cancelled means that nobody waits for the answer.
            try? await Task.sleep(for: .milliseconds(10))
        }
        return "no answer in \(Int(seconds)) s"
    }

    func stop() { link.stop() }
}

/// What a probe's thread fills.
private final class SharedList: Sendable {
    let items = Mutex<[DeliveryProbe.Delivery]>([])
}
