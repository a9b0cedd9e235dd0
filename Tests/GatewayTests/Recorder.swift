import Bus
import Foundation
import Synchronization

/// Hears everything under some filters of a broker, and keeps it in the order it came.
final class Recorder: Sendable {
    struct Delivery: Sendable {
        var topic: String
        var payload: String
        var retain: Bool

        /// The release's own id; nil of anything else.
        var id: String? { Recorder.member("id", of: payload) }
        var isReleased: Bool { Recorder.member("status", of: payload) == "released" }
        /// The first value.
        var value: Double? {
            let object = try? JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any]
            return (object?["values"] as? [[String: Any]])?.first?["value"] as? Double
        }
    }

    private let link: BusLink
    private let box = Box()

    /// In the order they came.
    var deliveries: [Delivery] { box.deliveries.withLock { $0 } }

    /// Whether its link stands.
    var isOnline: Bool { link.status.state == .online }

    /// At a broker that lets anybody listen.
    convenience init(port: Int, filters: [String], name: String = "recorder") {
        let options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: port),
            identity: BusIdentity(clientID: "\(name)-\(UUID().uuidString)")
        )
        self.init(options, filters: filters)
    }

    init(_ options: BusOptions, filters: [String]) {
        var options = options
        options.filters = filters
        options.sessionExpirySeconds = 0
        let box = box
        link = BusLink(
            options,
            sink: BusSink(
                take: { topic, payload, arrival in
                    let delivery = Delivery(
                        topic: String(decoding: (0..<topic.count).map { topic[$0] }, as: UTF8.self),
                        payload: String(decoding: (0..<payload.count).map { payload[$0] }, as: UTF8.self),
                        retain: arrival.retain
                    )
                    box.deliveries.withLock { $0.append(delivery) }
                },
                settle: {}
            )
        )
        link.start()
    }

    func stop() { link.stop() }

    /// What came on a topic.
    func on(_ topic: String) -> [Delivery] { deliveries.filter { $0.topic == topic } }

    private static func member(_ name: String, of payload: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any]
        return object?[name] as? String
    }

    private final class Box: Sendable {
        let deliveries = Mutex<[Delivery]>([])
    }
}
