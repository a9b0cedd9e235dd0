import Readings
import Testing

@Suite struct InstantTests {
    @Test(
        "a stamp with a zone is the moment it says",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2025-06-17T10:15:00+09:00", 1_750_122_900_000),
            ("2025-06-17 01:15:00.5Z", 1_750_122_900_500), ("2025-06-17T01:15Z", 1_750_122_900_000),
            ("2025-06-17T01:15:00.123456789Z", 1_750_122_900_123),
            ("2025-06-17T10:15:00,25+0900", 1_750_122_900_250),
            ("2025-06-16T20:15:00-05", 1_750_122_900_000), ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ] as [(String, Int64)]
    )
    func stamps(text: String, milliseconds: Int64) {
        #expect(Instant(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(
        "a stamp that is none, or has no zone, is refused",
        arguments: [
            "", "2025-06-17", "2025-06-17T10:15:00", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
            "2025-06-17T24:00:00Z", "2025-06-17T10:15:00.Z", "2025-06-17T10:15:00Zx", "２０２５-06-17T10:15:00Z",
            "2025-06-17T10:15:00+9", "2025-06-17T10:15:00+09:60", "2025-06-17T10:15:00+24:00",
        ]
    )
    func badStamps(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test("what is written is read back, over the whole calendar")
    func roundTrip() {
        var milliseconds: Int64 = -62_135_596_800_000
        while milliseconds < 253_402_300_800_000 {
            let instant = Instant(milliseconds: milliseconds)
            #expect(Instant(iso8601: instant.iso8601) == instant)
            #expect(Instant(iso8601: instant.iso8601(offsetSeconds: 32_400)) == instant)
            milliseconds += 86_399_999 * 37
        }
    }

    @Test("a stamp shows its zone")
    func zones() {
        let instant = Instant(milliseconds: 1_750_122_900_000)
        #expect(instant.iso8601 == "2025-06-17T01:15:00.000Z")
        #expect(instant.iso8601(offsetSeconds: 32_400) == "2025-06-17T10:15:00.000+09:00")
        #expect(instant.iso8601(offsetSeconds: -12_600) == "2025-06-16T21:45:00.000-03:30")
    }

    @Test("the ends of time saturate instead of trapping")
    func saturation() {
        #expect(Instant.distantFuture.advanced(byMs: 1) == .distantFuture)
        #expect(Instant.distantPast.advanced(byMs: -1) == .distantPast)
        #expect(Instant.distantFuture.msSince(.distantPast) == .max)
        #expect(Instant.distantPast.msSince(.distantFuture) == .min)
        #expect(Instant.distantPast.iso8601 == "-292275055-05-16T16:47:04.192Z")
        #expect(Instant.distantFuture.iso8601 == "292278994-08-17T07:12:55.807Z")
    }

    @Test("a bucket starts at or before its instants, before 1970 too")
    func lattice() {
        #expect(Instant(milliseconds: 59_999).floored(toMs: 60_000).milliseconds == 0)
        #expect(Instant(milliseconds: -1).floored(toMs: 60_000).milliseconds == -60_000)
        #expect(Instant(milliseconds: -60_000).floored(toMs: 60_000).milliseconds == -60_000)
        // Midnight in Japan is 15:00 of the day before in UTC.
        let noon = Instant(milliseconds: 1_750_122_900_000)
        #expect(noon.floored(toMs: 86_400_000, offsetMs: 32_400_000).iso8601 == "2025-06-16T15:00:00.000Z")
    }
}
