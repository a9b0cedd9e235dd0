import Alerts
import Readings
import Testing

/// Alerts in plain words.
@Suite struct AlertTests {
    static func tenths(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }

    /// One that stands, or is over.
    private func alert(_ kind: AlertKind, _ look: Look, limit: Double, good: Double? = nil) throws -> Alert {
        var rule = AlertRule("r", kind, limit: limit)
        rule.keepMs = 0
        var book = AlertBook()
        book.take([look], by: rule, at: Floor.noon)
        book.settle([rule], at: Floor.noon)
        guard let good else { return try #require(book.standing.first) }
        var later = look
        later.value = good
        book.take([later], by: rule, at: Floor.at(1))
        return try #require(book.notices.last?.alert)
    }

    private func lines(_ alert: Alert) -> [String] {
        AlertWords.Language.allCases.map { AlertWords($0, offsetSeconds: Floor.japan).line(alert) }
    }

    @Test("says what, where, since when, and what to do next, in English and Japanese")
    func words() throws {
        var bolts = Look("ボルト-M8", at: "ota", value: 38)
        (bolts.unit, bolts.end) = ("pcs", Floor.at(3 * 24))
        #expect(
            lines(try alert(.lowStock, bolts, limit: 50)) == [
                "ボルト-M8 at ota: 38 pcs, below the reorder point of 50 pcs; at today's rate it runs out on 2026-12-03; "
                    + "since 2026-11-30 12:00; order it, or count it: tsunagi count ボルト-M8 QTY",
                "otaのボルト-M8: 在庫38 pcs、発注点50 pcsを下回る。今の消費量では2026-12-03に欠品。2026-11-30 12:00から。"
                    + "発注するか、棚卸ししてください: tsunagi count ボルト-M8 数量",
            ]
        )
        #expect(
            lines(try alert(.lowStock, bolts, limit: 50, good: 120.25)) == [
                "ボルト-M8 at ota: all right again: 120.25 pcs on hand", "otaのボルト-M8: 復旧しました(在庫120.25 pcs)",
            ]
        )
        var press = Look("press-1", at: "ota", value: 25 * 60_000)
        press.detail = "停止"
        #expect(
            lines(try alert(.machineStopped, press, limit: 600_000)) == [
                "press-1 at ota: stopped (停止) for 25 min of planned time, longer than 10 min; since 2026-11-30 12:00; "
                    + "go and see; a planned stop needs a state that says so",
                "otaのpress-1: 計画稼働時間中に25分停止(停止)、上限10分を超過。2026-11-30 12:00から。"
                    + "現場を確認してください。計画停止であれば状態をそのように設定してください",
            ]
        )
    }

    @Test(
        "numbers are those that people say",
        arguments: [
            (AlertKind.sourceSilent, 45_000.0, 20_000.0, "silent for 45 s, longer than 20 s"),
            (.sourceSilent, 7_500_000, 7_200_000, "silent for 2 h 5 min, longer than 2 h"),
            (.lowCover, 1.89 * 86_400_000, 3 * 86_400_000, "lasts 1.8 d, less than 3 d"),
            (.disk, 400 * 1_048_576, 1_073_741_824, "400 MiB free, less than 1 GiB"),
            (.certificate, -1, 86_400_000, "ended"), (.linkDown, 61_000, 60_000, "no link for 1 min"),
            (.feedLate, 301_000, 300_000, "late by 5 min, more than 5 min"),
            (.clockSkew, 180_000, 60_000, "its clock is 3 min, more than 1 min"),
        ]
    )
    func numbers(_ kind: AlertKind, _ value: Double, _ limit: Double, _ words: String) throws {
        let line = lines(try alert(kind, Look("x", value: value), limit: limit))[0]
        #expect(line.hasPrefix("x: \(words); since 2026-11-30 12:00; "), "\(line)")
    }

    @Test("every kind has words for all right again, in both languages", arguments: AlertKind.allCases)
    func over(_ kind: AlertKind) throws {
        let (bad, good) = kind.isFloor ? (1.0, 90.0) : (90.0, 1.0)
        let lines = lines(try alert(kind, Look("x", value: bad), limit: 50, good: good))
        #expect(lines[0].hasPrefix("x: all right again: ") && lines[1].hasPrefix("x: 復旧しました("), "\(lines)")
    }
}
