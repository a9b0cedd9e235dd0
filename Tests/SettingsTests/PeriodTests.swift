import Disclosure
import Foundation
import Readings
import Settings
import Testing

@Suite("Lengths of time")
struct PeriodTests {
    @Test(
        "are read as ISO 8601 writes them",
        arguments: [
            ("PT0S", 0), ("PT15M", 900_000), ("P1D", 86_400_000), ("P2W", 1_209_600_000),
            ("PT1H30M", 5_400_000),
            ("P1DT12H", 129_600_000), ("PT90S", 90_000), ("P0D", 0), ("P36500D", 3_153_600_000_000),
        ]
    )
    func good(text: String, milliseconds: Int64) throws {
        let period = try #require(Period(text))
        #expect(period.milliseconds == milliseconds)
        #expect(Period(period.description) == period)
    }

    @Test(
        "and nothing else is",
        arguments: [
            "", "P", "PT", "P1", "1D", "P1M", "P1Y", "P1DT", "P1W2D", "PT1M1H", "PT1H1H", "P1.5D", "P-1D",
            "pt1m",
            "PT1D", "P1H", "P1D ", "PTT1S", "P1DT1HT1M", "P1WT1H", "P36501D", "P99999999999999999999D",
            "P999999999999999999W", "PT１M",
        ]
    )
    func bad(text: String) {
        #expect(Period(text) == nil)
    }
}
