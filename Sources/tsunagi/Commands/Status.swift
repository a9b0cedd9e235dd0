import ArgumentParser
import Desk

/// `tsunagi status`: one screen, the state first, what to do last.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How the gateway is: link, readings, dead letters, disk, feeds, sources.",
        discussion: "Exit code 0 when all is well, 1 when it is degraded, 3 when no daemon answers."
    )

    @OptionGroup var repeated: WatchOptions
    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let client = try desk.client()
        try await repeated.show { try await look(client) }
    }

    private func look(_ client: DeskClient) async throws {
        let report = try await client.get("/v1/status", as: StatusReport.self)
        if desk.json {
            try sayJSON(report)
        } else {
            for line in StatusScreen(report).lines { Console.say(line) }
        }
        if report.state != "ok" { throw ExitCode(1) }
    }
}

/// The screen that `tsunagi status` prints.
struct StatusScreen {
    private let report: StatusReport

    init(_ report: StatusReport) {
        self.report = report
    }

    /// What concerns all of it.
    var top: [String] { [head, "", broker, intake, dead] + dropped + sparkplug + [store] + alerts }

    var lines: [String] {
        var lines = top + feeds + sources
        if !report.findings.isEmpty { lines += [""] + report.findings.map { "! \($0)" } }
        return lines
    }

    private var head: String {
        let up = Words.span(seconds: report.uptimeSeconds)
        let time = report.clock == "set" ? "" : "   time=\(report.clock)"
        return "● \(report.state)   \(report.gateway)   up \(up)   tsunagi \(report.version)\(time)"
    }

    private var broker: String {
        let link = report.broker
        var line = "  broker   \(link.state)  \(link.managed ? "managed" : link.address)"
        if let listen = link.listen { line += " on \(listen)" }
        line += "   \(Words.number(link.messagesPerSecond, decimals: 1)) msg/s"
        if let age = link.lastMessageAgeSeconds { line += "   last \(Words.span(seconds: age)) ago" }
        // Over the last minute; nothing came, nothing lagged.
        line += "   lag p99 " + (link.lagMsP99.map { "\(Words.number($0, decimals: 1)) ms" } ?? "-")
        return line
    }

    private var intake: String {
        var line =
            "  in       \(grouped(report.intake.readings)) readings from \(grouped(report.broker.messages)) messages"
        if report.intake.files > 0 { line += " and \(grouped(report.intake.files)) files" }
        if report.intake.duplicates > 0 { line += "   \(grouped(report.intake.duplicates)) repeats dropped" }
        if report.intake.redelivered > 0 { line += "   \(grouped(report.intake.redelivered)) redelivered" }
        return line
    }

    private var dead: String {
        guard report.intake.deadLetters > 0 else { return "  dead     none" }
        let top = report.intake.topDeadReason.map { "   mostly \($0)" } ?? ""
        return "  dead     \(grouped(report.intake.deadLetters))\(top)"
    }

    /// What else was let go; repeats and dead letters stand in the lines above.
    private var dropped: [String] {
        let words = [
            ("broker_queue", "by the broker, its queue was full (max_queued_messages)"),
            ("ignored", "by ignore: true"),
            ("empty", "empty"), ("unasked", "unasked"), ("ring_overwrite", "segments of old samples"),
            ("letter_overwrite", "old dead letters"), ("clock_unset", "before the clock was set"),
            ("movement_marks", "marks of movements"),
            ("withheld", "buckets withheld"),
        ]
        let told = words.compactMap { reason, text in
            report.discards[reason].map { "\(grouped($0)) \(text)" }
        }
        return told.isEmpty ? [] : ["  dropped  " + told.joined(separator: "   ")]
    }

