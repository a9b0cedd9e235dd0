import Readings
import RingStore

/// Samples of one series, ascending.
///
/// Where the ring has gone over the oldest ones, buckets stand for them: each in the place of its last sample, whose
/// stamp and value it has here. Folds take a bucket in whole, so that sums, averages, extremes, counts and rises are
/// exact but at the ends of a window; whatever looks at single samples sees the last one of each bucket.
struct Samples {
    /// Milliseconds since the epoch.
    private(set) var instants: [Int64]
    private(set) var values: [Double]
    /// What stands in the first so many places.
    private(set) var buckets: [Bucket]

    init(_ run: ValueRun, after buckets: [Bucket] = []) {
        self.buckets = buckets
        guard !buckets.isEmpty else {
            (instants, values) = (run.instants, run.values)
            return
        }
        instants = buckets.map(\.lastAt.milliseconds) + run.instants
        values = buckets.map(\.last) + run.values
    }

    /// How many samples there are in these places.
    func count(_ window: Range<Int>) -> Int {
        var count = window.count
        for index in window.prefix(max(0, buckets.count - window.lowerBound)) {
            count += Int(buckets[index].count) - 1
        }
        return count
    }

    /// The first sample of a place.
    func first(_ index: Int) -> (ms: Int64, value: Double) {
        index < buckets.count
            ? (buckets[index].firstAt.milliseconds, buckets[index].first) : (instants[index], values[index])
    }

    /// How long the value in a place stands at most: two buckets may have nearly twice their width between them.
    func standsMs(_ index: Int) -> Int64 {
        index < buckets.count ? max(Evaluator.lookBackMs, 2 * buckets[index].widthMs) : Evaluator.lookBackMs
    }

    /// Each value changed.
    func mapped(_ change: (Double) -> Double) -> Samples {
        var mapped = self
        for index in values.indices where !Line.isGap(values[index]) {
            mapped.values[index] = change(values[index])
        }
        return mapped
    }

    /// Without what is no value: windows do not see it.
    var withoutSilence: Samples {
        guard values.contains(where: { Line.isGap($0) }) else { return self }
        var kept = self
        let places = values.indices.filter { !Line.isGap(values[$0]) }
        kept.instants = places.map { instants[$0] }
        kept.values = places.map { values[$0] }
        return kept
    }
}
