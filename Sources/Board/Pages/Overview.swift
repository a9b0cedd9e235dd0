import Desk
import Intake
import Plant
import Readings
import RingStore
import Sharing

/// The first page: what is there, what runs, what leaves, and what needs somebody.
extension Painter {
    func overview(_ sheet: inout Sheet, _ style: Style) {
        let status = rooms.status()
        sheet.add("<h1 class=off>\(title(.overview, sheet.say))</h1>\(note(style))")
        light(status, &sheet)
        alerts(&sheet, style)
        sheet.add("<div class=columns><div>")
        stock(&sheet)
        if sheet.isWhole { sheet.add(countForm(sheet.say, style, item: nil)) }
        sheet.add("</div><div>")
        machines(&sheet)
        feeds(status, &sheet)
        letters(status, &sheet)
        sheet.add("</div></div>")
    }

    /// The traffic light, its reasons, and the figures beside it.
    private func light(_ status: StatusReport, _ sheet: inout Sheet) {
        let say = sheet.say
        let isDown = status.broker.state != "online" || status.store.fault != nil
        let (kind, word) =
            isDown
            ? ("bad", say("Trouble", "障害"))
            : status.findings.isEmpty
                && status.alerts?.open ?? 0 == 0
                ? ("ok", say("All is well", "正常")) : ("warn", say("Needs attention", "要対応"))
        sheet.add("<section class=light aria-label=\"\(say("Status", "状態"))\">")
        sheet.live("p role=status aria-live=polite", "light", kind: kind, "<i aria-hidden=true></i>\(word)")
        let used = Double(status.store.usedBytes) / Double(max(1, status.store.budgetBytes)) * 100
        let figures: [(String, Markup)] = [
            (
                say("Messages", "受信"),
                "\(say.number(status.broker.messagesPerSecond.rounded())) <small>\(say("/s", "件/秒"))</small>"
            ),
            (say("Series", "系列"), "\(say.number(Double(status.store.seriesCount)))"),
            (say("Store", "保存領域"), "\(say.number(used.rounded())) <small>%</small>"),
            (say("Waiting to leave", "送信待ち"), "\(status.feeds.reduce(0) { $0 + $1.pending })"),
            (say("Alerts", "警報"), "\(status.alerts?.standing ?? 0)"),
            (say("Dead letters", "未解読"), "\(say.number(Double(status.intake.deadLetters)))"),
        ]
        let cells = figures.map { "<div><dt>\($0.0)<dd>\($0.1)</div>" as Markup }
        sheet.live("dl", "figures", "\(cells)")
        let reasons = status.findings.map { "<li>\($0)" as Markup }
        sheet.live("ul lang=en", "findings", kind: reasons.isEmpty ? "gone" : "", "\(reasons)")
        sheet.add("</section>")
    }

    private func machines(_ sheet: inout Sheet) {
        let say = sheet.say
        let rows = rooms.plant.machines.filter { $0.asOf > .distantPast }
        sheet.add(
            "<section aria-labelledby=h-machines><header><h2 id=h-machines>\(say("Machines", "設備"))</h2></header>"
        )
        sheet.add(
            open(
                table: "\(say("What they do now, and pieces since they are known.", "現在の状態と、これまでの生産数。"))",
                list: "machines",
                [
                    (say("Machine", "設備"), false), (say("State", "状態"), false), (say("For", "継続"), true),
                    (say("Good", "良品"), true), (say("Reject", "不良"), true),
                ]
            )
        )
        let snapshot = rooms.store.snapshot()
        let options = rooms.plant.options.machines
        for line in rows {
            let key = line.key
            let word = line.state.map { snapshot.text($0) } ?? say("unknown", "不明")
            let activity = (options[key.asset] ?? MachineOptions()).activity(word)
            sheet.live(
                "tr",
                Sheet.id("m", "\(key.site)\u{1F}\(key.asset)"),
                """
                <th scope=row><a href="\(Topic.machine(key).place)">\(key.asset)</a> <small>\(key.site)</small>\
                <td><b class="state \(activity.rawValue)">\(word)</b><td class=n>\(line.stateSince.map { sheet.age($0) } ?? "–")\
                <td class=n>\(say.number(line.good.made))<td class=n>\(say.number(line.reject.made))
                """
            )
        }
        sheet.add(closeTable)
        if rows.isEmpty {
            sheet.add("<p class=none>\(say("No machine has told anything yet.", "設備の情報はまだありません。"))")
        }
        sheet.add("</section>")
    }

