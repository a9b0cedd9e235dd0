import Bus
import Glibc
import Readings
import Sharing
import Synchronization

/// Hears every partner's releases, and notes how long after its instant each came.
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

    private let state = Mutex<[Bucket]>([])
    private let link = Mutex<BusLink?>(nil)

    /// Returns once it is subscribed.
    init(_ broker: BenchBroker) throws {
        var options = BusOptions(
            address: .tcp(host: "127.0.0.1", port: broker.port),
            identity: BusIdentity(clientID: "bench-partners-\(getpid())")
        )
        options.filters = ["tsunagi/v1/p/#"]
        options.sessionExpirySeconds = 0
        options.lingerMs = 0
        let sink = BusSink(
            take: { [self] topic, payload, arrival in
                if !arrival.retain { note(topic, payload, at: BenchClock.now) }
            },
            settle: {}
        )
        let link = BusLink(options, sink: sink)
        link.start()
        while link.status.state != .online { usleep(2000) }
        self.link.withLock { $0 = link }
    }

    /// What was heard, by minute.
    var buckets: [Bucket] { state.withLock { $0 } }

    /// Begins anew.
    func forget() {
        state.withLock { $0.removeAll() }
    }

    func stop() {
        link.withLock { $0?.stop() }
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

    private func note(_ topic: Span<UInt8>, _ payload: Span<UInt8>, at now: Instant) {
        guard let end = ShareEar.value(of: "\"end\":\"", in: payload), let instant = Instant(iso8601: end)
        else { return }
        let leaves = instant.advanced(byMs: ReleaseClock.graceMs + ReleaseClock.leadMs)
        let delay = Double(now.msSince(leaves)) / 1000
        let partner = ShareEar.partner(of: topic)
        state.withLock { buckets in
            var index = buckets.firstIndex { $0.end == end }
            if index == nil {
                buckets.append(Bucket(end: end))
                index = buckets.count - 1
            }
            guard let index else { return }
            if buckets[index].place[partner] == nil {
                buckets[index].place[partner] = buckets[index].place.count
            }
            buckets[index].delays.append(delay)
        }
    }

    private static func partner(of topic: Span<UInt8>) -> String {
        var text: [UInt8] = []
        for index in topic.indices { text.append(topic[index]) }
        let levels = String(decoding: text, as: UTF8.self).split(separator: "/")
        return levels.count > 3 ? String(levels[3]) : ""
    }

    /// The text behind a key, up to the next quotation mark.
    private static func value(of key: StaticString, in payload: Span<UInt8>) -> String? {
        let key = Array("\(key)".utf8)
        var start = 0
        while start + key.count < payload.count {
            if (0..<key.count).allSatisfy({ payload[start + $0] == key[$0] }) { break }
            start += 1
        }
        start += key.count
        guard start < payload.count else { return nil }
        var text: [UInt8] = []
        while start < payload.count, payload[start] != UInt8(ascii: "\"") {
            text.append(payload[start])
            start += 1
        }
        return String(decoding: text, as: UTF8.self)
    }
}
