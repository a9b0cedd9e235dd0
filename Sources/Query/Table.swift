public import Readings
public import RingStore

/// The answer to a ``Query``: for each series its samples, or its steps.
public struct Table: Sendable {
    /// Which of the two forms the rows have.
    public enum Rows: Sendable {
        case samples([Sample])
        case steps([Bucket])
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
    /// Steps of whole minutes are folded from minute buckets (exact where raw history still covers the range),
    /// shorter ones from the samples. Numbers alone are folded; texts and flags have no steps.
    public func table(over snapshot: Snapshot) throws(QueryFailure) -> Table {
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
                if let everyMs, series.type == .number {
                    let steps = try steps(of: series, everyMs: everyMs, over: snapshot, into: &table)
                    if steps.count > rowsLeft { table.isTruncated = true }
                    table.columns.append(.init(series: series, rows: .steps(Array(steps.prefix(rowsLeft)))))
                    rowsLeft -= steps.count
                } else {
                    let run = try snapshot.samples(series.id, from: from, to: to, limit: rowsLeft)
                    table.note(run.expiredBefore, isTruncated: run.truncated)
                    table.columns.append(.init(series: series, rows: .samples(run.samples)))
                    rowsLeft -= run.samples.count
                }
            } catch {
                throw .store("\(error)")
            }
        }
        return table
    }

    private func steps(
        of series: Series,
        everyMs: Int64,
        over snapshot: Snapshot,
        into table: inout Table
    ) throws(StoreFailure) -> [Bucket] {
        let first = from.floored(toMs: everyMs)
        if everyMs % 60_000 == 0 {
            let minutes = try snapshot.minutes(series.id, from: first, to: to)
            if let complete = snapshot.minutesFrom, complete > first {
                table.note(min(complete, to), isTruncated: false)
            }
            return fold(minutes, everyMs) { bucket, minute in bucket.merge(minute) }
        }
        let run = try snapshot.samples(series.id, from: first, to: to, limit: Query.rowLimitMax)
        table.note(run.expiredBefore, isTruncated: run.truncated)
        return fold(run.samples, everyMs) { bucket, sample in
            if case .number(let value) = sample.value, sample.quality != .bad {
                bucket.fold(value, at: sample.instant)
            }
        }
    }

    /// Folds an ascending run into steps; steps without anything in them are left out.
    private func fold<Element: Stamped>(
        _ run: [Element],
        _ everyMs: Int64,
        into take: (inout Bucket, Element) -> Void
    ) -> [Bucket] {
        var steps: [Bucket] = []
        for element in run {
            let start = element.stamp.floored(toMs: everyMs)
            if steps.last?.start != start { steps.append(Bucket(start: start, widthMs: everyMs)) }
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
