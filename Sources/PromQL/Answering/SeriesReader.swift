import Readings
import RingStore

/// Brings series out of the store, each with its labels and its samples, and counts what that costs.
struct SeriesReader {
    private let snapshot: Snapshot
    private let limits: PromLimits
    /// Whether the time is up.
    let isOver: () -> Bool
    private var samplesLeft: Int
    private var machine = RegexMachine()
    /// The part of what was asked for before this is there in buckets alone, or not at all.
    private(set) var expiredBefore: Instant?

    /// Of one text series more texts than this are not told apart.
    static let textsMax = 1000

    init(_ snapshot: Snapshot, _ limits: PromLimits, isOver: @escaping () -> Bool) {
        (self.snapshot, self.limits, self.isOver) = (snapshot, limits, isOver)
        samplesLeft = limits.samples
    }

    /// Series that the conditions select, but for the `state` of texts; by labels, since the order in which numbers are
    /// added up shows in the sum.
    mutating func series(_ selection: Selection) throws(PromFailure) -> [(series: Series, labels: LabelSet)] {
        let stored = selection.conditions.filter { SeriesLabels.isStored($0.name) }
        let selector = Selector(stored.map(\.matcher))
        let count = snapshot.seriesCount(matching: selector)
        guard count <= limits.series else {
            throw .tooMuch("\(count) series match, more than \(limits.series) at once; narrow the selector")
        }
        var found: [(series: Series, labels: LabelSet)] = []
        for series in snapshot.series(matching: selector) {
            let labels = SeriesLabels.labels(of: series)
            if matches(labels, selection, isText: series.type == .text) { found.append((series, labels)) }
        }
        return found.sorted { LabelSet.precedes($0.labels, $1.labels) }
    }

    /// Ends an answer that takes too long.
    func checkTime() throws(PromFailure) {
        if isOver() { throw .overtime(seconds: limits.seconds) }
    }

    /// Whether the conditions hold that the store does not know of; those on the state of a text come later.
    private mutating func matches(_ labels: LabelSet, _ selection: Selection, isText: Bool) -> Bool {
        for condition in selection.conditions where !SeriesLabels.isStored(condition.name) {
            if isText && condition.name == SeriesLabels.state { continue }
            if !holds(condition, labels[condition.name]) { return false }
        }
        return true
    }

    private mutating func holds(_ condition: Selection.Condition, _ value: String) -> Bool {
        condition.matcher.names(value, with: &machine) != condition.matcher.isNegated
    }

    /// Hands out one series after the other with its samples from `fromMs` to `toMs`, both included.
    ///
    /// A text series comes once for each of its texts, as 1 where it says it and 0 where it says another.
    mutating func each(
        _ selection: Selection,
        from fromMs: Int64,
        to toMs: Int64,
        _ take: (LabelSet, Samples) throws(PromFailure) -> Void
    ) throws(PromFailure) {
        for (series, labels) in try series(selection) {
            let samples = try samples(of: series, from: fromMs, to: toMs)
            guard series.type == .text else {
                try take(labels, samples)
                continue
            }
            var texts: Set<Double> = []
            for value in samples.values where !Line.isGap(value) { texts.insert(value) }
            guard texts.count <= SeriesReader.textsMax else {
                throw .tooMuch(
                    "\(series.key.path) has said \(texts.count) texts, which makes as many series; ask for less time"
                )
            }
            let wanted = selection.conditions.filter { $0.name == SeriesLabels.state }
            for id in texts.sorted() {
                let text = snapshot.text(TextID(index: UInt32(id)))
                if wanted.contains(where: { !holds($0, text) }) { continue }
                try take(labels.with(SeriesLabels.state, text), samples.mapped { $0 == id ? 1 : 0 })
            }
        }
    }

    private mutating func samples(
        of series: Series,
        from fromMs: Int64,
        to toMs: Int64
    ) throws(PromFailure) -> Samples {
        try checkTime()
        let from = Instant(milliseconds: fromMs)
        let to = Instant(milliseconds: toMs).advanced(byMs: 1)
        var buckets: [Bucket] = []
        var run: ValueRun
        do throws(StoreFailure) {
            let limit = min(samplesLeft, limits.samplesPerSeries)
            run = try snapshot.values(series.id, from: from, to: to, limit: limit)
            if let before = run.expiredBefore, series.type == .number, series.kind != .state {
                // The minute that is cut through comes from the buckets.
                let whole = min(to, before.ceiled(toMs: Tier.minute.widthMs))
                buckets = try self.buckets(of: series, from: from, before: whole)
                if !buckets.isEmpty {
                    run = try snapshot.values(series.id, from: whole, to: to, limit: limit)
                }
                expiredBefore = max(before, expiredBefore ?? .distantPast)
            }
        } catch {
            throw .store("\(error)")
        }
        guard !run.truncated else {
            throw .tooMuch(
                "the query would look at more than \(limits.samples) samples, or at more than "
                    + "\(limits.samplesPerSeries) of one series; ask for a shorter time or fewer series"
            )
        }
        samplesLeft = max(0, samplesLeft - run.instants.count - buckets.count)
        return Samples(run, after: buckets)
    }

    /// What the tiers know of the time before `end`, ascending: minutes as far back as there are any, before them hours,
    /// before them days.
    private func buckets(
        of series: Series,
        from: Instant,
        before end: Instant
    ) throws(StoreFailure) -> [Bucket] {
        var buckets: [Bucket] = []
        var end = end
        for (tier, coarser) in zip(Tier.allCases, Tier.allCases.dropFirst() + [.day]) where from < end {
            // A value stands for some time.
            let wanted = from.advanced(byMs: -2 * tier.widthMs)
            let complete = snapshot.completeFrom(tier) ?? .distantPast
            // What is cut through comes from the coarser one.
            let start = wanted < complete ? complete.ceiled(toMs: coarser.widthMs) : wanted
            guard start < end else { continue }
            buckets = try snapshot.buckets(series.id, tier, from: start, to: end) + buckets
            end = start
        }
        return buckets
    }
}
