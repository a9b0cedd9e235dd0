public import Plant
public import Readings

/// Goes over history as a daemon with some rules would have gone over it then, look by look.
public struct Rehearsal: Sendable {
    /// When an alert would have stood.
    public struct Span: Hashable, Sendable {
        /// As it was when it began to stand.
        public var alert: Alert
        /// When somebody would have been told.
        public var from: Instant
        /// Nil when it still stands at the end.
        public var until: Instant?
    }

    /// The most of what is told; the rest is counted.
    public static let spansMax = 10_000

    private let rules: [AlertRule]
    private let offsetSeconds: @Sendable (Instant) -> Int
    private let plant: Plant
    private var looks: PlantLooks
    private var book = AlertBook()
    private var open: [String: Span] = [:]
    /// What would have stood, by its beginning, as far as there was room.
    public private(set) var spans: [Span] = []
    /// Beyond ``spansMax``.
    public private(set) var spansLeftOut = 0

    /// - Parameters:
    ///   - rules: those that history tells nothing about are passed over.
    ///   - options: what no reading says of the plant, as of today.
    public init(
        _ rules: [AlertRule],
        _ options: PlantOptions,
        offsetSeconds: @escaping @Sendable (Instant) -> Int
    ) {
        self.rules = rules.filter { Rehearsal.tells(of: $0) }
        self.offsetSeconds = offsetSeconds
        plant = Plant(bytesMax: 64 << 20, options)
        looks = PlantLooks(offsetSeconds: offsetSeconds)
    }

    /// Whether history can tell when a rule would have spoken: no stamp remembers a source's own rhythm.
    public static func tells(of rule: AlertRule) -> Bool {
        rule.kind.isInHistory && (rule.kind != .sourceSilent || rule.limit != nil)
    }

    /// Goes from one instant to another.
    ///
    /// - Parameters:
    ///   - series: by id.
    ///   - readings: of these; in any order. Those before `from` are what was known then.
    ///   - heard: by source, when it spoke, ascending.
    ///   - everyMs: from look to look; more than 0.
    ///   - word: the text of a state.
    public mutating func run(
        _ series: [SeriesID: Series],
        _ readings: [Reading],
        heard: [String: [Instant]],
        from: Instant,
        to: Instant,
        everyMs: Int64,
        word: (TextID) -> String
    ) {
        precondition(everyMs > 0, "a look comes after another")
        let readings = readings.sorted { $0.instant < $1.instant }
        var next = 0
        var heardThrough: [String: Int] = [:]
        var now = from
        while now <= to {
            var batch = Batch(opened: now)
            while next < readings.count, readings[next].instant <= now {
                batch.readings.append(readings[next])
                next += 1
            }
            if !batch.readings.isEmpty { plant.fold(batch) { series[$0] } }
            looks.find(rules, in: plant)
            for rule in rules {
                let seen =
                    rule.kind == .sourceSilent
                    ? Rehearsal.silences(heard, &heardThrough, rule, now)
                    : looks.looks(rule, in: plant, word: word, now: now)
                book.take(seen, by: rule, at: now)
            }
            book.settle(rules, at: now)
            note()
            now = now.advanced(byMs: everyMs)
        }
        for span in open.values { add(span) }
        open = [:]
        spans.sort { ($0.from, $0.alert.id) < ($1.from, $1.alert.id) }
    }

    private mutating func note() {
        for notice in book.notices {
            switch notice.word {
            case .standing: open[notice.alert.id] = Span(alert: notice.alert, from: notice.at)
            case .ended:
                guard var span = open.removeValue(forKey: notice.alert.id) else { continue }
                span.until = notice.at
                add(span)
            case .acknowledged: continue
            }
        }
        book.forget(through: book.lastNumber)
    }

    private mutating func add(_ span: Span) {
        if spans.count < Rehearsal.spansMax { spans.append(span) } else { spansLeftOut += 1 }
    }

    /// How long each source has been silent by now.
    ///
    /// - Parameter through: by source, how many of its instants lie before the last look; moved on.
    private static func silences(
        _ heard: [String: [Instant]],
        _ through: inout [String: Int],
        _ rule: AlertRule,
        _ now: Instant
    ) -> [Look] {
        heard.compactMap { name, instants in
            guard rule.wants(name) else { return nil }
            var count = through[name] ?? 0
            while count < instants.count, instants[count] <= now { count += 1 }
            through[name] = count
            return count == 0 ? nil : Look(name, value: Double(now.msSince(instants[count - 1])))
        }
    }
}
