import Bus
import Glibc
import Readings
import Synchronization

/// Hears what its own process publishes, and tells how long the broker took to hand it on.
final class BusEcho: Sendable {
    private struct State {
        /// When messages went out, by number; the last 65,536 are enough for what is under way.
        var sent = [Double](repeating: 0, count: 1 << 16)
        var delays: [Double] = []
    }

    /// Guards both; the publishing and the hearing thread take it once a message.
    private let state = Mutex(State())
    private let link = Mutex<BusLink?>(nil)

    /// Returns once it is subscribed.
    init(_ options: BusOptions, prefix: String) {
        var own = options
        own.identity.clientID += "-echo"
        own.filters = ["\(prefix)/#"]
        own.sessionExpirySeconds = 0
        own.lingerMs = 0
        let sink = BusSink(
            take: { [self] _, payload, _ in
                let now = BenchClock.seconds
                guard let number = BusEcho.number(in: payload) else { return }
                state.withLock { $0.delays.append(now - $0.sent[number & 0xFFFF]) }
            },
            settle: {}
        )
        let link = BusLink(own, sink: sink)
        link.start()
        while link.status.state != .online { usleep(2000) }
        self.link.withLock { $0 = link }
    }

    /// A message is about to go.
    func sent(_ number: Int) {
        let now = BenchClock.seconds
        state.withLock { $0.sent[number & 0xFFFF] = now }
    }

    /// In milliseconds; 0 when nothing was heard.
    var slowestHundredthMs: Double {
        let sorted = state.withLock { $0.delays.sorted() }
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)] * 1000
    }

    func stop() {
        link.withLock { $0?.stop() }
    }

    /// The counter of ``BusLoadCommand/payload(_:stamp:)``: digits behind `"good":`.
    private static func number(in payload: Span<UInt8>) -> Int? {
        let key = Array("\"good\":".utf8)
        var place = 0
        while place + key.count < payload.count {
            if (0..<key.count).allSatisfy({ payload[place + $0] == key[$0] }) { break }
            place += 1
        }
        var number: Int?
        place += key.count
        while place < payload.count, payload[place] >= 0x30, payload[place] <= 0x39 {
            number = (number ?? 0) * 10 + Int(payload[place] - 0x30)
            place += 1
        }
        return number
    }
}
