import Glibc
import Intake
import Readings
import Synchronization

/// A store's catalogue in memory, for tests.
final class Catalogue: Sendable {
    private struct Shelf {
        var series: [Series] = []
        var numbers: [SeriesKey: Int] = [:]
        var texts: [String] = []
    }

    private let shelf = Mutex(Shelf())
    private let seriesMax: Int

    init(seriesMax: Int = .max) {
        self.seriesMax = seriesMax
    }

    var book: SeriesBook {
        SeriesBook(
            series: { [self] key, kind, type, unit throws(SeriesBook.Full) in
                let found: Series? = shelf.withLock { shelf in
                    if let known = shelf.numbers[key] { return shelf.series[known] }
                    guard shelf.series.count < seriesMax else { return nil }
                    let id = SeriesID(index: UInt32(shelf.series.count))
                    let series = Series(id: id, key: key, kind: kind, type: type, unit: unit)
                    shelf.numbers[key] = shelf.series.count
                    shelf.series.append(series)
                    return series
                }
                guard let found else { throw SeriesBook.Full("the store holds \(seriesMax) series") }
                return found
            },
            text: { [self] text throws(SeriesBook.Full) in
                var bytes: [UInt8] = []
                for index in 0..<text.count { bytes.append(text[index]) }
                let word = String(decoding: bytes, as: UTF8.self)
                return shelf.withLock { shelf in
                    if let known = shelf.texts.firstIndex(of: word) { return TextID(index: UInt32(known)) }
                    shelf.texts.append(word)
                    return TextID(index: UInt32(shelf.texts.count - 1))
                }
            }
        )
    }

    /// Gives every id back: the next series begin behind them.
    func forget() {
        shelf.withLock { $0.numbers.removeAll() }
    }

    func series(_ id: SeriesID) -> Series { shelf.withLock { $0.series[Int(id.index)] } }
    func text(_ id: TextID) -> String { shelf.withLock { $0.texts[Int(id.index)] } }
    var seriesCount: Int { shelf.withLock { $0.series.count } }
}

/// The seconds of CPU that this thread has used: how long something takes, whatever else the machine does meanwhile.
func threadSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

/// An intake with a clock that the test holds and a catalogue in memory.
final class Bench {
    /// 2025-06-17T01:15:30.500Z, when the vectors arrive.
    static let noon = Instant(milliseconds: 1_750_122_930_500)

    let catalogue: Catalogue
    let intake: Intake
    private let clock: Clock

    private final class Clock: Sendable {
        let now = Mutex(Bench.noon)
        let uptimeMs = Mutex(Int64(0))
    }

    init(
        _ options: RuleSetOptions,
        catalogue: Catalogue = Catalogue(),
        say: @escaping @Sendable (SparkplugOutgoing) -> Void = { _ in }
    ) throws {
        let clock = Clock()
        self.clock = clock
        self.catalogue = catalogue
        intake = Intake(
            table: try RuleTable(options),
            book: catalogue.book,
            clock: { clock.now.withLock { $0 } },
            uptimeMs: { clock.uptimeMs.withLock { $0 } },
            say: say
        )
    }

    var now: Instant {
        get { clock.now.withLock { $0 } }
        set { clock.now.withLock { $0 = newValue } }
    }

    var uptimeMs: Int64 {
        get { clock.uptimeMs.withLock { $0 } }
        set { clock.uptimeMs.withLock { $0 = newValue } }
    }

    func take(_ topic: String, _ payload: [UInt8], id: UInt16 = 1, qos: UInt8 = 0, retain: Bool = false) {
        let topic = Array(topic.utf8)
        intake.take(topic: topic.span, payload: payload.span, messageID: id, qos: qos, retain: retain)
    }

    func take(_ topic: String, _ payload: String, id: UInt16 = 1, qos: UInt8 = 0, retain: Bool = false) {
        take(topic, Array(payload.utf8), id: id, qos: qos, retain: retain)
    }

    /// Settles and returns what there was; an empty batch where there was nothing.
    @discardableResult
    func settle() -> Batch {
        var settled = Batch(opened: now)
        intake.settle { (batch) throws(Never) in settled = batch }
        return settled
    }

    /// What one message comes to.
    func batch(_ topic: String, _ payload: String, retain: Bool = false) -> Batch {
        take(topic, payload, retain: retain)
        return settle()
    }

    /// What one message comes to, as `metric=value unit quality` a reading and `!reason detail` a dead
    /// letter.
    func lines(_ topic: String, _ payload: String, retain: Bool = false) -> [String] {
        let batch = batch(topic, payload, retain: retain)
        return batch.readings.map(line) + batch.deadLetters.map { "!\($0.reason.rawValue) \($0.detail)" }
    }

    /// The same of bytes that are no text.
    func lines(_ topic: String, _ payload: [UInt8]) -> [String] {
        take(topic, payload)
        let batch = settle()
        return batch.readings.map(line) + batch.deadLetters.map { "!\($0.reason.rawValue) \($0.detail)" }
    }

    func line(_ reading: Reading) -> String {
        let series = catalogue.series(reading.series)
        var parts = ["\(series.key.metric)=\(said(reading.value))"]
        if !series.unit.isEmpty { parts.append(series.unit) }
        if reading.quality != .good { parts.append(reading.quality.word) }
        return parts.joined(separator: " ")
    }

    func said(_ value: Scalar) -> String {
        switch value {
        case .absent: "null"
        case .flag(let flag): "\(flag)"
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .text(let id): "\"\(catalogue.text(id))\""
        }
    }
}

/// A rule set of one rule with one reading of `$.v` (or `$`), for tests that look at one reading's options.
func oneReading(
    _ topic: String = "t/{asset}",
    format: PayloadFormat = .json,
    _ change: (inout ReadingOptions) -> Void = { _ in }
) -> RuleSetOptions {
    oneRule(topic, format: format) { change(&$0.readings[0]) }
}

/// The same, for tests that look at the rule's own options.
func oneRule(
    _ topic: String = "t/{asset}",
    format: PayloadFormat = .json,
    _ change: (inout RuleOptions) -> Void
) -> RuleSetOptions {
    var reading = ReadingOptions()
    reading.metric = "m"
    reading.value = Expression(format == .json ? "$.v" : "$")
    var rule = RuleOptions(name: "one", topic: topic)
    rule.format = format
    rule.common.asset = topic.contains("{asset}") ? Expression("{asset}") : nil
    rule.readings = [reading]
    change(&rule)
    var options = RuleSetOptions()
    options.rules = [rule]
    return options
}

/// A rule set that reads all scalars of a document, each under its path.
func allLeaves(_ format: PayloadFormat) -> RuleSetOptions {
    oneRule(format: format) {
        $0.each = ["leaves($)"]
        $0.readings[0].metric = "{path}"
        $0.readings[0].value = Expression("@")
    }
}
