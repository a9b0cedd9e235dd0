public import Readings

/// D15, release budget: so many different sums of one product reach one coalition in a day, and no more; who may ask
/// for ever new ones finds the one firm that they differ by.
public struct ReleaseBudget: Hashable, Sendable {
    /// Different sums of one product a day.
    public static let sumsMax = 16

    private struct Subject: Hashable {
        let coalition: Set<String>
        let product: String
    }

    private struct Sum: Hashable {
        let measure: Measure
        let aggregate: Aggregate
        let contributors: Set<String>
        let sites: Set<String>
        let bucket: BucketWidth
    }

    private var day = Int64.min
    private var spent: [Subject: Set<Sum>] = [:]

    /// Nothing spent yet.
    public init() {}

    /// Charges a pooled grant's products for one bucket; a sum that was charged that day is free.
    ///
    /// - Parameters:
    ///   - bucketEnd: the day of UTC that it ends in counts.
    ///   - coalition: everybody who may learn of it.
    public mutating func charge(_ grant: Grant, coalition: Set<String>, bucketEnd: Instant) -> Verdict {
        let today = bucketEnd.floored(toMs: BucketWidth.day.widthMs).milliseconds
        // A day that is over does not begin again, whatever the clock says.
        if today > day {
            day = today
            spent = [:]
        }
        let sum = Sum(
            measure: grant.measure,
            aggregate: grant.aggregate,
            contributors: Set(grant.contributors),
            sites: Set(grant.sites),
            bucket: grant.bucket
        )
        let subjects = grant.products.map { Subject(coalition: coalition, product: $0) }
        for subject in subjects where spent[subject]?.contains(sum) != true {
            guard spent[subject, default: []].count < Self.sumsMax else {
                return .withhold(.d15, why: "\(Self.sumsMax) different sums of \(subject.product) left today")
            }
        }
        for subject in subjects { spent[subject, default: []].insert(sum) }
        return .release
    }
}
