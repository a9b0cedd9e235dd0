import Desk
import Sharing

/// What `tsunagi top` shows: the status, and who sends how much right now.
struct TopScreen {
    /// What comes first among sources.
    enum Order: CaseIterable {
        case rate, age, name

        var next: Order {
            let all = Order.allCases
            return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
        }
    }

    var order = Order.rate
    /// Only sources and feeds whose names contain it.
    var filter = ""
    var isTyping = false
    private let language: FeedWords.Language
    private var report: StatusReport?
    /// Messages a second by source, since the report before.
    private var rates: [String: Double] = [:]
    private var trouble: String?

    init(in language: FeedWords.Language) {
        self.language = language
    }

    private func say(_ en: String, _ ja: String) -> String { Phrase(en, ja)(language) }

    /// Takes what the daemon says now.
    mutating func take(_ report: StatusReport) {
        if let before = self.report, before.uptimeSeconds < report.uptimeSeconds {
            let span = report.uptimeSeconds - before.uptimeSeconds
            let counts = Dictionary(before.sources.map { ($0.rule + $0.name, $0.messages) }) { $1 }
            for source in report.sources {
                let name = source.rule + source.name
                let count = source.messages - min(source.messages, counts[name] ?? source.messages)
                rates[name] = Double(count) / span
            }
        } else {
            rates = [:]
        }
        (self.report, trouble) = (report, nil)
    }

    /// The daemon does not answer.
    mutating func take(trouble: String) {
        self.trouble = trouble
    }

    /// As many lines as fit into `rows`, the keys last.
    func lines(rows: Int) -> [String] {
        guard let report else { return [trouble ?? say("asking …", "問い合わせ中…"), "", keys] }
        var lines = StatusScreen(report, in: language).top
        if let trouble { lines.append("! \(trouble)") }
        for finding in report.findings.prefix(3) { lines.append("! \(finding)") }
        let sources = sourceTable(report)
        let feeds = feedTable(report)
        // Feeds keep a third of what is left, sources get the rest.
        let room = max(4, rows - lines.count - 4)
        let feedRows = min(feeds.count, max(2, room / 3))
        lines += [""] + sources.prefix(room - feedRows)
        lines += [""] + feeds.prefix(feedRows)
        let blank = max(0, rows - 1 - lines.count)
        return lines.prefix(rows - 1) + [String](repeating: "", count: blank) + [keys]
    }

    private var keys: String {
        let word = say("filter", "絞込み")
        if isTyping { return "\(word): \(filter)_" }
        let sort = say("s sort", "s 並び") + ": \(orderWord)"
        return say("q quit", "q 終了") + "   \(sort)   / \(word)\(filter.isEmpty ? "" : ": \(filter)")"
    }

    private var orderWord: String {
        switch order {
        case .rate: say("rate", "流量")
        case .age: say("age", "経過")
        case .name: say("name", "名前")
        }
    }

    private func isWanted(_ names: String...) -> Bool {
        filter.isEmpty || names.contains { $0.contains(filter) }
    }

    private func sourceTable(_ report: StatusReport) -> [String] {
        var table = TextTable([
            (say("SOURCE", "発信元"), .left), (say("RULE", "ルール"), .left), (say("MSG/S", "件/秒"), .right),
            (say("MESSAGES", "件数"), .right), (say("LAST", "経過"), .right), ("", .left),
        ])
        for source in sorted(report.sources.filter { isWanted($0.name, $0.rule) }) {
            table.add([
                source.name, source.rule, Words.number(rates[source.rule + source.name] ?? 0, decimals: 1),
                Words.grouped(Int(clamping: source.messages)),
                source.lastSeenAgeSeconds.map { Words.span(seconds: $0, in: language) } ?? "-",
                note(source),
            ])
        }
        return table.lines
    }

    private func note(_ source: StatusReport.Source) -> String {
        if source.stale { return say("silent", "途絶") }
        return source.clockSkewSeconds == nil ? "" : say("clock off", "時計のずれ")
    }

    private func sorted(_ sources: [StatusReport.Source]) -> [StatusReport.Source] {
        switch order {
        case .rate:
            sources.sorted {
                (rates[$0.rule + $0.name] ?? 0, $1.name) > (rates[$1.rule + $1.name] ?? 0, $0.name)
            }
        case .age:
            // Those that were not heard for longest come first: they are what somebody looks for.
            sources.sorted { ($0.lastSeenAgeSeconds ?? .infinity) > ($1.lastSeenAgeSeconds ?? .infinity) }
        case .name: sources.sorted { $0.name < $1.name }
        }
    }

    private func feedTable(_ report: StatusReport) -> [String] {
        var table = TextTable([
            (say("PARTNER", "取引先"), .left), (say("FEED", "提供項目"), .left), (say("RELEASED", "提供"), .right),
            (say("WITHHELD", "保留"), .right), (say("WAITING", "送信待ち"), .right), ("", .left),
        ])
        for feed in report.feeds where isWanted(feed.partner, feed.agreement) {
            table.add([
                feed.partner, "\(feed.agreement)/\(feed.grant)", Words.grouped(feed.released),
                Words.grouped(feed.withheld), Words.grouped(feed.pending), feed.fault ?? "",
            ])
        }
        return table.lines
    }
}
