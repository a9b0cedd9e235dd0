import Hummingbird
import Readings
import Sharing

/// What stands around every page: heads, ways to the others, language and theme.
struct Shell {
    let visit: Visit
    let gateway: String
    let partners: [String]

    func page(_ topic: Topic, title: String, _ sheet: Sheet, hasCharts: Bool) -> Markup {
        let say = visit.language
        let charts: Markup =
            hasCharts
            ? """
            <link rel=stylesheet href="\(Assets.place("/dygraph.css"))"><script defer src="\(Assets.place("/dygraph.js"))"></script>
            """ : ""
        let needsCharts = sheet.html.text.contains("class=chart")
        return """
            <!doctype html><html lang=\(say.rawValue) data-theme=\(visit.theme.rawValue)><head><meta charset=utf-8>
            <meta name=viewport content="width=device-width, initial-scale=1"><meta name=color-scheme content="light dark">
            <title>\(title) – \(gateway)</title><link rel=icon href="\(Assets.place("/icon.svg"))">
            \(needsCharts ? charts : "")<link rel=stylesheet href="\(Assets.place("/board.css"))">\
            <script defer src="\(Assets.place("/board.js"))"></script></head>
            <body data-stream="\(topic.stream)" data-now=\(sheet.now.milliseconds)>
            <a class=skip href=#main>\(say("To the content", "本文へ"))</a>
            <header class=top><a class=name href=/><img src="\(Assets.place("/icon.svg"))" alt="" width=28 height=28>
            <span>tsunagi <small>\(gateway)</small></span></a>\(ways(topic))\(switches(topic))</header>
            <main id=main tabindex=-1>\(sheet.html)</main>
            <footer><span id=link class=gone role=status></span><noscript>\(foot)</noscript></footer></body></html>
            """
    }

    private var foot: Markup {
        let say = visit.language
        return
            "\(say("Without a script, load the page again to see what is new.", "スクリプトが無効です。最新の表示にはページを再読み込みしてください。"))"
    }

    private func ways(_ topic: Topic) -> Markup {
        let say = visit.language
        guard visit.caller.isOperator else { return "" }
        let ways = partners.prefix(20).map { id -> Markup in
            let isHere = topic == .partner(id)
            return "<li><a href=\"\(Topic.partner(id).place)\"\(isHere ? " aria-current=page" : "")>\(id)</a>"
        }
        let seen: Markup =
            ways.isEmpty
            ? "" : "<li class=group><span>\(say("As seen by", "取引先から見た画面"))</span><ul>\(ways)</ul>"
        return """
            <nav aria-label="\(say("Pages", "ページ"))"><ul><li><a href=/\(topic == .overview ? " aria-current=page" : "")>\
            \(say("Overview", "概況"))</a>\(seen)</ul></nav>
            """
    }

    private func switches(_ topic: Topic) -> Markup {
        let say = visit.language
        let place = topic.place
        let join: Markup = place.contains("?") ? "&amp;" : "?"
        let other = say == .en ? Language.ja : .en
        let next: Theme = visit.theme == .dark ? .light : visit.theme == .light ? .auto : .dark
        let themes: [Theme: String] = [
            .auto: say("as the system", "自動"), .light: say("light", "ライト"), .dark: say("dark", "ダーク"),
        ]
        let leave: Markup =
            visit.session == nil
            ? ""
            : """
            <form method=post action=/logout><input type=hidden name=token value="\(visit.token)">\
            <button>\(say("Log out", "ログアウト")) <small>\(visit.caller.name)</small></button></form>
            """
        return """
            <div class=switches><a href="\(place)\(join)lang=\(other.rawValue)" lang=\(other.rawValue) hreflang=\(other.rawValue)>\
            \(other == .ja ? "日本語" : "English")</a>\
            <a href="\(place)\(join)theme=\(next.rawValue)" title="\(say("Theme", "配色"))">\
            <span aria-hidden=true>◐</span> \(themes[visit.theme] ?? "")</a>\(leave)</div>
            """
    }
}
