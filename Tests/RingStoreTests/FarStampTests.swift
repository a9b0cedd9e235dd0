import Readings
import Testing

@testable import RingStore

@Suite("stamps far apart")
struct FarStampTests {
    @Test(
        "a state at the beginning of time stays out of the buckets that follow it",
        arguments: Tier.allCases
    )
    func statesApart(tier: Tier) throws {
        let open = try reopen(Workplace(inMemory: true), budget: 256 << 10)
        let state = try open.store.gauge("状態", kind: .state)
        let now = Instant(milliseconds: 1_700_000_000_000).floored(toMs: Tier.day.widthMs)
        // Further apart than a number of 64 bits can tell.
        let stamps = [Instant(milliseconds: .min + 20 * Tier.day.widthMs), now.advanced(byMs: 1000)]
        let readings = stamps.enumerated().map { reading(state, $1.milliseconds, Double($0)) }
        _ = try open.store.commit(batch(readings))
        try open.store.compact()
        let to = now.advanced(byMs: tier.widthMs)
        let found = try open.store.snapshot().states(state.id, tier, from: now, to: to, limit: .max)
        var due = StateBucket(start: now, widthMs: tier.widthMs)
        due.add(.number(0), milliseconds: 1000, samples: 0)
        due.add(.number(1), milliseconds: tier.widthMs - 1000, samples: 1)
        #expect(found == [due])
    }
}
