import Readings
import Testing

@testable import Board

/// By which clocks charts are labelled.
@Suite struct PlantTimeTests {
    private static let summer = Instant(milliseconds: 1_774_746_000_000)  // 2026-03-29T01:00:00Z
    private static let winter = Instant(milliseconds: 1_792_890_000_000)  // 2026-10-25T01:00:00Z
    /// As in Berlin, in one year.
    private let berlin = PlantTime { $0 >= summer && $0 < winter ? 7200 : 3600 }

    @Test("a zone without summer time has one offset, however long a chart is")
    func still() {
        let tokyo = PlantTime { _ in 32_400 }
        for days: Int64 in [0, 1, 1826, 400_000] {
            let from = Instant(milliseconds: 0)
            let steps = tokyo.offsets(from: from, to: from.advanced(byMs: days * 86_400_000))
            #expect(steps.map(\.seconds) == [32_400] && steps[0].from == from)
        }
    }

    @Test("the second in which clocks are put forward or back is found", arguments: [1, 10, 40, 300, 1826])
    func changes(days: Int64) {
        for (change, before, after) in [(Self.summer, 3600, 7200), (Self.winter, 7200, 3600)] {
            let from = change.advanced(byMs: -days * 43_200_000 - 1234)
            let steps = berlin.offsets(from: from, to: from.advanced(byMs: days * 86_400_000))
            #expect(steps[0].from == from)
            let step = steps.firstIndex { $0.from == change } ?? 0
            #expect(step > 0, "\(steps)")
            if step > 0 { #expect(steps[step - 1].seconds == before && steps[step].seconds == after) }
        }
    }

    @Test("a chart says it beside its points")
    func told() {
        let line = ChartLine(from: Self.summer.advanced(byMs: -1000), to: Self.summer.advanced(byMs: 1000))
        #expect(line.json(berlin).contains("\"offsets\":[[1774745999000,3600],[1774746000000,7200]]"))
    }
}
