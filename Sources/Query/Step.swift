public import Readings

/// The numbers of one series within a step, and what a counter rose by.
public struct Step: Hashable, Sendable {
    /// Count, sum, low, high, first and last.
    public var bucket: Bucket
    /// Of a counter: what it rose by since the last value of the step before (in the first step: since its own
    /// first), over restarts, each of which begins at zero. Steps without values between them make no difference:
    /// all steps together rise by what the counter rose by. Nil for other kinds.
    public var increase: Double?

    /// ``increase`` by the step's width, in 1/s; nil for other kinds.
    public var rate: Double? { increase.map { $0 * 1000 / Double(bucket.widthMs) } }

    /// Makes steps of buckets, ascending, each with a value at least.
    static func steps(of buckets: [Bucket], _ series: Series) -> [Step] {
        guard series.kind == .counter else { return buckets.map { Step(bucket: $0, increase: nil) } }
        var before: Double?
        return buckets.map { bucket in
            let joint = before.map { bucket.first < $0 ? bucket.first : bucket.first - $0 } ?? 0
            before = bucket.last
            return Step(bucket: bucket, increase: bucket.increase + joint)
        }
    }
}
