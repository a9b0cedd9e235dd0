import ArgumentParser
import Desk
import Glibc

/// `tsunagi revoke AGREEMENT`: for good.
struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Ends an agreement for good, in six steps, and shows that nothing is delivered any more.",
        discussion: """
            Releases stop; what waits in the outbox is taken back; what the broker retains is cleared; the rights go; live \
            sessions are cut, with what is queued in them; and the gateway connects as the partner to prove it. The \
            revocation is kept in the data folder and counts whatever the agreement's file says; what is agreed anew takes \
            a new id. With the last agreement of a partner its user, password or certificate end too.
            Where the agreement promises notice (revocation.noticeSeconds) its partner is told first, and all that comes when \
            the notice is over; --now does not wait.
            A line each: ok, FAIL, or you (where a broker is not ours). Exit code 0 when all six hold, 1 when one does \
            not; it may be said again.
            """
    )

    @Argument(help: "The agreement's id.")
    var agreement: String

    @Flag(help: "Does not ask.")
    var yes = false

    @Flag(help: "Ends it at once, whatever notice it promises.")
    var now = false

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        if !yes, !desk.json, Console.isTerminal, isatty(STDIN_FILENO) == 1 {
            Console.say("\(agreement) ends for good. Revoke it? [y/N]")
            guard ["y", "yes"].contains(readLine()?.lowercased()) else { throw ExitCode(1) }
        }
        let report = try await desk.client().post(
            "/v1/revoke",
            [("agreement", agreement)] + (now ? [("now", "yes")] : []),
            as: RevocationReport.self
        )
        if desk.json {
            try sayJSON(report)
        } else if let refusal = report.refusal {
            Console.trouble("error: \(refusal)")
        } else {
            for step in report.steps { Console.say(step.line) }
        }
        if !report.holds { throw ExitCode(1) }
    }
}
