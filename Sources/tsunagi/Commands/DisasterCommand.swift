import ArgumentParser
import Desk

/// `tsunagi disaster …`: the emergency clause of an agreement.
struct DisasterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disaster",
        abstract: "Starts, approves and ends disaster modes: named grants leave exactly, for days at most.",
        discussion: """
            The agreement needs an emergency clause. Two people or more have to approve, each by the own name; \
            it ends by itself, at the latest after 14 days. Every step stands in the audit log, and the partner \
            is told of it.
            """,
        subcommands: [DisasterStart.self, DisasterApprove.self, DisasterEnd.self, DisasterStatus.self]
    )
}

/// What every step names.
struct DisasterOptions: ParsableArguments {
    @Argument(help: "The agreement's id.")
    var agreement: String

    @Option(help: "Your name, as the agreement's approvedBy has it.")
    var by: String

    @OptionGroup var desk: DeskOptions

    func take(_ step: String, _ more: [(String, String)] = []) async throws {
        let words = [("step", step), ("agreement", agreement), ("by", by)] + more
        let row = try await desk.client().post("/v1/disaster", words, as: DisasterRow.self)
        if desk.json { return try sayJSON(row) }
        Console.say(DisasterStatus.line(row))
        if row.stage == "requested" {
            Console.say("somebody else has to approve it: tsunagi disaster approve \(agreement) --by NAME")
        }
    }
}

/// `tsunagi disaster start AGREEMENT --grant G --by NAME`.
struct DisasterStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Asks for a disaster mode; nothing changes until enough people have approved."
    )

    @Option(help: "A grant that is to leave exactly; once for each.")
    var grant: [String]

    @Option(name: .customLong("for"), help: "How long, e.g. P3D; as long as the clause allows when left out.")
    var lasting: String?

    @OptionGroup var options: DisasterOptions

    func run() async throws {
        let more = [("grants", grant.joined(separator: ","))] + (lasting.map { [("for", $0)] } ?? [])
        try await options.take("start", more)
    }
}

/// `tsunagi disaster approve AGREEMENT --by NAME`.
struct DisasterApprove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approves what somebody else asked for."
    )

    @OptionGroup var options: DisasterOptions

    func run() async throws { try await options.take("approve") }
}

/// `tsunagi disaster end AGREEMENT --by NAME`.
struct DisasterEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "Ends a disaster mode before its time, or takes a request back."
    )

    @OptionGroup var options: DisasterOptions

    func run() async throws { try await options.take("end") }
}

/// `tsunagi disaster status`.
struct DisasterStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Lists what is requested, active and over.",
        discussion: "Exit code 0 when none is active, 1 when one is."
    )

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let rows = try await desk.client().get("/v1/disaster", as: [DisasterRow].self)
        if desk.json {
            try sayJSON(rows)
        } else {
            for row in rows { Console.say(Self.line(row)) }
            if rows.isEmpty { Console.say("no disaster mode was ever asked for") }
        }
        if rows.contains(where: { $0.stage == "active" }) { throw ExitCode(1) }
    }

    static func line(_ row: DisasterRow) -> String {
        let names = row.approvedBy.joined(separator: ", ")
        let grants = row.grants.joined(separator: ", ")
        let end = row.until.map { " until \($0)" } ?? ""
        switch row.stage {
        case "active": return "\(row.agreement): \(grants) leave exactly\(end), approved by \(names)"
        case "ended":
            return
                "\(row.agreement): ended\(row.until.map { " \($0)" } ?? ""), \(grants), approved by \(names)"
        default: return "\(row.agreement): requested for \(grants) by \(names)"
        }
    }
}