    private var sparkplug: [String] {
        guard let host = report.sparkplug else { return [] }
        var line =
            "  spb      \(host.nodesOnline) of \(host.nodes) nodes and \(host.devicesOnline) of \(host.devices)"
        line += " devices alive   \(host.voice.map { "host \($0)" } ?? "passive")"
        if host.rebirthsAsked > 0 { line += "   \(grouped(host.rebirthsAsked)) births asked for" }
        if host.rebirthsUnasked > 0 { line += "   \(grouped(host.rebirthsUnasked)) births not asked for" }
        if host.gaps > 0 { line += "   \(grouped(host.gaps)) gaps" }
        let complaints = host.complaints.sorted { $0.key < $1.key }.map { "\(grouped($0.value)) \($0.key)" }
        return [line] + (complaints.isEmpty ? [] : ["           " + complaints.joined(separator: "   ")])
    }

    private var store: String {
        let used = Words.bytes(report.store.usedBytes)
        var line = "  store    \(used) of \(Words.bytes(report.store.budgetBytes))"
        line +=
            "   \(grouped(UInt64(report.store.seriesCount))) series   \(grouped(report.store.samples)) stored"
        let forgotten = report.store.seriesForgotten
        if forgotten > 0 { line += "   \(grouped(UInt64(forgotten))) series forgotten" }
        if let sync = report.store.syncMsP99 { line += "   sync p99 \(Words.number(sync, decimals: 1)) ms" }
        return line
    }

    private var alerts: [String] {
        guard let alerts = report.alerts else { return [] }
        guard alerts.standing > 0 else { return ["  alerts   none"] }
        let quiet = alerts.standing - alerts.open
        let known = quiet > 0 ? ", \(quiet) of them acknowledged or silenced" : ""
        let more = alerts.open - alerts.first.count
        return ["  alerts   \(alerts.standing) stand\(known); tsunagi alerts lists them"]
            + alerts.first.map { "           \($0)" } + (more > 0 ? ["           … and \(more) more"] : [])
    }

    private var feeds: [String] {
        guard !report.feeds.isEmpty else { return ["  feeds    none; an agreement makes one"] }
        var table = TextTable([
            ("  PARTNER", .left), ("GRANT", .left), ("LAST RELEASE", .left), ("RELEASED", .right),
            ("WITHHELD", .right), ("WAITING", .right),
        ])
        for feed in report.feeds {
            let last = feed.lastBucketEnd ?? "none yet, due \(feed.nextDue)"
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
            ("  SOURCE", .left), ("RULE", .left), ("MESSAGES", .right), ("LAST SEEN", .right),
            (notes.isEmpty ? "" : "NOTE", .left),
        ])
        for source in report.sources { table.add(cells(source)) }
        let more = report.sourcesCount - report.sources.count
        let listed = Set(report.sources.map(\.place))
        let others = report.troubledSources.filter { !listed.contains($0.place) }
        for source in others { table.add(cells(source)) }
        let unlisted = more - others.count
        return [""] + table.lines + (unlisted > 0 ? ["  … and \(unlisted) more"] : [])
    }

    /// What is to be said of sources that are silent or whose clocks are off.
    private var notes: [String] { report.troubledSources.map(note) }

    private func cells(_ source: StatusReport.Source) -> [String] {
        let age = source.lastSeenAgeSeconds.map { "\(Words.span(seconds: $0)) ago" } ?? "retained only"
        return ["  \(source.name)", source.rule, grouped(source.messages), age, note(source)]
    }

    private func note(_ source: StatusReport.Source) -> String {
        var notes: [String] = []
        if source.stale {
            notes.append(
                "stale" + (source.rhythmSeconds.map { ", usually within \(Words.span(seconds: $0))" } ?? "")
            )
        }
        if let skew = source.clockSkewSeconds {
            notes.append("clock \(Words.span(seconds: abs(skew))) \(skew > 0 ? "slow" : "fast")")
        }
        return notes.joined(separator: "; ")
    }

    private func grouped(_ count: UInt64) -> String {
        Words.grouped(Int(clamping: count))
    }
}

extension StatusReport.Source {
    /// What tells it apart.
    fileprivate var place: String { rule + "\u{0}" + name }
}
