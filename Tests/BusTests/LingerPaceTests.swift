import Testing

@testable import Bus

/// How long messages are gathered follows from how they come.
@Suite struct LingerPaceTests {
    private static let millisecond: Int64 = 1_000_000

    /// A pace that has seen a steady stream, settled whenever it says so.
    private func pace(perSecond: Int64, mostMs: Int64 = 5) -> LingerPace {
        var pace = LingerPace(mostNs: mostMs * Self.millisecond)
        var now: Int64 = 0
        let gap = 1_000_000_000 / perSecond
        for _ in 0..<200 {
            // The first message starts the wait.
            now += gap + pace.lingerNs
            pace.settled(count: Int(1 + pace.lingerNs / gap), nowNs: now)
        }
        return pace
    }

    @Test("a message that comes alone does not wait", arguments: [1, 10, 100])
    func single(perSecond: Int64) {
        let pace = pace(perSecond: perSecond)
        #expect(pace.lingerNs == 0 && !pace.isThick)
    }

    @Test(
        "messages that come thick wait for each other, no longer than the bound",
        arguments: [1000, 50_000]
    )
    func thick(perSecond: Int64) {
        let pace = pace(perSecond: perSecond)
        #expect(pace.lingerNs == 5 * Self.millisecond && pace.isThick)
    }

    @Test("in between the wait grows with the stream")
    func between() {
        let waits = [250, 400, 600, 1000].map { pace(perSecond: $0).lingerNs }
        #expect(waits == waits.sorted() && waits[0] > 0 && waits[0] < waits[3])
    }

    @Test("after a silence the first message does not wait")
    func silence() {
        var pace = pace(perSecond: 1000)
        var now: Int64 = 3_600_000_000_000
        for _ in 0..<8 {
            pace.settled(count: 1, nowNs: now)
            now += 60_000_000_000
        }
        #expect(pace.lingerNs == 0 && !pace.isThick)
    }

    @Test("a bound of nothing is no wait at all")
    func none() {
        #expect(pace(perSecond: 50_000, mostMs: 0).lingerNs == 0)
    }
}
