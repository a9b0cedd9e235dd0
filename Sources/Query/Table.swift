public import Readings
public import RingStore

/// The answer to a ``Query``: for each series its samples, or its steps.
public struct Table: Sendable {
    /// Which of the three forms the rows have.
    public enum Rows: Sendable {
        case samples([Sample])
        case steps([Step])
        case states([StateBucket])

        var count: Int {
            switch self {
            case .samples(let samples): samples.count
            case .steps(let steps): steps.count
            case .states(let buckets): buckets.count
            }
        }
    }

    /// One series of the answer.
    public struct Column: Sendable {
        /// Which one.
        public var series: Series
        /// Its samples or steps.
        public var rows: Rows
    }

    /// Sorted by path.
    public var columns: [Column] = []
    /// The row limit cut the answer short.
    public var isTruncated = false
    /// The ring has forgotten what lies before this, though it was asked for.
    public var expiredBefore: Instant?

    /// Notes what is missing from a column.
    fileprivate mutating func note(_ expiredBefore: Instant?, isTruncated: Bool) {
        if isTruncated { self.isTruncated = true }
        if let expiredBefore { self.expiredBefore = max(expiredBefore, self.expiredBefore ?? .distantPast) }
    }
}

extension Query {
    /// Answers over a fixed view of the store.
    ///
    /// Steps are folded from the coarsest tier whose buckets fit them (exact where raw history still covers the
    /// range), those that are no whole minutes from the samples. Steps of states say how long each one held; of
    /// states there are none shorter than a minute.
    ///
    /// - Parameter now: a state that nothing has followed holds until then.
    public func table(over snapshot: Snapshot, asOf now: Instant) throws(QueryFailure) -> Table {
        guard from < to else { throw .emptyRange }
        guard (1...Query.rowLimitMax).contains(rowLimit) else { throw .rowLimit(rowLimit) }
        let count = snapshot.seriesCount(matching: selector)
        guard count > 0 else { throw .nothingSelected(selector.pattern) }
        guard count <= Query.seriesLimit else { throw .tooManySeries(count: count) }
        var table = Table()
        var rowsLeft = rowLimit
        for series in snapshot.series(matching: selector) {
            guard rowsLeft > 0 else {
                table.isTruncated = true
                break
            }
            do throws(StoreFailure) {
                let rows = try rows(of: series, limit: rowsLeft, asOf: now, over: snapshot, into: &table)
                table.columns.append(.init(series: series, rows: rows))
                rowsLeft -= rows.count
            } catch {
                throw .store("\(error)")
            }
        }
        return table
    }

    private func rows(
        of series: Series,
        limit: Int,
        asOf now: Instant,
        over snapshot: Snapshot,
        into table: inout Table
    ) throws(StoreFailure) -> Table.Rows {
        let tier = everyMs.flatMap { Tier.coarsest(for: $0) }
        if let everyMs, series.type == .number, series.kind != .state {
            let buckets = try buckets(of: series, tier, everyMs: everyMs, over: snapshot, into: &table)
            if buckets.count > limit { table.isTruncated = true }
            return .steps(Step.steps(of: Array(buckets.prefix(limit)), series))
        }
        if let everyMs, let tier {
            let held = try states(
                of: series,
                tier,
                everyMs: everyMs,
                until: now,
                over: snapshot,
                into: &table
            )
            if held.count > limit { table.isTruncated = true }
            return .states(Array(held.prefix(limit)))
        }
        let run = try snapshot.samples(series.id, from: from, to: to, limit: limit)
        table.note(run.expiredBefore, isTruncated: run.truncated)
        return .samples(run.samples)
    }

    private func buckets(
        of series: Series,
        _ tier: Tier?,
        everyMs: Int64,
        over snapshot: Snapshot,
        into table: inout Table
    ) throws(StoreFailure) -> [Bucket] {
        let first = from.floored(toMs: everyMs)
        let countsFalls = series.kind == .counter
        if let tier {
            let parts = try snapshot.buckets(series.id, tier, from: first, to: to)
            note(tier, from: first, over: snapshot, into: &table)
            return fold(parts, everyMs, countsFalls) { bucket, part in bucket.merge(part) }
        }
        let run = try snapshot.samples(series.id, from: first, to: to, limit: Query.rowLimitMax)
        table.note(run.expiredBefore, isTruncated: run.truncated)
        return fold(run.samples, everyMs, countsFalls) { bucket, sample in
            if case .number(let value) = sample.value, value.isFinite, sample.quality != .bad {
                bucket.fold(value, at: sample.instant)
            }
        }
    }

    private func states(
        of series: Series,
        _ tier: Tier,
        everyMs: Int64,
        until now: Instant,
        over snapshot: Snapshot,
        into table: inout Table
    ) throws(StoreFailure) -> [StateBucket] {
        let first = from.floored(toMs: everyMs)
        let held = try snapshot.states(
            series.id,
            tier,
            from: first,
            to: min(to, now),
            limit: Query.rowLimitMax
        )
        if held.count == Query.rowLimitMax { table.isTruncated = true }
        note(tier, from: first, over: snapshot, into: &table)
        var steps: [StateBucket] = []
        for part in held {
            let start = part.start.floored(toMs: everyMs)
            if steps.last?.start != start { steps.append(StateBucket(start: start, widthMs: everyMs)) }
            for share in part.shares {
                steps[steps.count - 1].add(
                    share.value,
                    milliseconds: share.milliseconds,
                    samples: share.samples
                )
            }
        }
        return steps
    }

    private func note(_ tier: Tier, from first: Instant, over snapshot: Snapshot, into table: inout Table) {
        if let complete = snapshot.completeFrom(tier), complete > first {
            table.note(min(complete, to), isTruncated: false)
        }
    }

    /// Folds an ascending run into steps; steps without anything in them are left out.
    private func fold<Element: Stamped>(
        _ run: [Element],
        _ everyMs: Int64,
        _ countsFalls: Bool,
        into take: (inout Bucket, Element) -> Void
    ) -> [Bucket] {
        var steps: [Bucket] = []
        for element in run {
            let start = element.stamp.floored(toMs: everyMs)
            if steps.last?.start != start {
                steps.append(Bucket(start: start, widthMs: everyMs, countsFalls: countsFalls))
            }
            take(&steps[steps.count - 1], element)
        }
        return steps.filter { $0.count > 0 }
    }
}

/// What lies at an instant, and can be folded into steps.
protocol Stamped {
    var stamp: Instant { get }
}

extension Sample: Stamped {
    var stamp: Instant { instant }
}

extension Bucket: Stamped {
    var stamp: Instant { start }
}
