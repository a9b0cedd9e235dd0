import Readings
import Testing

@testable import RingStore

@Suite("minutes")
struct MinuteTests {
    @Test("reach back further than raw samples, and leave out what is not whole")
    func beyondRaw() throws {
        let open = try reopen(Workplace(), budget: 160 << 10)
        let gauge = try open.store.gauge("振動")
        let idle = try open.store.gauge("静か")
        var random = SeededRandom(seed: 5)
        var expected: [Bucket] = []
        for step in 0..<20_000 {
            let at = Instant(milliseconds: Int64(step) * 1000)
            let value = Double.random(in: -1...1, using: &random)
            _ = try open.store.commit(batch([reading(gauge, at.milliseconds, value)]))
            let start = at.floored(toMs: 60_000)
            if expected.last?.start != start { expected.append(Bucket(start: start, widthMs: 60_000)) }
            expected[expected.count - 1].fold(value, at: at)
        }
        try open.store.waitUntilSealed()
        let snapshot = open.store.snapshot()
        let (rawFrom, minutesFrom) = (
            try #require(snapshot.rawFrom), try #require(snapshot.completeFrom(.minute))
        )
        #expect(minutesFrom < rawFrom)
        let found = try snapshot.buckets(gauge.id, .minute, from: .distantPast, to: .distantFuture)
        expected.removeAll { $0.start < minutesFrom }
        #expect(found.count == expected.count)
        #expect(try #require(found.first).start < rawFrom)
        for (one, other) in zip(found, expected) {
            // A minute that two seals share was summed in another order.
            #expect(abs(one.sum - other.sum) < 1e-9)
            var exact = one
            exact.sum = other.sum
            #expect(exact == other)
        }
        #expect(try snapshot.buckets(idle.id, .minute, from: .distantPast, to: .distantFuture) == [])
    }

    @Test("count numbers that are not bad, and nothing else")
    func whatCounts() throws {
        let open = try reopen(Workplace())
        let gauge = try open.store.gauge("温度")
        let absent = Reading(series: gauge.id, instant: Instant(milliseconds: 30), value: .absent)
        let readings = [
            reading(gauge, 10, 1), reading(gauge, 20, 5, .bad), absent, reading(gauge, 40, 2, .uncertain),
        ]
        _ = try open.store.commit(batch(readings))
        let buckets = try open.store.snapshot().buckets(
            gauge.id,
            .minute,
            from: Instant(milliseconds: 59_999),
            to: Instant(milliseconds: 60_000)
        )
        #expect(buckets.map(\.count) == [2])
        #expect(buckets.first?.sum == 3)
        #expect(buckets.first?.start == Instant(milliseconds: 0))
    }

    @Test("are there for stamps at the ends of time")
    func endsOfTime() throws {
        let open = try reopen(Workplace())
        let gauge = try open.store.gauge("温度")
        let stamps: [Int64] = [.min, .min + 1, 0, .max - 1]
        _ = try open.store.commit(batch(stamps.map { reading(gauge, $0, 1) }))
        open.store.close()
        let snapshot = open.store.snapshot()
        #expect(try snapshot.all(gauge.id).map(\.instant.milliseconds) == stamps)
        let buckets = try snapshot.buckets(gauge.id, .minute, from: .distantPast, to: .distantFuture)
        #expect(buckets.reduce(0) { $0 + $1.count } == 4)
    }
}
