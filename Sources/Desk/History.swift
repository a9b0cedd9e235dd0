public import Query
public import Readings
public import RingStore

/// What the desk answers of a store alone: by a daemon at work, or of a copied directory.
public struct History: Sendable {
    private let snapshot: Snapshot
    private let now: Instant

    /// - Parameter now: what ages are counted to, and how long the last state holds.
    public init(_ snapshot: Snapshot, asOf now: Instant) {
        (self.snapshot, self.now) = (snapshot, now)
    }

    /// Series that a selector selects, by path, with their current values.
    public func series(_ selector: Selector, limit: Int) -> [SeriesRow] {
        snapshot.series(matching: selector, limit: limit).map { series in
            let latest = snapshot.latest(series.id)
            return SeriesRow(
                path: series.key.path,
                site: series.key.site,
                asset: series.key.asset,
                metric: series.key.metric,
                tags: tags(of: series),
                kind: series.kind.word,
                type: series.type.word,
                unit: series.unit,
                value: latest.map { AnyScalar($0.value, in: snapshot) } ?? .null,
                time: latest?.instant.iso8601,
                ageSeconds: latest.map { max(0, Double(now.msSince($0.instant)) / 1000) },
                quality: latest?.quality.word
            )
        }
    }

    /// The answer to a query.
    public func query(_ query: Query) throws(QueryFailure) -> QueryAnswer {
        let table = try query.table(over: snapshot, asOf: now)
        let columns = table.columns.map { column in
            var answer = QueryAnswer.Column(
                path: column.series.key.path,
                tags: tags(of: column.series),
                unit: column.series.unit
            )
            switch column.rows {
            case .samples(let samples): answer.samples = samples.map { SampleRow($0, in: snapshot) }
            case .steps(let steps): answer.steps = steps.map { StepRow($0) }
            case .states(let buckets): answer.states = buckets.map { StateStepRow($0, in: snapshot) }
            }
            return answer
        }
        return QueryAnswer(
            columns: columns,
            truncated: table.isTruncated,
            expiredBefore: table.expiredBefore?.iso8601
        )
    }

    private func tags(of series: Series) -> [String: String]? {
        let tags = series.key.tags.map { ($0.name, $0.value) }
        return tags.isEmpty ? nil : Dictionary(tags) { first, _ in first }
    }
}

extension AnyScalar {
    /// A stored value; a number that JSON cannot hold becomes null.
    init(_ scalar: Scalar, in snapshot: Snapshot) {
        switch scalar {
        case .number(let number): self = number.isFinite ? .number(number) : .null
        case .flag(let flag): self = .flag(flag)
        case .text(let text): self = .text(snapshot.text(text))
        case .absent: self = .null
        }
    }
}

extension SampleRow {
    init(_ sample: Sample, in snapshot: Snapshot) {
        self.init(
            path: nil,
            time: sample.instant.iso8601,
            value: AnyScalar(sample.value, in: snapshot),
            quality: sample.quality.word,
            stamped: sample.timeSource == .source ? "source" : "arrival"
        )
    }
}

extension StepRow {
    init(_ step: Step) {
        let bucket = step.bucket
        self.init(
            time: bucket.start.iso8601,
            count: bucket.count,
            min: bucket.low,
            mean: StepRow.finite(bucket.sum / Double(bucket.count)),
            max: bucket.high,
            sum: StepRow.finite(bucket.sum),
            first: bucket.first,
            last: bucket.last,
            increase: step.increase.flatMap { StepRow.finite($0) },
            rate: step.rate.flatMap { StepRow.finite($0) }
        )
    }

    /// JSON has no infinity; a sum of huge numbers may be one.
    private static func finite(_ number: Double) -> Double? {
        number.isFinite ? number : nil
    }
}

extension StateStepRow {
    init(_ bucket: StateBucket, in snapshot: Snapshot) {
        let known = bucket.shares.reduce(0) { $0 + $1.milliseconds }
        self.init(
            time: bucket.start.iso8601,
            states: bucket.shares.map { share in
                Share(
                    value: AnyScalar(share.value, in: snapshot),
                    seconds: Double(share.milliseconds) / 1000,
                    share: known == 0 ? nil : Double(share.milliseconds) / Double(known)
                )
            }
        )
    }
}
