import Desk
import Sharing

/// The screen that `tsunagi status` prints.
///
/// Names of reasons and rules stand as the machines' side has them, and so do the findings.
struct StatusScreen {
    private let report: StatusReport
    private let language: FeedWords.Language

    init(_ report: StatusReport, in language: FeedWords.Language) {
        (self.report, self.language) = (report, language)
    }

    private func say(_ en: String, _ ja: String) -> String { Phrase(en, ja)(language) }

    private func span(_ seconds: Double) -> String { Words.span(seconds: seconds, in: language) }

    private func ago(_ seconds: Double) -> String { say("\(span(seconds)) ago", "\(span(seconds))前") }

    /// A line's first word, and what follows in the same column everywhere.
    private func label(_ en: String, _ ja: String) -> String {
        let word = say(en, ja)
        return "  " + word + String(repeating: " ", count: max(1, 9 - TextTable.width(of: word)))
    }

    /// What concerns all of it.
    var top: [String] { [head, "", broker, intake, dead] + dropped + sparkplug + [store] + alerts }

    var lines: [String] {
        var lines = top + feeds + sources
        if !report.findings.isEmpty { lines += [""] + report.findings.map { "! \($0)" } }
        return lines
    }

    private var head: String {
        let state = report.state == "ok" ? say("ok", "正常") : say(report.state, "要対応")
        let up = say("up \(span(report.uptimeSeconds))", "稼働 \(span(report.uptimeSeconds))")
        let time = report.clock == "set" ? "" : say("   time=\(report.clock)", "   時計が合っていません")
        return "● \(state)   \(report.gateway)   \(up)   tsunagi \(report.version)\(time)"
    }

    private var broker: String {
        let link = report.broker
        let place = link.managed ? say("managed", "内蔵") : link.address
        var line = label("broker", "接続") + "\(state(of: link))  \(place)"
        if let listen = link.listen { line += say(" on \(listen)", " \(listen)") }
        let rate = Words.number(link.messagesPerSecond, decimals: 1)
        line += say("   \(rate) msg/s", "   毎秒\(rate)件")
        if let age = link.lastMessageAgeSeconds { line += say("   last \(ago(age))", "   最終受信 \(ago(age))") }
        // Over the last minute; nothing came, nothing lagged.
        let lag = link.lagMsP99.map { "\(Words.number($0, decimals: 1)) ms" } ?? "-"
        return line + say("   lag p99 \(lag)", "   遅れ p99 \(lag)")
    }

    private func state(of link: StatusReport.Broker) -> String {
        let words = [
            "idle": "停止中", "connecting": "接続処理中", "online": "接続中", "waiting": "再接続待ち", "stopped": "停止",
        ]
        return say(link.state, words[link.state] ?? link.state)
    }

    private var intake: String {
        let (readings, messages) = (grouped(report.intake.readings), grouped(report.broker.messages))
        let files = grouped(report.intake.files)
        let isByFiles = report.intake.files > 0
        var line = label("in", "受信")
        line += say(
            "\(readings) readings from \(messages) messages\(isByFiles ? " and \(files) files" : "")",
            "メッセージ\(messages)件\(isByFiles ? "、ファイル\(files)件" : "")から測定値\(readings)件"
        )
        if report.intake.duplicates > 0 {
            let count = grouped(report.intake.duplicates)
            line += say("   \(count) repeats dropped", "   重複\(count)件を除外")
        }
        if report.intake.redelivered > 0 {
            let count = grouped(report.intake.redelivered)
            line += say("   \(count) redelivered", "   再送\(count)件")
        }
        return line
    }

    private var dead: String {
        let head = label("dead", "未解読")
        guard report.intake.deadLetters > 0 else { return head + say("none", "なし") }
        let top = report.intake.topDeadReason.map { say("   mostly \($0)", "   主な理由 \($0)") } ?? ""
        return head + grouped(report.intake.deadLetters) + say("", "件") + top
    }

    /// What else was let go; repeats and dead letters stand in the lines above.
    private var dropped: [String] {
        let words = [
            (
                "broker_queue", "by the broker, its queue was full (max_queued_messages)",
                "ブローカーの待ち行列あふれ(max_queued_messages)"
            ),
            ("ignored", "by ignore: true", "ignore: true による"), ("empty", "empty", "空"),
            ("unasked", "unasked", "対象外"), ("ring_overwrite", "segments of old samples", "古い記録の区画"),
            ("letter_overwrite", "old dead letters", "古い未解読"),
            ("clock_unset", "before the clock was set", "時計合わせ前"),
            ("movement_marks", "marks of movements", "入出庫の照合印"),
            ("withheld", "buckets withheld", "保留した集計区間"),
        ]
        let told = words.compactMap { reason, en, ja in
            report.discards[reason].map { say("\(grouped($0)) \(en)", "\(ja) \(grouped($0))件") }
        }
        return told.isEmpty ? [] : [label("dropped", "破棄") + told.joined(separator: "   ")]
    }

