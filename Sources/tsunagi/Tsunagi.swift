import ArgumentParser
import Bus
import Desk
import Glibc
import Query
import RingStore
import Sharing

/// The gateway and its operators' commands, in one executable.
struct Tsunagi: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tsunagi",
        abstract: "Connects factories: readings in over MQTT, kept in rings, shared as agreed.",
        discussion: """
            Exit codes: 0 all is well, 1 trouble was found, 2 wrong usage, 3 no daemon answers.
            Every reading command takes --json.
            """,
        version: Version.text,
        subcommands: [
            Run.self, Check.self, DoctorCommand.self, Status.self, Top.self, AlertsCommand.self,
            Stock.self, Count.self, Machines.self, SeriesList.self, QueryCommand.self, Watch.self,
            Metrics.self, DeadCommand.self, MapCommand.self, ReloadCommand.self,
            SparkplugHostCommand.self, StoreCommand.self, BackupCommand.self, RestoreCommand.self,
            ShareCommand.self, DisasterCommand.self, PartnerCommand.self, RevokeCommand.self,
            AuditCommand.self, KeysCommand.self, VerifyCommand.self, BoardCommand.self, Simulate.self,
            CompletionCommand.self, ManualCommand.self,
        ]
    )
}

/// The version of the executable and of what it answers.
enum Version {
    static let text = "0.1.0"
}

/// Why a command ended without doing its work; the text is one or more lines for standard error.
struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

@main
enum Main {
    static func main() async {
        // A pipe that closes early (`tsunagi series | head`) ends us quietly.
        signal(SIGPIPE, SIG_DFL)
        do {
            var command = try Tsunagi.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            leave(for: error)
        }
    }

    /// Ends the process with the code that the error stands for.
    private static func leave(for error: any Error) -> Never {
        if let code = error as? ExitCode { exit(code.rawValue) }
        switch error {
        case let failure as DeskFailure:
            Console.trouble("error: \(failure)")
            if case .unreachable = failure { exit(3) }
            exit(1)
        case let failure as StoreFailure:
            Console.trouble("error: \(failure)")
            exit(1)
        case let failure as AuditFailure:
            Console.trouble("error: \(failure)")
            exit(1)
        case let failure as OnboardingFailure:
            Console.trouble("error: \(failure)")
            exit(1)
        case let failure as BrokerFailure:
            Console.trouble("error: \(failure)")
            exit(1)
        case let failure as QueryFailure:
            Console.trouble("error: \(failure)")
            exit(1)
        case let trouble as Trouble:
            Console.trouble(trouble.description)
            exit(1)
        default:
            break
        }
        switch Tsunagi.exitCode(for: error) {
        case .success:
            Console.say(Tsunagi.fullMessage(for: error))
            exit(0)
        case .validationFailure:
            Console.trouble(Tsunagi.fullMessage(for: error))
            if let meant = CommandOutline.meant(CommandLine.arguments.dropFirst()) {
                Console.trouble("Did you mean: \(meant)?")
            }
            exit(2)
        default:
            Console.trouble("error: \(error)")
            exit(1)
        }
    }
}
