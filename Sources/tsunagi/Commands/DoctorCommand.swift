import ArgumentParser
import Desk
import Glibc
import Settings
import Sharing

/// `tsunagi doctor`: everything that the gateway stands on, and what to do.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at broker, certificates, clock, disk, rights and versions, and says what to do.",
        discussion: """
            Works with and without a running daemon, and changes nothing. Exit code 0 when nothing stands in the way, \
            1 when something was found.
            """
    )

    @Option(help: "en or ja; as LANG says when left out.", transform: FeedWords.Language.named)
    var lang: FeedWords.Language?

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let settings = try Settings.reading(desk.config)
        let client = DeskClient(socket: desk.socket ?? settings.deskSocket)
        // Nobody answers: one finding among others.
        let report = try? await client.get("/v1/status", as: StatusReport.self)
        var doctor = Doctor(settings, report: report, language: lang ?? .ofTerminal)
        await doctor.look()
        if desk.json {
            try sayJSON(doctor.findings)
        } else {
            show(doctor.findings)
        }
        if doctor.findings.contains(where: { $0.verdict != .ok }) { throw ExitCode(1) }
    }

    private func show(_ findings: [Finding]) {
        var table = TextTable([("", .left), ("CHECK", .left), ("FOUND", .left)])
        for finding in findings {
            table.add([finding.verdict.rawValue, finding.check, finding.says])
            if let advice = finding.advice { table.add(["", "", "→ \(advice)"]) }
        }
        Console.show(table)
    }
}
