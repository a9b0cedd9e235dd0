public import Readings
public import RingStore

/// A query in Prometheus's language, read and checked.
///
/// What it understands it answers as Prometheus 2.42 does on the same samples; for the rest it says what there is
/// instead. Where the ring has gone over samples, the buckets that it keeps longer stand for them, see ``Samples``.
public struct PromQuery: Hashable, Sendable {
    private let expression: Expression

    /// Reads a query.
    public init(_ text: String) throws(PromFailure) {
        var parser = try Parser(text)
        expression = try parser.query()
    }

    /// What an answer holds.
    public enum Rows: Sendable {
        /// A number for each instant.
        case scalar([Double])
        /// Rows with a value for each instant.
        case lines([Line])
        /// Samples as they are, of a range vector that was asked for as such.
        case samples([(labels: LabelSet, instants: [Int64], values: [Double])])
    }

    /// An answer.
    public struct Answer: Sendable {
        /// At which instants.
        public var grid: Grid
        /// What was found.
        public var rows: Rows
        /// The ring has gone over samples before this, though they were asked for.
        public var expiredBefore: Instant?
    }

    /// Answers over a fixed view of the store.
    ///
    /// - Parameter isOver: asked between series whether the time is up.
    public func answer(
        at grid: Grid,
        over snapshot: Snapshot,
        limits: PromLimits = PromLimits(),
        isOver: @escaping () -> Bool = { false }
    ) throws(PromFailure) -> Answer {
        let reader = SeriesReader(snapshot, limits, isOver: isOver)
        if case .range(let selection, let widthMs) = expression, grid.count == 1 {
            return try PromQuery.samples(selection, widthMs, grid, limits, reader)
        }
        var evaluator = Evaluator(grid: grid, limits: limits, reader: reader)
        var rows: Rows
        switch try evaluator.value(of: expression) {
        case .scalar(let numbers): rows = .scalar(numbers)
        case .lines(let lines):
            let found = lines.filter { !$0.isEmpty }
            guard found.count <= limits.answered / grid.count else { throw PromQuery.tooLong(limits) }
            rows = .lines(inOrder(found, grid))
        }
        return Answer(grid: grid, rows: rows, expiredBefore: evaluator.reader.expiredBefore)
    }

    /// By labels, but where the query itself asked for an order.
    private func inOrder(_ lines: [Line], _ grid: Grid) -> [Line] {
        if grid.count == 1 {
            switch expression {
            case .call(.sort, _), .call(.sortDescending, _), .aggregate(.topk, _, _, _),
                .aggregate(.bottomk, _, _, _):
                return lines
            default: break
            }
        }
        return lines.sorted { LabelSet.precedes($0.labels, $1.labels) }
    }

    private static func tooLong(_ limits: PromLimits) -> PromFailure {
        .tooMuch(
            "the answer would have more than \(limits.answered) values; fold it with sum, or take a longer step"
        )
    }

    private static func samples(
        _ selection: Selection,
        _ widthMs: Int64,
        _ grid: Grid,
        _ limits: PromLimits,
        _ reader: SeriesReader
    ) throws(PromFailure) -> Answer {
        var reader = reader
        var found: [(labels: LabelSet, instants: [Int64], values: [Double])] = []
        var room = limits.answered
        let endMs = grid.startMs - selection.offsetMs
        try reader.each(selection, from: endMs - widthMs, to: endMs) {
            (labels, samples) throws(PromFailure) in
            let samples = samples.withoutSilence
            // Buckets may lie before the range.
            let first = samples.instants.firstIndex { $0 >= endMs - widthMs } ?? samples.instants.count
            guard first < samples.instants.count else { return }
            room -= samples.instants.count - first
            guard room >= 0 else { throw tooLong(limits) }
            found.append((labels, Array(samples.instants[first...]), Array(samples.values[first...])))
        }
        found.sort { LabelSet.precedes($0.labels, $1.labels) }
        return Answer(grid: grid, rows: .samples(found), expiredBefore: reader.expiredBefore)
    }
}

/// A selector alone, as the questions about names have it.
public struct PromSelector: Hashable, Sendable {
    private let selection: Selection

    /// Reads a selector.
    public init(_ text: String) throws(PromFailure) {
        var parser = try Parser(text)
        selection = try parser.selector()
    }

    /// What it selects, with labels; of a text without its state.
    public func series(
        in snapshot: Snapshot,
        limits: PromLimits = PromLimits()
    ) throws(PromFailure) -> [(series: Series, labels: LabelSet)] {
        var reader = SeriesReader(snapshot, limits) { false }
        return try reader.series(selection)
    }
}
