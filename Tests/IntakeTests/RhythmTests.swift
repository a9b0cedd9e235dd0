import Readings
import Testing

@testable import Intake

/// How often a source speaks, and when its silence is longer than that.
@Suite struct RhythmTests {
    private let link = Instant(milliseconds: 1_750_000_000_000)

    /// A rhythm that heard a source so many seconds after each other.
    private func rhythm(_ pauses: [Double]) -> (rhythm: Rhythm, now: Instant) {
        var rhythm = Rhythm()
        var now = link
        rhythm.hear(at: now, linked: link)
        for pause in pauses {
            now = now.advanced(byMs: Int64(pause * 1000))
            rhythm.hear(at: now, linked: link)
        }
        return (rhythm, now)
    }

    private func isStale(_ pauses: [Double], after seconds: Double) -> Bool {
        let (rhythm, now) = rhythm(pauses)
        return rhythm.isStale(at: now.advanced(byMs: Int64(seconds * 1000)), linked: link)
    }

    @Test("a source that speaks every minute is stale after three of them, and not before")
    func minutes() {
        let minutes = [Double](repeating: 60, count: 20)
        #expect(rhythm(minutes).rhythm.knownMs == 60_000)
        #expect(!isStale(minutes, after: 179) && isStale(minutes, after: 181))
    }

    @Test("a source of a thousand messages a second is given some seconds; one hardly seen is not judged")
    func fast() {
        let fast = [Double](repeating: 0.001, count: 10_000)
        #expect(!isStale(fast, after: 14) && isStale(fast, after: 16))
        #expect(rhythm([3600, 3600]).rhythm.knownMs == nil)
        #expect(!isStale([3600, 3600], after: 1e6))
    }

    @Test("bursts of hundreds of messages do not hide the pauses between them")
    func bursts() {
        let burst = [Double](repeating: 0.005, count: 300) + [120]
        let bursts = Array(repeating: burst, count: 30).flatMap { $0 }
        #expect(!isStale(bursts, after: 300) && isStale(bursts, after: 361))
    }

    @Test("a night's silence doubles the rhythm once, and the days after take that back")
    func night() throws {
        let day = [Double](repeating: 10, count: 1000)
        let night = rhythm(day + [28_800])
        #expect(night.rhythm.knownMs == 20_000)
        let after = try #require(rhythm(day + [28_800] + day).rhythm.knownMs)
        #expect(after < 11_000, "\(after)")
    }

    @Test("a source that has become slower is learned in a few messages")
    func slower() {
        let slow = [Double](repeating: 10, count: 100) + [Double](repeating: 600, count: 8)
        #expect(rhythm(slow).rhythm.knownMs == 600_000)
    }

    @Test("silence counts from the link's beginning, and a clock that is set back makes no pause")
    func linkAndClock() {
        let (minutes, now) = rhythm([Double](repeating: 60, count: 20))
        let later = now.advanced(byMs: 3_600_000)
        #expect(minutes.isStale(at: later, linked: link))
        #expect(!minutes.isStale(at: later, linked: later.advanced(byMs: -1000)))
        var back = minutes
        let earlier = now.advanced(byMs: -43_200_000)
        for step in 0..<20 {
            back.hear(at: earlier.advanced(byMs: Int64(step) * 60_000), linked: link)
        }
        #expect(back.knownMs == 60_000)
        #expect(back.isStale(at: earlier.advanced(byMs: 20 * 60_000 + 100_000), linked: link) == false)
        #expect(back.isStale(at: earlier.advanced(byMs: 3 * 3_600_000), linked: earlier))
    }

    @Test("what the broker retains is no sign of life, and says nothing of a clock")
    func retained() throws {
        let bench = try Bench(oneReading { $0.time = TimeOptions(paths: ["$.t"]) })
        bench.take("t/a", "{\"v\":1,\"t\":1750100000}", retain: true)
        bench.settle()
        var source = try #require(bench.intake.sources(limit: 9).first)
        #expect(source.messages == 1 && source.lastSeen == .distantPast && source.skewMs == nil)
        bench.take("t/a", "{\"v\":2,\"t\":1750122900}")
        bench.settle()
        source = try #require(bench.intake.sources(limit: 9).first)
        #expect(source.lastSeen == Bench.noon && source.skewMs == 30_500)
        bench.take("t/a", "{\"v\":1,\"t\":1750100000}", retain: true)
        bench.settle()
        #expect(bench.intake.sources(limit: 9).first?.skewMs == 30_500)
    }

    @Test("the distance of a clock is the median of the last messages, those too old to be kept included")
    func skew() throws {
        let bench = try Bench(oneReading { $0.time = TimeOptions(paths: ["$.t"]) })
        func tell(_ behindMs: Int64) {
            bench.take("t/時計", "{\"v\":1,\"t\":\(Bench.noon.milliseconds - behindMs)}")
            bench.settle()
        }
        for behind in [7_200_000, 7_200_100, 5, 7_199_900, 7_200_000] as [Int64] { tell(behind) }
        #expect(bench.intake.troubledSources(limit: 9).map(\.skewMs) == [7_200_000])
        for _ in 0..<15 { tell(-90_000) }
        #expect(bench.intake.troubledSources(limit: 9).map(\.skewMs) == [-90_000])
        for _ in 0..<15 { tell(59_000) }
        #expect(bench.intake.troubledSources(limit: 9).isEmpty)
        for _ in 0..<15 { tell(30 * 86_400_000) }
        #expect(bench.intake.status.deadByReason == [.tooOld: 15])
        #expect(bench.intake.troubledSources(limit: 9).first?.skewMs == Int64(2_592_000_000))
    }
}
