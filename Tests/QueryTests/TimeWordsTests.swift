import Query
import Readings
import Testing

@Suite struct TimeWordsTests {
    static let now = Instant(milliseconds: 1_750_122_900_000)

    @Test(
        "durations are a number and a unit",
        arguments: [
            ("250ms", 250), ("15s", 15_000), ("15m", 900_000), ("6h", 21_600_000), ("1w", 604_800_000),
        ]
            as [(String, Int64)]
    )
    func durations(text: String, milliseconds: Int64) throws {
        #expect(try TimeWords.durationMs(text) == milliseconds)
    }

    @Test(
        "what is no duration is refused by name",
        arguments: ["", "m", "0m", "-5m", "5", "5 m", "99999999999999999999d", "5y"]
    )
    func badDurations(text: String) {
        #expect(throws: QueryFailure.badDuration(text)) { try TimeWords.durationMs(text) }
    }

    @Test("an instant is a stamp, now, or so long ago")
    func instants() throws {
        #expect(try TimeWords.instant("now", now: Self.now) == Self.now)
        #expect(try TimeWords.instant("1h", now: Self.now) == Self.now.advanced(byMs: -3_600_000))
        #expect(try TimeWords.instant("2025-06-17T10:15:00+09:00", now: Self.now) == Self.now)
        #expect(throws: QueryFailure.badInstant("yesterday")) {
            try TimeWords.instant("yesterday", now: Self.now)
        }
    }
}
