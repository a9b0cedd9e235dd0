import Foundation
import Readings
import Testing

@testable import RingStore

@Suite("a store and a plain model")
struct HistoryTests {
    /// `TSUNAGI_SEED=17 Tests/run --filter HistoryTests` runs that history alone, and tells its steps.
    private static let seed = ProcessInfo.processInfo.environment["TSUNAGI_SEED"].flatMap { UInt64($0) }
    private static let seeds: Range<UInt64> = seed.map { $0..<$0 + 1 } ?? (isLong ? 0..<100_000 : 0..<2000)

    @Test(
        """
        agree on random histories of appends, late samples, replacements, restarts, ring turns, clock jumps and
        queries
        """
    )
    func randomHistories() throws {
        var tally = History.Tally()
        var failed = 0
        for seed in HistoryTests.seeds {
            do {
                let history = try History(seed: seed, tells: HistoryTests.seed != nil)
                try history.run()
                tally.add(history.tally)
            } catch {
                Issue.record("\(error); again with TSUNAGI_SEED=\(seed)")
                failed += 1
                if failed == 5 { break }
            }
        }
        if isLong { print("\(HistoryTests.seeds.count) histories: \(tally)") }
        if HistoryTests.seed != nil { return }
        // Else the histories would prove less than they say.
        #expect(
            tally.turns > 25 && tally.kills > 1000 && tally.closes > 1000 && tally.jumps > 1000,
            "\(tally)"
        )
        #expect(tally.replaced > 1000 && tally.late > 1000 && tally.seals > 1000, "\(tally)")
    }
}
