import Readings
import Testing

@testable import Intake

/// The gateway's own clock stands in 1970 until the network sets it.
@Suite struct TimelessTests {
    @Test("scenario 16: what comes in 1970 waits, and is stamped as of its arrival once the clock is set")
    func waits() throws {
        let bench = try Bench(oneReading())
        bench.now = Instant(milliseconds: 90_000)
        #expect(bench.intake.holds)
        bench.intake.linked(sessionPresent: false)
        bench.uptimeMs = 10_000
        bench.take("t/a", "{\"v\":1}", id: 1, qos: 1)
        bench.uptimeMs = 12_500
        bench.take("t/a", "{\"v\":2}", id: 2, qos: 1)
        #expect(!bench.intake.tick() && bench.intake.status.timeless == 2)
        bench.uptimeMs = 20_000
        bench.now = Bench.noon
        #expect(!bench.intake.holds)
        bench.take("t/a", "{\"v\":3}", id: 3, qos: 1)
        let batch = bench.settle()
        #expect(batch.readings.map(\.value) == [.number(1), .number(2), .number(3)])
        #expect(batch.readings.map { Bench.noon.msSince($0.instant) } == [10_000, 7500, 0])
        #expect(batch.readings.allSatisfy { $0.timeSource == .arrival })
        #expect(batch.opened >= Bench.noon.advanced(byMs: -10_000) && batch.messageCount == 3)
        #expect(bench.intake.status.timeless == 0)
    }

    @Test("a link that goes meanwhile takes what was not acknowledged with it: the broker sends it again")
    func linkGoes() throws {
        let bench = try Bench(oneReading())
        bench.now = Instant(milliseconds: 90_000)
        bench.take("t/a", "{\"v\":1}", id: 1, qos: 1)
        bench.take("t/a", "{\"v\":2}", qos: 0)
        #expect(!bench.intake.lost())
        bench.intake.abandoned()
        #expect(bench.intake.status.timeless == 1)
        bench.now = Bench.noon
        #expect(bench.intake.tick())
        #expect(bench.settle().readings.map(\.value) == [.number(2)])
    }

    @Test("more than fits lets the link go rather than grow without end")
    func overfull() throws {
        let bench = try Bench(oneReading())
        bench.now = Instant(milliseconds: 90_000)
        let large = [UInt8](repeating: 0x20, count: 1 << 20)
        for id in 1...33 { bench.take("t/a", large, id: UInt16(id), qos: 1) }
        #expect(bench.intake.isOverfull)
        bench.take("t/a", large, qos: 0)
        #expect(bench.intake.status.timelessDropped == 1)
        bench.intake.abandoned()
        #expect(!bench.intake.isOverfull && bench.intake.holds)
    }
}
