import ArgumentParser
import Glibc
import Intake
import Readings
import Settings

/// `tsunagi map try --topic T < payload`: what one message would come to.
struct MapTry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract:
            "Reads one payload from standard input and shows its readings, its dead letters, and the rule."
    )

    @Option(help: "The topic it comes on.")
    var topic: String

    @Option(name: .shortAndLong, help: "A configuration, a file of rules, or a preset's name.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    @Option(help: "When it arrives, e.g. 2025-06-17T10:15:30+09:00; now when left out.")
    var received: String?

    @Option(help: "Its quality of service, 0 to 2.")
    var qos: UInt8 = 0

    @Flag(help: "It comes from the broker's store of retained messages.")
    var retain = false

    @Flag(help: "JSON instead of a table.")
    var json = false

    func validate() throws {
        if topic.isEmpty || topic.contains("+") || topic.contains("#") {
            throw ValidationError("--topic takes a topic, without + and #")
        }
        if qos > 2 { throw ValidationError("--qos takes 0, 1 or 2") }
        if let received, Instant(iso8601: received) == nil {
            throw ValidationError("--received takes a moment with its zone, e.g. 2025-06-17T10:15:30+09:00")
        }
    }

    func run() throws {
        let loaded: RulesFile
        do throws(SettingsFailures) {
            loaded = try RulesFile.reading(config)
        } catch {
            try refuse(error, json: json)
        }
        let payload = try Self.standardInput(bytesMax: loaded.rules.payloadBytesMax + 1)
        let trial = try RuleTrial(loaded.rules)
        let outcome = trial.take(
            topic: Array(topic.utf8),
            payload: payload,
            at: received.flatMap { Instant(iso8601: $0) } ?? WallClock.now,
            qos: qos,
            retain: retain
        )
        let answer = TrialAnswer(topic: topic, outcome)
        if json {
            try sayJSON(answer)
        } else {
            answer.show()
        }
        let isWell = outcome.deadLetters.isEmpty && (outcome.isIgnored || !outcome.readings.isEmpty)
        if !isWell { throw ExitCode(1) }
    }

    /// All of standard input, at most so many bytes of it.
    private static func standardInput(bytesMax: Int) throws -> [UInt8] {
        var input: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while input.count < bytesMax {
            let count = unsafe piece.withUnsafeMutableBytes {
                unsafe read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw Trouble("error: standard input: \(unsafe String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            input += piece[..<count]
        }
        return input
    }
}
