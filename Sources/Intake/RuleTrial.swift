public import Readings
internal import Synchronization

/// What one message came to by the rules.
public struct TrialOutcome: Sendable {
    /// A reading, with its series and the text that it says, if it says one.
    public struct Line: Hashable, Sendable {
        /// Which series; its number means nothing outside of the trial.
        public var series: Series
        /// As it would go to the store.
        public var reading: Reading
        /// What ``reading`` says, when that is a text.
        public var text: String?
    }

    /// The rule that took it; nil when none did.
    public var rule: String?
    /// Whether that rule says `ignore: true`.
    public var isIgnored: Bool
    /// In the order in which the rules made them.
    public var readings: [Line]
    /// What came to nothing.
    public var deadLetters: [DeadLetter]
}

/// Reads messages by the rules without a store or a broker: what the checks of a mapping stand on.
///
/// State is kept from message to message as the gateway keeps it: movements count once, Sparkplug's births are
/// remembered, of equal dead letters the first is told at once and one a minute after that.
public final class RuleTrial {
    private var line: IntakeLine
    private let board = IntakeBoard()
    private let catalogue: TrialCatalogue

    /// Compiles the rules.
    ///
    /// - Throws: the first failure; ``Intake/check(_:)`` finds them all.
    public init(_ options: RuleSetOptions) throws(RuleFailure) {
        let catalogue = TrialCatalogue()
        self.catalogue = catalogue
        line = IntakeLine(table: try RuleTable(options), book: catalogue.book, now: .distantPast)
    }

    /// The fewest MQTT filters that cover the rules.
    public var filters: [String] { line.table.filters }

    /// Takes one message.
    ///
    /// - Parameters:
    ///   - topic: UTF-8 bytes, without wildcards.
    ///   - instant: when it arrived.
    ///   - qos: 0 … 2.
    ///   - retain: whether the broker sent it from its store of retained messages.
    public func take(
        topic: [UInt8],
        payload: [UInt8],
        at instant: Instant,
        qos: UInt8 = 0,
        retain: Bool = false
    ) -> TrialOutcome {
        line.take(topic.span, payload.span, messageID: 0, qos: qos, isRetained: retain, now: instant)
        let rule = line.taker < 0 ? nil : line.table.rules[line.taker]
        let readings = line.batch.readings.map { reading in
            var text: String?
            if case .text(let id) = reading.value { text = catalogue.text(id) }
            return TrialOutcome.Line(series: catalogue.series(reading.series), reading: reading, text: text)
        }
        let outcome = TrialOutcome(
            rule: rule?.name,
            isIgnored: rule.map { $0.reads == nil } ?? false,
            readings: readings,
            deadLetters: line.batch.deadLetters
        )
        line.settle(board)
        line.desk.host.outgoing.removeAll()
        return outcome
    }
}

/// A catalogue in memory; as large as a store's usual one.
private final class TrialCatalogue: Sendable {
    private static let seriesMax = 100_000
    private static let textsMax = 100_000

    private struct Shelf {
        var series: [Series] = []
        var seriesNumbers: [SeriesKey: Int] = [:]
        var texts: [String] = []
        var textNumbers: [String: Int] = [:]
    }

    /// Guards all of it; nothing else is locked while it is held.
    private let shelf = Mutex(Shelf())

    var book: SeriesBook {
        SeriesBook(
            series: { [self] key, kind, type, unit throws(SeriesBook.Full) in
                try shelf.withLock { (shelf) throws(SeriesBook.Full) in
                    if let known = shelf.seriesNumbers[key] { return shelf.series[known] }
                    let number = shelf.series.count
                    guard number < Self.seriesMax else {
                        throw SeriesBook.Full("a trial holds \(Self.seriesMax) series")
                    }
                    let id = SeriesID(index: UInt32(number))
                    let series = Series(id: id, key: key, kind: kind, type: type, unit: unit)
                    shelf.seriesNumbers[key] = number
                    shelf.series.append(series)
                    return series
                }
            },
            text: { [self] span throws(SeriesBook.Full) in
                let text = span.text
                return try shelf.withLock { (shelf) throws(SeriesBook.Full) in
                    if let known = shelf.textNumbers[text] { return TextID(index: UInt32(known)) }
                    let number = shelf.texts.count
                    guard number < Self.textsMax else {
                        throw SeriesBook.Full("a trial holds \(Self.textsMax) texts")
                    }
                    shelf.textNumbers[text] = number
                    shelf.texts.append(text)
                    return TextID(index: UInt32(number))
                }
            }
        )
    }

    func series(_ id: SeriesID) -> Series { shelf.withLock { $0.series[Int(id.index)] } }

    func text(_ id: TextID) -> String { shelf.withLock { $0.texts[Int(id.index)] } }
}
