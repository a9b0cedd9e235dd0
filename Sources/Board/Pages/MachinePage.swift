import Desk
import Plant
import Readings
import RingStore
import Sharing

/// One machine: what it does, what its day came to, and everything it tells.
extension Painter {
    /// More series than this are counted and not listed.
    private static let seriesMax = 200
    /// So many charts stand on the page where none is asked for.
    private static let chartsMax = 3

    /// - Returns: false when nothing is known of such an asset.
    func machine(_ key: MachineKey, _ sheet: inout Sheet, _ style: Style) -> Bool {
        let snapshot = rooms.store.snapshot()
        let series = snapshot.series.filter { $0.key.site == key.site && $0.key.asset == key.asset }
        guard !series.isEmpty else { return false }
        sheet.add("<h1>\(key.asset) <small>\(key.site)</small></h1><div class=columns><div>")
        if let line = rooms.plant.machines.first(where: { $0.key == key }) { day(line, snapshot, &sheet) }
        sheet.add(package(sheet))
        let numbers = series.filter { $0.type == .number && $0.kind != .state }
        let asked = numbers.filter { $0.key.metric == style.words["metric"] }
        let usual = numbers.filter { $0.kind == .gauge && snapshot.latest($0.id) != nil }.prefix(
            Self.chartsMax
        )
        for shown in asked.isEmpty ? Array(usual) : asked {
            sheet.add(figure(.series(shown.key), title: name(shown.key), .machine(key), sheet, style))
        }
        sheet.add("</div><div>")
        table(series, key, snapshot, &sheet)
        sheet.add("</div></div>")
        return true
    }

    /// The metric, and what tells series of one metric apart.
    private func name(_ key: SeriesKey) -> String {
        key.metric
            + (key.tags.isEmpty
                ? "" : " " + key.tags.map { "\($0.name)=\($0.value)" }.joined(separator: ", "))
    }

    /// Its state, the last day of it, and what that came to.
    private func day(_ line: MachineLine, _ snapshot: Snapshot, _ sheet: inout Sheet) {
        let say = sheet.say
        let options = rooms.plant.options.machines[line.key.asset] ?? MachineOptions()
        let word = line.state.map { snapshot.text($0) } ?? say("unknown", "不明")
        sheet.live(
            "p aria-live=polite",
            "state",
            kind: "now",
            "<b class=\"state \(options.activity(word).rawValue)\">\(word)</b> \(line.stateSince.map { sheet.age($0) } ?? "")"
        )
        guard sheet.isWhole else { return }
        let to = sheet.now.floored(toMs: 60_000)
        let from = to.advanced(byMs: -86_400_000)
        sheet.add(strip(line, options, snapshot, from: from, to: to, say))
        let view = rooms.plant.view(over: snapshot)
        let account =
            (try? view.account(of: line.key, from: from, to: to, offsetSeconds: rooms.offsetSeconds)) ?? nil
        guard let account else { return }
        func percent(_ ratio: Double?) -> String {
            ratio.map { "\(say.number(($0 * 1000).rounded() / 10)) %" } ?? "–"
        }
        let figures: [(String, String)] = [
            ("OEE", percent(account.oee)), (say("Availability", "可用率"), percent(account.availability)),
            (say("Performance", "性能"), percent(account.effectiveness)),
            (say("Quality", "品質"), percent(account.qualityRatio)),
            (say("Good", "良品"), account.goodQuantity.map(say.number) ?? "–"),
            (say("Reject", "不良"), account.scrapQuantity.map(say.number) ?? "–"),
            (
                say("Energy", "電力量"),
                account.energy.map { "\(say.number($0)) \(account.energyUnit)" } ?? "–"
            ),
        ]
        sheet.add(
            """
            <h2>\(say("The last 24 hours", "直近24時間"))</h2><dl class=tiles>\
            \(figures.map { "<div><dt>\($0.0)<dd>\($0.1)</div>" as Markup })</dl>
            """
        )
    }

