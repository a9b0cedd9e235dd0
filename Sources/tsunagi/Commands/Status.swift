import ArgumentParser
import Desk

/// `tsunagi status`: one screen, the state first, what to do last.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How the gateway is: link, readings, dead letters, disk, feeds, sources.",
        discussion: "Exit code 0 when all is well, 1 when it is degraded, 3 when no daemon answers."
    )

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let report = try await desk.client().get("/v1/status", as: StatusReport.self)
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

    var lines: [String] {
        var lines = [head, "", broker, intake, dead, store]
        lines += feeds + sources
        if !report.findings.isEmpty { lines += [""] + report.findings.map { "! \($0)" } }
        return lines
    }

    private var head: String {
        let up = Words.span(seconds: report.uptimeSeconds)
        return "● \(report.state)   \(report.gateway)   up \(up)   tsunagi \(report.version)"
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
        ])
        for source in report.sources {
            table.add([
                "  \(source.name)", source.rule, grouped(source.messages),
                "\(Words.span(seconds: source.lastSeenAgeSeconds)) ago",
            ])
        }
        let more = report.sourcesCount - report.sources.count
        return [""] + table.lines + (more > 0 ? ["  … and \(more) more"] : [])
    }

    private func grouped(_ count: UInt64) -> String {
        Words.grouped(Int(clamping: count))
    }
}
