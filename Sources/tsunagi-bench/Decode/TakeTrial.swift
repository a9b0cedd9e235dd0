import Intake
import Readings
import Synchronization

/// An intake whose series are numbered in memory, for measurements of it alone.
final class TakeTrial {
    private let intake: Intake
    private(set) var readings = 0
    /// What was wrong with the first message that was refused.
    private(set) var firstLetter = "no dead letter"

    /// One rule that reads a bare number.
    convenience init(scalar topic: String) throws {
        try self.init(TakeTrial.rule(topic, .value, ["value": "$"]))
    }

    /// One rule that reads three members of an object.
    convenience init(json topic: String) throws {
        try self.init(TakeTrial.rule(topic, .json, ["temp": "$.temp", "good": "$.good", "load": "$.load"]))
    }

    init(_ rule: RuleOptions) throws {
        var options = RuleSetOptions()
        options.rules = [rule]
        intake = Intake(
            table: try RuleTable(options),
            book: TakeTrial.book(),
            clock: { BenchClock.now },
            uptimeMs: { Int64(BenchClock.seconds * 1000) }
        )
    }

    /// - Parameter values: paths by metric.
    static func rule(_ topic: String, _ format: PayloadFormat, _ values: [String: String]) -> RuleOptions {
        var rule = RuleOptions(name: "bench", topic: topic)
        rule.format = format
        rule.common.asset = Expression("{asset}")
        rule.readings = values.sorted { $0.key < $1.key }.map { metric, path in
            var reading = ReadingOptions()
            reading.metric = metric
            reading.value = Expression(path)
            return reading
        }
        return rule
    }

    func take(_ topic: Span<UInt8>, _ payload: Span<UInt8>) {
        intake.take(topic: topic, payload: payload, messageID: 0, qos: 0, retain: false)
    }

    func settle() {
        intake.settle { (batch) throws(Never) in
            readings += batch.readings.count
            if let letter = batch.deadLetters.first { firstLetter = letter.detail }
        }
    }

    /// Begins to count anew.
    func forgetReadings() {
        readings = 0
    }

    /// Gives each series the next number.
    private static func book() -> SeriesBook {
        let known = Mutex<[SeriesKey: Series]>([:])
        return SeriesBook(
            series: { key, kind, type, unit throws(SeriesBook.Full) in
                known.withLock { known in
                    if let series = known[key] { return series }
                    let id = SeriesID(index: UInt32(known.count))
                    let series = Series(id: id, key: key, kind: kind, type: type, unit: unit)
                    known[key] = series
                    return series
                }
            },
            text: { _ throws(SeriesBook.Full) in TextID(index: 0) }
        )
    }
}