    /// The last day in quarters of an hour.
    private func strip(
        _ line: MachineLine,
        _ options: MachineOptions,
        _ snapshot: Snapshot,
        from: Instant,
        to: Instant,
        _ say: Language
    ) -> Markup {
        guard let id = line.stateSeries,
            let buckets = try? snapshot.states(id, .minute, from: from, to: to, limit: 20_000)
        else { return "" }
        // Of what is known for an hour at most, the hour.
        let isNew = buckets.first.map { to.msSince($0.start) < 3_600_000 } ?? false
        let from = isNew ? to.advanced(byMs: -3_600_000) : from
        let stepMs: Int64 = isNew ? 60_000 : 15 * 60_000
        var columns: [(at: Instant, [(Activity, Double)])] = []
        var words: [(word: String, activity: Activity, ms: Int64)] = []
        for bucket in buckets {
            let at = bucket.start.floored(toMs: stepMs)
            if columns.last?.at != at { columns.append((at, Activity.allCases.map { ($0, 0) })) }
            for share in bucket.shares {
                guard case .text(let text) = share.value else { continue }
                let word = snapshot.text(text)
                let activity = options.activity(word)
                let place = Activity.allCases.firstIndex(of: activity) ?? 0
                columns[columns.count - 1].1[place].1 += Double(share.milliseconds) / Double(stepMs)
                if let index = words.firstIndex(where: { $0.word == word }) {
                    words[index].ms += share.milliseconds
                } else {
                    words.append((word, activity, share.milliseconds))
                }
            }
        }
        let legend = words.sorted { $0.ms > $1.ms }.prefix(8).map { part -> Markup in
            "<li><b class=\"state \(part.activity.rawValue)\">\(part.word)</b> \(say.span(Double(part.ms) / 1000))"
        }
        let title =
            isNew
            ? say("States over the last hour", "直近1時間の状態") : say("States over the last 24 hours", "直近24時間の状態")
        return """
            <figure class=day>\(Picture.states(columns, from: from, to: to, stepMs: stepMs, title))
            <p class=scale><span>\(time.minute(from))</span><span>\(time.minute(to))</span></p>
            <figcaption><ul aria-label="\(title)">\(legend)</ul></figcaption></figure>
            """
    }

    /// Everything it tells, with its current value and the line of the last day.
    private func table(_ series: [Series], _ key: MachineKey, _ snapshot: Snapshot, _ sheet: inout Sheet) {
        let say = sheet.say
        sheet.add(
            "<section aria-labelledby=h-series><header><h2 id=h-series>\(say("What it tells", "測定値"))</h2></header>"
        )
        sheet.add(
            open(
                table: "\(say("Current values; a name shows its chart.", "現在値。名前を選ぶとグラフを表示。"))",
                list: "series",
                [
                    (say("Metric", "項目"), false), (say("Value", "値"), true), (say("Past", "推移"), false),
                    (say("Age", "経過"), true),
                ]
            )
        )
        for one in series.prefix(Self.seriesMax) {
            let latest = snapshot.latest(one.id)
            let name = self.name(one.key)
            let isNumber = one.type == .number && one.kind != .state
            let link: Markup =
                isNumber
                ? """
                <a href="\(Topic.machine(key).place)&amp;metric=\(query: one.key.metric)">\(name)</a>
                """ : "\(name)"
            var spark: Markup = ""
            // Drawn for whoever opens the page; what lives of it are the value and its age.
            if sheet.isWhole, isNumber, var (_, line) = recent(.series(one.key), nil, sheet.now) {
                line.isStepped = false
                let every = max(1, line.points.count / 60)
                line.points = stride(from: 0, to: line.points.count, by: every).map { line.points[$0] }
                spark = Picture.spark(line)
            }
            let id = Sheet.id("v", one.key.description)
            sheet.add("<tr><th scope=row>\(link)")
            sheet.live(
                "td",
                id,
                kind: "n" + (latest?.quality == .good ? "" : " dim"),
                "\(value(latest, snapshot, say)) <small>\(one.unit)</small>"
            )
            sheet.add("<td>\(spark)")
            sheet.live("td", id + "t", kind: "n", latest.map { sheet.age($0.instant) } ?? "–")
        }
        sheet.add("\(closeTable)</section>")
    }

    private func value(_ sample: Sample?, _ snapshot: Snapshot, _ say: Language) -> String {
        switch sample?.value {
        case .number(let number): say.number(number)
        case .flag(let flag): flag ? say("on", "オン") : say("off", "オフ")
        case .text(let text): snapshot.text(text)
        case .absent, nil: "–"
        }
    }
}
