import Desk
import Disclosure
import Readings
import Sharing

/// What a partner sees: the releases that left to it, as they left, and nothing else. No reading of the plant comes near
/// this page; an operator who looks "as seen by" gets the very same.
extension Painter {
    /// - Returns: false when there is no such partner.
    func partner(_ id: String, _ sheet: inout Sheet, _ style: Style) -> Bool {
        let say = sheet.say
        let feeds = rooms.released(id)
        guard let first = feeds.first else { return false }
        let party = first.agreement.recipient
        sheet.add(
            "<h1>\(say("Released to \(party.name ?? party.id)", "\(party.name ?? party.id) への提供情報"))</h1>"
        )
        for agreement in Set(feeds.map(\.agreement.id)).sorted() {
            let grants = feeds.filter { $0.agreement.id == agreement }
            let terms = grants[0].agreement
            sheet.add(
                """
                <header class=agreement><h2>\(agreement)</h2><p class=hint>\(terms.provider.name ?? terms.provider.id) · \
                \(say("until", "期限")) \(time.minute(terms.validity.notAfter))</p></header><div class=cards>
                """
            )
            for feed in grants { grant(feed, &sheet) }
            sheet.add("</div>")
        }
        return true
    }

    private func grant(_ feed: ReleasedFeed, _ sheet: inout Sheet) {
        let say = sheet.say
        let words = FeedWords(feed.grant, in: say)
        let what = say(
            "\(words.measure.prefix(1).uppercased())\(words.measure.dropFirst()), \(words.fold) \(words.width), \(words.precision)",
            "\(words.measure)、\(words.width)ごとの\(words.fold)、\(words.precision)"
        )
        let id = Sheet.id("g", "\(feed.agreement.id)/\(feed.grant.id)")
        sheet.add("<section><h3>\(feed.grant.id)</h3>")
        defer { sheet.add("</section>") }
        guard let last = feed.shown.last else {
            sheet.live(
                "p",
                id,
                kind: "none",
                "\(what). \(say("Nothing has left yet.", "送信はまだありません。"))"
            )
            return
        }
        let left = "\(say("as of", "時点")) \(time.short(last.bucketEnd, now: sheet.now))"
        sheet.live(
            "p",
            id,
            kind: "hint",
            "\(what) · \(left)\(last.values.isEmpty ? say(" · withheld", " · 保留") : "")"
        )
        sheet.add(
            open(
                table: "<span class=off>\(words.measure)</span>",
                list: "list-\(id)",
                [
                    (say("Product", "品目"), false), (say("Site", "拠点"), false), (say("Value", "値"), true),
                    (say("Past", "推移"), false), (say("Quality", "品質"), false),
                ]
            )
        )
        for value in last.values {
            sheet.live(
                "tr",
                Sheet.id("r", "\(id)\u{1F}\(value.product)\u{1F}\(value.site)"),
                """
                <th scope=row>\(value.product)<td>\(value.site)<td class="n large">\(text(value.value, say)) \
                <small>\(value.unit)</small><td>\(past(of: value, in: feed, sheet))<td>\(say.quality(value.quality))\
                \(value.ageBuckets > 0 ? " <small>\(say("old by", "経過")) \(value.ageBuckets) × \(words.width)</small>" as Markup : "")
                """
            )
        }
        sheet.add(closeTable)
    }

    private func text(_ value: Obscured, _ say: Language) -> String {
        switch value {
        case .number(let number): say.number(number)
        case .text(let text): text
        case .band(let low, let high): "\(low.map(say.number) ?? "") … \(high.map(say.number) ?? "")"
        }
    }

    /// The releases before it, as a line.
    private func past(of value: Release.Value, in feed: ReleasedFeed, _ sheet: Sheet) -> Markup {
        guard let first = feed.shown.first, let last = feed.shown.last else { return "" }
        var line = ChartLine(from: first.bucketEnd, to: last.bucketEnd)
        line.isStepped = true
        line.points = feed.shown.compactMap { shown in
            let same = shown.values.first { $0.product == value.product && $0.site == value.site }
            guard case .number(let number) = same?.value else { return nil }
            return ChartLine.Point(at: shown.bucketEnd, low: number, value: number, high: number)
        }
        return Picture.spark(line)
    }
}
