import Alerts
import ArgumentParser
import Desk
import Sharing

/// `tsunagi alerts …`: what somebody should look at.
struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "What somebody should look at: low stock, stopped machines, silent sources, late feeds.",
        discussion: """
            An alert is named RULE/SUBJECT, such as low-stock/ota/ボルト-M8. Rules stand under alerts: in the configuration; \
            those that need no threshold of the shop's are there without.
            """,
        subcommands: [AlertsList.self, AlertsAck.self, AlertsSilence.self, AlertsTest.self],
        defaultSubcommand: AlertsList.self
    )
}

/// `tsunagi alerts`.
struct AlertsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists what stands, what may soon, and what is silenced.",
        discussion:
            "Exit code 0 when nothing stands that nobody has acknowledged or silenced, 1 when something does."
    )

    @OptionGroup var repeated: WatchOptions
    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let client = try desk.client()
        try await repeated.show { try await look(client) }
    }

    private func look(_ client: DeskClient) async throws {
        let answer = try await client.get("/v1/alerts", as: AlertAnswer.self)
        if desk.json {
            try sayJSON(answer)
        } else {
            show(answer)
        }
        if answer.alerts.contains(where: \.isOpen) { throw ExitCode(1) }
    }

    private func show(_ answer: AlertAnswer) {
        guard !answer.alerts.isEmpty || !answer.silences.isEmpty else {
            return Console.say("no alert stands")
        }
        var table = TextTable([("ALERT", .left), ("STATE", .left), ("SINCE", .left), ("WHAT", .left)])
        for row in answer.alerts {
            let state =
                row.silencedUntil.map { "silenced until \($0)" }
                ?? row.acknowledgedBy.map { "acknowledged by \($0)" } ?? row.stage
            table.add([row.id, state, row.since, row.text.here])
        }
        if !answer.alerts.isEmpty { Console.show(table) }
        for silence in answer.silences { Console.say(AlertsSilence.line(silence)) }
    }
}

/// `tsunagi alerts ack ALERT --by NAME`.
struct AlertsAck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Says that somebody has seen an alert and takes care; it stands until it is over.",
        discussion: "Names of rules alone acknowledge all that stands of a rule. On disk before it answers."
    )

    @Argument(help: "RULE/SUBJECT as tsunagi alerts lists it, or the RULE alone.")
    var alert: String

    @Option(help: "Your name.")
    var by: String

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let words = [("alert", alert), ("by", by)]
        let rows = try await desk.client().post("/v1/alerts/ack", words, as: [AlertRow].self)
        if desk.json { return try sayJSON(rows) }
        for row in rows { Console.say("\(row.id): acknowledged by \(by)") }
    }
}

/// `tsunagi alerts silence RULE [--subject PATTERN] --for 2h --by NAME`.
struct AlertsSilence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Has nobody be told of some alerts for a while; what still stands then is told.",
        discussion: "On disk before it answers. --for 0 ends the silence of the same rule and subject."
    )

    @Argument(help: "The rule's name; a pattern such as '*' or 'low-*' works too.")
    var rule: String

    @Option(help: "A pattern over subjects such as 'ota/press-*'; all when left out.")
    var subject: String = ""

    @Option(name: .customLong("for"), help: "How long: 30m, 2h, 3d; 0 ends it.")
    var lasting: String

    @Option(help: "Your name.")
    var by: String

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let words = [("rule", rule), ("subject", subject), ("for", lasting), ("by", by)]
        let rows = try await desk.client().post("/v1/alerts/silence", words, as: [SilenceRow].self)
        if desk.json { return try sayJSON(rows) }
        for row in rows { Console.say(Self.line(row)) }
        if rows.isEmpty { Console.say("nothing is silenced") }
    }

    static func line(_ row: SilenceRow) -> String {
        "silenced: \(row.rule)\(row.subject.isEmpty ? "" : " of \(row.subject)"), until \(row.until), by \(row.by)"
    }
}

extension AlertRow.Text {
    /// In the language of the terminal's surroundings.
    var here: String { FeedWords.Language.ofTerminal == .ja ? ja : en }
}
