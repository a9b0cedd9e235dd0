import Desk
import Plant
import Readings
import Sharing

/// One item at all its places, and what was on hand over time.
extension Painter {
    /// - Returns: false when nobody ever told of such an item.
    func item(_ name: String, _ sheet: inout Sheet, _ style: Style) -> Bool {
        let say = sheet.say
        let lines = rooms.plant.stock.filter { $0.key.item == name && $0.asOf > .distantPast }
        guard !lines.isEmpty || rooms.plant.options.items[name] != nil else { return false }
        sheet.add("<h1>\(name)</h1>\(note(style))<div class=columns><div><section>")
        sheet.add(
            open(
                table: "\(say("On hand at each place", "場所ごとの在庫"))",
                list: "places",
                [
                    (say("Place", "場所"), false), (say("Lot", "ロット"), false), (say("On hand", "在庫数"), true),
                    (say("Used a day", "1日の消費"), true), (say("Lasts", "在庫日数"), true),
                    (say("Last count", "直近の棚卸し"), true),
                    (say("Age", "経過"), true),
                ]
            )
        )
        for line in lines {
            let key = line.key
            let used = line.consumptionPerDay(asOf: sheet.now)
            let cover = line.coverDays(asOf: sheet.now)
            let least = rooms.plant.options.items[name]?.coverDaysMin
            let isLow = cover.map { $0 < least ?? 0 } ?? false
            let count: Markup =
                line.count.map { count in
                    let difference = count.difference.map { " (\($0 < 0 ? "" : "+")\(say.number($0)))" } ?? ""
                    return
                        "\(say.number(count.counted))\(difference)<br><small>\(time.short(count.at, now: sheet.now))</small>"
                } ?? "–"
            sheet.live(
                "tr",
                Sheet.id("s", key.description),
                kind: line.isNegative ? "bad" : isLow ? "warn" : "",
                """
                <th scope=row>\([key.site, key.location].filter { !$0.isEmpty }.joined(separator: "/"))<td>\(key.lot)\
                <td class="n large">\(say.number(line.quantity)) <small>\(line.unit)</small>\
                <td class=n>\(used.map(say.number) ?? "–")<td class=n>\(cover.map { "\(say.days($0)) \(say("d", "日"))" } ?? "–")\
                <td class=n>\(count)<td class=n>\(sheet.age(line.asOf))
                """
            )
        }
        sheet.add("\(closeTable)</section>")
        sheet.add(package(sheet))
        for line in lines.prefix(6) {
            let key = line.key
            let place = [key.site, key.location, key.lot].filter { !$0.isEmpty }.joined(separator: "/")
            sheet.add(
                figure(.stock(key), title: "\(say("On hand", "在庫数")) · \(place)", .item(name), sheet, style)
            )
        }
        sheet.add("</div><div>\(countForm(say, style, item: name))</div></div>")
        return true
    }

    /// What is missing for charts to zoom in.
    func package(_ sheet: Sheet) -> Markup {
        if hasCharts { return "" }
        return """
            <p class=hint>\(sheet.say("For charts to zoom in, install the package", "拡大できるグラフには次のパッケージが必要です:")) \
            <code>apt-get install libjs-dygraphs</code>
            """
    }
}