    private func feeds(_ status: StatusReport, _ sheet: inout Sheet) {
        let say = sheet.say
        sheet.add(
            "<section aria-labelledby=h-feeds><header><h2 id=h-feeds>\(say("Feeds by partner", "取引先への提供"))</h2></header>"
        )
        sheet.add(
            open(
                table: "\(say("What leaves under agreements.", "契約に基づいて送るもの。"))",
                list: "feeds",
                [
                    (say("Partner", "取引先"), false), (say("Grant", "項目"), false), (say("Last", "直近"), true),
                    (say("Sent", "送信"), true), (say("Withheld", "保留"), true),
                ]
            )
        )
        for feed in status.feeds {
            let last = feed.lastBucketEnd.flatMap { Instant(iso8601: $0) }
            let trouble: Markup =
                feed.fault.map { "<br><small class=why lang=en>\($0)</small>" }
                ?? (feed.pending > 0 ? " <b class=tag>\(feed.pending) \(say("waiting", "待ち"))</b>" : "")
            sheet.live(
                "tr",
                Sheet.id("f", "\(feed.agreement)/\(feed.grant)"),
                kind: feed.fault == nil ? "" : "bad",
                """
                <th scope=row><a href="\(Topic.partner(feed.partner).place)">\(feed.partner)</a>\
                <td>\(feed.agreement)/\(feed.grant)\(trouble)<td class=n>\(last.map { sheet.age($0) } ?? "–")\
                <td class=n>\(feed.released)<td class=n>\(feed.withheld)
                """
            )
        }
        sheet.add(closeTable)
        if status.feeds.isEmpty {
            sheet.add("<p class=none>\(say("Nothing leaves: there is no agreement.", "契約がないため、何も送られません。"))")
        }
        sheet.add("</section>")
    }

    /// The last messages that no rule could read.
    private func letters(_ status: StatusReport, _ sheet: inout Sheet) {
        let say = sheet.say
        let kept = rooms.letters.letters(limit: 8)
        sheet.add(
            "<section aria-labelledby=h-dead><header><h2 id=h-dead>\(say("Dead letters", "読めなかったメッセージ"))</h2></header>"
        )
        sheet.add(
            open(
                table:
                    "\(say("The last that no rule could read; tsunagi dead show N tells more.", "ルールで読めなかった直近のもの。詳細は tsunagi dead show N。"))",
                list: "dead",
                [
                    (say("No.", "番号"), true), (say("Topic", "トピック"), false), (say("Reason", "理由"), false),
                    (say("Age", "経過"), true),
                ]
            )
        )
        for letter in kept {
            sheet.live(
                "tr",
                "d\(letter.number)",
                """
                <td class=n>\(String(letter.number))<th scope=row class=topic>\(letter.letter.topic)\
                <td>\(letter.letter.reason.rawValue)<br><small lang=en>\(letter.letter.detail.prefix(160))</small>\
                <td class=n>\(sheet.age(letter.letter.time))
                """
            )
        }
        sheet.add(closeTable)
        if kept.isEmpty { sheet.add("<p class=none>\(say("Every message could be read.", "すべて読めています。"))") }
        sheet.add("</section>")
    }

    /// For a shop without sensors: what somebody counted.
    ///
    /// - Parameter item: whose page it stands on; nil on the first page.
    func countForm(_ say: Language, _ style: Style, item: String?) -> Markup {
        let lines = rooms.plant.stock.filter { item == nil || $0.key.item == item }
        let names =
            item == nil ? Set(lines.map(\.key.item)).union(rooms.plant.options.items.keys).sorted() : []
        let places = Set(lines.map(\.key.location)).sorted()
        let which: Markup =
            item.map { "<input type=hidden name=item value=\"\($0)\">" }
                ?? """
                <label>\(say("Item", "品目")) <input name=item required maxlength=256 list=item-names autocomplete=off></label>\
                <datalist id=item-names>\(names.prefix(200).map { "<option value=\"\($0)\">" as Markup })</datalist>
                """
        return """
            <section aria-labelledby=h-count><header><h2 id=h-count>\(say("Count by hand", "棚卸しの入力"))</h2></header>
            <form method=post action=/count class=count><input type=hidden name=token value="\(style.token)">\(which)\
            <label>\(say("Counted", "数えた数")) <input name=quantity required inputmode=decimal size=8 autocomplete=off></label>\
            <label>\(say("Place", "場所")) <input name=location maxlength=256 list=place-names autocomplete=off></label>\
            <datalist id=place-names>\(places.prefix(200).map { "<option value=\"\($0)\">" as Markup })</datalist>\
            <label>\(say("Lot", "ロット")) <input name=lot maxlength=256 size=8 autocomplete=off></label>\
            <button>\(say("Set", "登録"))</button></form>
            <p class=hint>\(say("Place and lot may be left out where there is only one.", "場所・ロットは、一つしかなければ省略できます。"))</section>
            """
    }
}
