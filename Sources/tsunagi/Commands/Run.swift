import ArgumentParser
import Glibc
import Logging
import Settings
import UnixSignals

/// `tsunagi run`: the daemon.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the gateway until SIGTERM or SIGINT.",
        discussion:
            "What cannot work (a wrong configuration, a full disk, a port in use) is told at once: exit code 1."
    )

    @Option(name: .shortAndLong, help: "The configuration.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    func run() async throws {
        let supervisor = Supervisor.taken()
        // Before anything else: a SIGHUP that comes early waits until all stands.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        // Nothing we make is for others, unless a room says so.
        umask(0o077)
        // Whoever started us may have blocked the signals that end us.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        // A broker or a reader that hangs up is an error of that link, not our end.
        signal(SIGPIPE, SIG_IGN)
        let settings = try Settings.reading(config)
        let form = LineLog.Form.ofStandardError
        LoggingSystem.bootstrap { _ in LineLog(form, level: settings.log.loggerLevel) }
        var logger = Logger(label: "tsunagi")
        logger.logLevel = settings.log.loggerLevel
        for warning in settings.warnings { logger.warning("\(warning)") }
        let gateway = try Gateway(settings, supervisor: supervisor, logger: logger)
        try await gateway.run(hangups: hangups)
    }
}

extension LogLevel {
    /// The same level of swift-log.
    fileprivate var loggerLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
