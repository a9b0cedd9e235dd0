import Foundation
import Readings
import Sharing

/// Hears every partner's releases, and notes how long after its instant each came.
///
/// What they say is looked at later: on a machine of two cores the listener is not to be in the speaker's way.
final class ShareEar: Sendable {
    /// One minute's releases.
    struct Bucket {
        /// `2026-11-29T17:01:00.000Z`.
        let end: String
        /// Seconds after the instant, in the order of arrival.
        var delays: [Double] = []
        /// By partner, the place of its first release among all.
        var place: [String: Int] = [:]
    }

    private let subscriber: RawSubscriber

    /// Returns once it is subscribed.
    init(_ broker: BenchBroker) throws {
        subscriber = try RawSubscriber(port: broker.port, filter: "tsunagi/v1/p/#")
    }

    /// What was heard, by minute.
    var buckets: [Bucket] {
        var buckets: [Bucket] = []
        for message in subscriber.messages { Self.note(message, in: &buckets) }
        return buckets
    }

    /// Begins anew.
    func forget() {
        subscriber.forget()
    }

    func stop() {
        subscriber.stop()
    }

    /// How much the places of partners in two minutes have to do with each other: −1 … 1, 0 for nothing.
    var correlation: Double {
        let buckets = buckets.filter { $0.place.count > 1 }
        guard buckets.count > 1 else { return 0 }
        let pairs = buckets[0].place.compactMap { partner, place in
            buckets[1].place[partner].map { (Double(place), Double($0)) }
        }
        let count = Double(pairs.count)
        let (x, y) = (pairs.reduce(0) { $0 + $1.0 } / count, pairs.reduce(0) { $0 + $1.1 } / count)
        let both = pairs.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
        let (one, other) = pairs.reduce((0.0, 0.0)) { sums, pair in
            (sums.0 + (pair.0 - x) * (pair.0 - x), sums.1 + (pair.1 - y) * (pair.1 - y))
        }
        return one == 0 || other == 0 ? 0 : both / (one * other).squareRoot()
    }

    private static func note(_ message: RawSubscriber.Heard, in buckets: inout [Bucket]) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(message.payload)) as? [String: Any],
            let end = (object["bucket"] as? [String: Any])?["end"] as? String,
            let instant = Instant(iso8601: end)
        else { return }
        let leaves = instant.advanced(byMs: ReleaseClock.graceMs + ReleaseClock.leadMs)
        let delay = Double(message.instant.msSince(leaves)) / 1000
        var index = buckets.firstIndex { $0.end == end }
        if index == nil {
            buckets.append(Bucket(end: end))
            index = buckets.count - 1
        }
        guard let index else { return }
        let partner = partner(of: message.topic)
        if buckets[index].place[partner] == nil {
            buckets[index].place[partner] = buckets[index].place.count
        }
        buckets[index].delays.append(delay)
    }

    private static func partner(of topic: [UInt8]) -> String {
        let levels = String(decoding: topic, as: UTF8.self).split(separator: "/")
        return levels.count > 3 ? String(levels[3]) : ""
    }
}
