import Desk
import Readings
import Sharing

extension Painter {
    /// What stands, and who takes care of it.
    func alerts(_ sheet: inout Sheet, _ style: Style) {
        let say = sheet.say
        let rows = rooms.alerts.answer().alerts.filter { $0.stage == "standing" }
        let kind = rows.isEmpty ? "gone" : "alerts"
        sheet.add(
            """
            <section class=\(kind) id=standing aria-labelledby=h-alerts><header><h2 id=h-alerts>\(say("Alerts", "警報"))</h2>\
            </header><form id=ack method=post action=/acknowledge><input type=hidden name=token value="\(style.token)"></form>\
            <ul id=alerts data-list>
            """
        )
        for row in rows {
            let care: Markup =
                row.acknowledgedBy.map { "<small>\(say("\($0) takes care", "\($0) が対応中"))</small>" }
                ?? row.silencedUntil.map { _ in "<small>\(say("silenced", "通知停止中"))</small>" }
                    ?? """
                    <button form=ack name=alert value="\(row.id)">\(say("I take care", "対応します"))</button>
                    """
            sheet.live(
                "li",
                Sheet.id("a", row.id),
                kind: row.isOpen ? "open" : "",
                """
                <span>\(say(row.text.en, row.text.ja))</span> \(Instant(iso8601: row.since).map { sheet.age($0) } ?? "") \(care)
                """
            )
        }
        sheet.add("</ul></section>")
    }
}
