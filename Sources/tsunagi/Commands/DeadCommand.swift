import ArgumentParser
import Desk

/// `tsunagi dead …`: what could not become a reading.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Lists dead letters, shows one, or has today's rules read them again.",
        subcommands: [DeadList.self, DeadShow.self, DeadReplay.self]
    )
}

/// Which letters.
struct LetterOptions: ParsableArguments {
    @Option(help: "Only letters of this rule.")
    var rule: String?

    @Option(help: "Only letters with this reason, such as decode or no_rule.")
    var reason: String?

    @Option(help: "Only letters whose topic fits this filter, such as 'line1/+/status'.")
    var topic: String?

    var words: [(String, String)] {
        [("rule", rule), ("reason", reason), ("topic", topic)].compactMap { name, word in
            word.map { (name, $0) }
        }
    }
}

/// `tsunagi dead list`: newest first.
struct DeadList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists dead letters, newest first.",
        discussion:
            "Of each kind (rule, reason and topic) the first is kept, then one a minute with the running count."
    )

    @OptionGroup var letters: LetterOptions

    @Option(help: "The most rows, up to 1000.")
    var limit = 100

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let words = letters.words + [("limit", "\(limit)")]
        let rows = try await desk.client().get("/v1/dead", words, as: [DeadLetterRow].self)
        if desk.json { return try sayJSON(rows) }
        var table = TextTable([
            ("N", .right), ("TIME", .left), ("REASON", .left), ("RULE", .left), ("TOPIC", .left),
            ("BYTES", .right), ("COUNT", .right), ("DETAIL", .left),
        ])
        for row in rows {
            table.add([
                "\(row.number)", row.time, row.reason, row.rule, row.topic, "\(row.bytes)", "\(row.count)",
                (row.replayed == nil ? "" : "read since; ") + row.detail,
            ])
        }
        Console.show(table)
    }
}

/// `tsunagi dead show N`: all that is known of one.
struct DeadShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one dead letter, with its payload and what usually helps."
    )

    @Argument(help: "Its number, as the list tells it.")
    var number: UInt64

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let words = [("number", "\(number)")]
        let rows = try await desk.client().get("/v1/dead", words, as: [DeadLetterRow].self)
        guard let row = rows.first else {
            throw Trouble(
                "error: there is no letter \(number) (any more); tsunagi dead list shows those there are"
            )
        }
        if desk.json { return try sayJSON(row) }
        Console.say("● letter \(row.number)   \(row.time)   \(row.reason): \(row.detail)")
        Console.say("")
        Console.say("  topic    \(row.topic)   qos \(row.qos)\(row.retain ? "   retained" : "")")
        Console.say("  rule     \(row.rule.isEmpty ? "none" : row.rule)")
        Console.say("  count    \(row.count) of this rule, reason and topic")
        if let replayed = row.replayed { Console.say("  read     \(replayed), by tsunagi dead replay") }
        let cut = row.keptBytes < row.bytes ? "; the first \(row.keptBytes) were kept" : ""
        Console.say("  payload  \(row.bytes) bytes\(cut)")
        Console.say("")
        Console.say(row.payload)
        Console.say("")
        Console.say("! \(row.fix)")
    }
}

/// `tsunagi dead replay`: today's rules get another chance.
struct DeadReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Has today's rules read dead letters again, and says what became of each.",
        discussion: """
            A letter counts once: one that was read is not read again, and what its message had come to before is \
            recognised. Exit code 1 when some are still dead or could not be tried.
            """
    )

    @OptionGroup var letters: LetterOptions

    @Option(name: [.customShort("n"), .long], help: "Only the letter of this number.")
    var number: UInt64?

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let client = try desk.client()
        var rows: [ReplayRow] = []
        var words = letters.words + [("limit", "1000")]
        if let number { words.append(("number", "\(number)")) }
        var before: UInt64?
        repeat {
            let answer = try await client.post(
                "/v1/dead/replay",
                words + (before.map { [("before", "\($0)")] } ?? []),
                as: ReplayAnswer.self
            )
            rows += answer.letters
            before = answer.next
        } while before != nil
        if desk.json { try sayJSON(rows) } else { show(rows) }
        if rows.contains(where: { $0.outcome == "dead" || $0.outcome == "refused" }) { throw ExitCode(1) }
    }

    private func show(_ rows: [ReplayRow]) {
        var table = TextTable([
            ("N", .right), ("TOPIC", .left), ("OUTCOME", .left), ("READINGS", .right), ("WHY", .left),
        ])
        for row in rows {
            table.add([
                "\(row.number)", row.topic, row.outcome, "\(row.readings)", row.why.joined(separator: "; "),
            ])
        }
        if !rows.isEmpty { Console.show(table) }
        let read = rows.filter { $0.outcome == "read" || $0.outcome == "ignored" }.count
        Console.say("\(read) of \(rows.count) letters were read")
    }
}
