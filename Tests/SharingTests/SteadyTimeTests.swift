import Readings
import Sharing
import Testing

@Suite("D16: a clock that steps")
struct SteadyTimeTests {
    private let start = Instant(milliseconds: 1_774_969_200_000)

    @Test("slow corrections are followed at once")
    func slew() {
        var time = SteadyTime(now: start, uptimeMs: 0)
        for second in 1...100 as ClosedRange<Int64> {
            // 100 ms a second too much.
            let now = start.advanced(byMs: second * 1100)
            #expect(time.instant(now: now, uptimeMs: second * 1000) == now)
        }
    }

    @Test("two hours forward: time goes on as before, until what was called over is over by both")
    func forward() {
        var time = SteadyTime(now: start, uptimeMs: 0)
        let stepMs: Int64 = 7_200_000
        for second in stride(from: 60 as Int64, to: 7260, by: 60) {
            let now = start.advanced(byMs: stepMs + second * 1000)
            #expect(time.instant(now: now, uptimeMs: second * 1000) == start.advanced(byMs: second * 1000))
            #expect(time.isHeld)
        }
        let now = start.advanced(byMs: stepMs + 7_260_000)
        #expect(time.instant(now: now, uptimeMs: 7_260_000) == now)
        #expect(!time.isHeld)
    }

    @Test("forward and back again: nothing of it is seen")
    func thereAndBack() {
        var time = SteadyTime(now: start, uptimeMs: 0)
        #expect(
            time.instant(now: start.advanced(byMs: 7_201_000), uptimeMs: 1000) == start.advanced(byMs: 1000)
        )
        let now = start.advanced(byMs: 2000)
        #expect(time.instant(now: now, uptimeMs: 2000) == now)
        #expect(!time.isHeld)
    }

    @Test("two hours back: the clock is followed, and another step forward is held anew")
    func back() {
        var time = SteadyTime(now: start, uptimeMs: 0)
        let back = start.advanced(byMs: -7_200_000)
        #expect(time.instant(now: back, uptimeMs: 1000) == back)
        let again = start.advanced(byMs: 2000)
        #expect(time.instant(now: again, uptimeMs: 2000) == back.advanced(byMs: 1000))
        #expect(time.isHeld)
    }
}
