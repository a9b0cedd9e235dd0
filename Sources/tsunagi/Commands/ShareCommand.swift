import ArgumentParser
import Desk
import Disclosure
import Settings
import Sharing

/// `tsunagi share …`: what agreements mean.
struct ShareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "share",
        abstract: "Says what a partner will see, and what a changed configuration would let out.",
        subcommands: [ShareExplain.self, ShareDiff.self]
    )
}

/// `tsunagi share explain AGREEMENT`: in plain words, with the last closed bucket as the partner sees it and as it is.
struct ShareExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Says in plain words what an agreement lets out, with live examples beside the true values.",
        discussion:
            "The true values are for you alone: they are asked of the daemon here, and sent to nobody."
    )

    @Argument(help: "The agreement's id.")
    var agreement: String

    @Option(help: "en or ja; as LANG says when left out.", transform: FeedWords.Language.named)
    var lang: FeedWords.Language?

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let settings = try Settings.reading(desk.config)
        guard let found = settings.agreements.first(where: { $0.id == agreement }) else {
            let known = settings.agreements.map(\.id).sorted().joined(separator: ", ")
            throw Trouble(
                "error: no agreement \"\(agreement)\"; there are: \(known.isEmpty ? "none" : known)"
            )
        }
        let examples = try await examples()
        if desk.json { return try sayJSON(examples ?? []) }
        let words = Explanation(agreement: found, language: lang ?? .ofTerminal)
        Console.say(words.opening)
        for grant in found.grants { Console.say("- \(words.line(grant))") }
        guard let examples else {
            return Console.trouble("no daemon answers: there are no examples")
        }
        var table = TextTable([
            ("GRANT", .left), ("PRODUCT", .left), ("SITE", .left), ("BUCKET'S END", .left),
            ("THEY SEE", .right),
            ("IT IS", .right), ("UNIT", .left),
        ])
        for row in examples {
            table.add([row.grant, row.product, row.site, row.bucketEnd, row.seen, row.truth, row.unit])
        }
        Console.say("")
        guard !examples.isEmpty else {
            return Console.say("nothing is known of the last closed buckets: they are told as withheld")
        }
        Console.show(table)
    }

    /// Nil when no daemon answers.
    private func examples() async throws -> [ShareExample]? {
        do {
            return try await desk.client().get("/v1/share/examples", [("agreement", agreement)])
        } catch DeskFailure.unreachable {
            return nil
        }
    }
}

/// `tsunagi share diff`: before a reload.
struct ShareDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract:
            "Lists by partner what would newly leave, and what would stop, if the daemon read its files again.",
        discussion:
            "Exit code 0 when nothing more would leave, 1 when something would or the files are wrong."
    )

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let report = try await desk.client().post("/v1/reload", [("dry", "yes")], as: ReloadReport.self)
        if desk.json {
            try sayJSON(report)
        } else {
            for finding in report.findings { Console.trouble(finding) }
            for line in report.sharing { Console.say(line) }
            if report.findings.isEmpty, report.sharing.isEmpty {
                Console.say("nothing would leave otherwise than today")
            }
        }
        if report.needsConfirmation || !report.findings.isEmpty { throw ExitCode(1) }
    }
}
