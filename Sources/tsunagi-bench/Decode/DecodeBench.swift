import ArgumentParser
import Foundation
import Intake
import Readings

/// `tsunagi-bench decode`: what a CPU second reads, decoders alone and with rules, series and batches around them.
struct DecodeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Payloads per CPU second, of the decoders alone and of the whole way into a batch.",
        discussion:
            "JSON beside Foundation's JSONSerialization, in turn; the ratio of the medians is what counts."
    )

    @Option(help: "Payloads in each measurement.")
    var count: Int = 1_000_000

    @Option(help: "Rounds; an odd number has a true median.")
    var rounds: Int = 5

    @Option(help: "Only the figures whose names hold this text.")
    var only: String?

    @Flag(help: "One JSON object a line instead of a table.")
    var json = false

    func validate() throws {
        guard count >= 1000, rounds >= 1 else {
            throw ValidationError("--count is at least 1000, --rounds at least 1")
        }
    }

    func run() throws {
        let board = FigureBoard(bounds: .decode)
        let scalars = PayloadRun((0..<1000).map { Array("\($0 % 97).\($0 % 10)".utf8) })
        let messages = PayloadRun((0..<1000).map { DecodeBench.message($0) })
        let births = try SparkplugMessages()
        for _ in 0..<rounds {
            try decode("scalars decoded", .value, scalars, board)
            try decode("100-byte JSON with 3 numbers decoded", .json, messages, board)
            try foundation("100-byte JSON with 3 numbers decoded", messages, board)
            try sparkplug("Sparkplug metrics by alias decoded", births, board)
            try take("scalars taken in", TakeTrial(scalar: "t/{asset}"), "t/press", scalars, each: 1, board)
            try take(
                "100-byte JSON with 3 readings taken in",
                TakeTrial(json: "t/{asset}"),
                "t/press",
                messages,
                each: 3,
                board
            )
            try take(
                "Sparkplug metrics by alias taken in",
                births.trial(),
                births.topic,
                births.data,
                each: SparkplugMessages.metricCount,
                board
            )
        }
        try board.show(asJSON: json)
    }

    private func wants(_ figure: String) -> Bool { only.map(figure.contains) ?? true }

    /// 100 bytes, three numbers.
    private static func message(_ number: Int) -> [UInt8] {
        var text =
            "{\"temp\":\(200 + number % 97).\(number % 10),\"good\":\(number),\"load\":0.\(number % 89)"
        text += ",\"line\":\""
        text += String(repeating: "x", count: max(0, 98 - text.utf8.count)) + "\"}"
        return Array(text.utf8)
    }

    private func decode(
        _ figure: String,
        _ format: PayloadFormat,
        _ payloads: PayloadRun,
        _ board: FigureBoard
    ) throws {
        guard wants(figure) else { return }
        var trial = DecoderTrial(format)
        var sum = 0.0
        let bytes = payloads.bytes.span
        let began = BenchClock.threadSeconds
        for number in 0..<count {
            guard let read = trial.sum(bytes.extracting(payloads.range(number))) else {
                throw BenchFailure("a payload was refused")
            }
            sum += read
        }
        let seconds = BenchClock.threadSeconds - began
        // The sum is asked for so that no number can be left unread.
        guard sum > 0 else { throw BenchFailure("nothing was read") }
        board.add(figure, "1/s", "tsunagi", Double(count) / seconds)
    }

    private func sparkplug(_ figure: String, _ births: SparkplugMessages, _ board: FigureBoard) throws {
        guard wants(figure) else { return }
        var trial = try births.decoder()
        let topic = Array(births.topic.utf8)
        let count = count / SparkplugMessages.metricCount
        var sum = 0.0
        let (began, now) = (BenchClock.threadSeconds, BenchClock.now)
        let bytes = births.data.bytes.span
        for number in 0..<count {
            let message = bytes.extracting(births.data.range(number))
            guard let read = trial.sum(topic.span, message, at: now) else {
                throw BenchFailure("a message was refused")
            }
            sum += read
        }
        let seconds = BenchClock.threadSeconds - began
        guard sum > 0 else { throw BenchFailure("nothing was read") }
        board.add(figure, "1/s", "tsunagi", Double(count * SparkplugMessages.metricCount) / seconds)
    }

    private func foundation(_ figure: String, _ payloads: PayloadRun, _ board: FigureBoard) throws {
        guard wants(figure) else { return }
        let payloads = (0..<payloads.count).map { Data(payloads.bytes[payloads.range($0)]) }
        // A tenth is enough for a rate.
        let count = count / 10
        let began = BenchClock.threadSeconds
        for number in 0..<count {
            _ = try JSONSerialization.jsonObject(with: payloads[number % payloads.count])
        }
        board.add(figure, "1/s", "Foundation", Double(count) / (BenchClock.threadSeconds - began))
    }

    private func take(
        _ figure: String,
        _ trial: TakeTrial,
        _ topic: String,
        _ payloads: PayloadRun,
        each readings: Int,
        _ board: FigureBoard
    ) throws {
        guard wants(figure) else { return }
        let count = count / readings
        let topic = Array(topic.utf8)
        let bytes = payloads.bytes.span
        let began = BenchClock.threadSeconds
        for number in 0..<count {
            trial.take(topic.span, bytes.extracting(payloads.range(number)))
            if number % 512 == 511 { trial.settle() }
        }
        trial.settle()
        let seconds = BenchClock.threadSeconds - began
        guard trial.readings == count * readings else {
            throw BenchFailure("\(trial.readings) readings of \(count * readings): \(trial.firstLetter)")
        }
        let units = figure.contains("metrics") ? count * readings : count
        board.add(figure, "1/s", "tsunagi", Double(units) / seconds)
    }
}