    private var sparkplug: [String] {
        guard let host = report.sparkplug else { return [] }
        var line = label("spb", "spB")
        line += say(
            "\(host.nodesOnline) of \(host.nodes) nodes and \(host.devicesOnline) of \(host.devices) devices alive",
            "ノード \(host.nodesOnline)/\(host.nodes)、デバイス \(host.devicesOnline)/\(host.devices) が稼働"
        )
        line += "   " + (host.voice.map { say("host \($0)", "ホスト \($0)") } ?? say("passive", "受信のみ"))
        let counts = [
            (host.rebirthsAsked, "births asked for", "再バース要求"),
            (host.rebirthsUnasked, "births not asked for", "見送った再バース要求"), (host.gaps, "gaps", "欠番"),
        ]
        for (count, en, ja) in counts where count > 0 {
            line += say("   \(grouped(count)) \(en)", "   \(ja) \(grouped(count))件")
        }
        let complaints = host.complaints.sorted { $0.key < $1.key }.map { "\(grouped($0.value)) \($0.key)" }
        return [line] + (complaints.isEmpty ? [] : ["           " + complaints.joined(separator: "   ")])
    }

    private var store: String {
        let (used, budget) = (Words.bytes(report.store.usedBytes), Words.bytes(report.store.budgetBytes))
        let (series, samples) = (grouped(UInt64(report.store.seriesCount)), grouped(report.store.samples))
        var line = label("store", "保存")
        line += say("\(used) of \(budget)", "\(used) / \(budget)")
        line += say("   \(series) series   \(samples) stored", "   系列 \(series)   記録 \(samples)件")
        let forgotten = report.store.seriesForgotten
        if forgotten > 0 {
            let count = grouped(UInt64(forgotten))
            line += say("   \(count) series forgotten", "   消えた系列 \(count)")
        }
        if let sync = report.store.syncMsP99 {
            let ms = Words.number(sync, decimals: 1)
            line += say("   sync p99 \(ms) ms", "   書込み p99 \(ms) ms")
        }
        return line
    }

    private var alerts: [String] {
        guard let alerts = report.alerts else { return [] }
        let head = label("alerts", "警報")
        guard alerts.standing > 0 else { return [head + say("none", "なし")] }
        let quiet = alerts.standing - alerts.open
        let known =
            quiet > 0 ? say(", \(quiet) of them acknowledged or silenced", "、うち確認済み・停止中 \(quiet)件") : ""
        let more = alerts.open - alerts.first.count
        let count = say(
            "\(alerts.standing) stand\(known); tsunagi alerts lists them",
            "\(alerts.standing)件\(known)。一覧は tsunagi alerts"
        )
        return [head + count] + alerts.first.map { "           \($0)" }
            + (more > 0 ? ["           " + say("… and \(more) more", "… ほか\(more)件")] : [])
    }

    private var feeds: [String] {
        guard !report.feeds.isEmpty else {
            return [label("feeds", "提供") + say("none; an agreement makes one", "なし。契約があれば始まります")]
        }
        var table = TextTable([
            (say("  PARTNER", "  取引先"), .left), (say("GRANT", "提供項目"), .left),
            (say("LAST RELEASE", "直近"), .left), (say("RELEASED", "提供"), .right),
            (say("WITHHELD", "保留"), .right), (say("WAITING", "送信待ち"), .right),
        ])
        for feed in report.feeds {
            let last = feed.lastBucketEnd ?? say("none yet, due \(feed.nextDue)", "まだなし、次は \(feed.nextDue)")
            table.add([
                "  \(feed.partner)", "\(feed.agreement)/\(feed.grant)", last, "\(feed.released)",
                "\(feed.withheld)",
                "\(feed.pending)",
            ])
        }
        return [""] + table.lines
    }

    private var sources: [String] {
        guard !report.sources.isEmpty else { return [] }
        var table = TextTable([
            (say("  SOURCE", "  発信元"), .left), (say("RULE", "ルール"), .left),
            (say("MESSAGES", "件数"), .right),
            (say("LAST SEEN", "最終受信"), .right), (notes.isEmpty ? "" : say("NOTE", "備考"), .left),
        ])
        for source in report.sources { table.add(cells(source)) }
        let more = report.sourcesCount - report.sources.count
        let listed = Set(report.sources.map(\.place))
        let others = report.troubledSources.filter { !listed.contains($0.place) }
        for source in others { table.add(cells(source)) }
        let unlisted = more - others.count
        let rest = say("  … and \(unlisted) more", "  … ほか\(unlisted)件")
        return [""] + table.lines + (unlisted > 0 ? [rest] : [])
    }

    /// What is to be said of sources that are silent or whose clocks are off.
    private var notes: [String] { report.troubledSources.map(note) }

    private func cells(_ source: StatusReport.Source) -> [String] {
        let age = source.lastSeenAgeSeconds.map { ago($0) } ?? say("retained only", "保持値のみ")
        return ["  \(source.name)", source.rule, grouped(source.messages), age, note(source)]
    }

    private func note(_ source: StatusReport.Source) -> String {
        var notes: [String] = []
        if source.stale {
            let usual = source.rhythmSeconds.map { span($0) }
            notes.append(
                say("stale", "途絶") + (usual.map { say(", usually within \($0)", "(通常\($0)以内)") } ?? "")
            )
        }
        if let skew = source.clockSkewSeconds {
            let off = span(abs(skew))
            notes.append(
                skew > 0 ? say("clock \(off) slow", "時計が\(off)遅れ") : say("clock \(off) fast", "時計が\(off)進み")
            )
        }
        return notes.joined(separator: say("; ", "、"))
    }

    private func grouped(_ count: UInt64) -> String {
        Words.grouped(Int(clamping: count))
    }
}

extension StatusReport.Source {
    /// What tells it apart.
    fileprivate var place: String { rule + "\u{0}" + name }
}
