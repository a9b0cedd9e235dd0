import Readings

/// What is known of a run of samples, and can be put together of two neighbouring runs.
protocol Summary {
    /// Of one sample.
    init(_ value: Double)
    /// Of the samples that a bucket stands for.
    init(_ bucket: Bucket)
    /// Takes in the run behind this one.
    mutating func add(_ behind: Self)
}

/// Folds windows that move forward over the same samples: each sample is taken in twice, however long the windows.
///
/// The window is cut at a pivot. Before it there is a fold for every beginning, behind it one that grows:
///
///     samples   a b c d e | f g h           front: abcde bcde cde de e     back: fgh
///                     ^window^              answer: de + fgh
///
/// When the window leaves the pivot behind, it is cut anew at its end. Nothing is ever subtracted, so no rounding
/// error stays behind, and an infinity leaves with its window.
struct SlidingFold<Fold: Summary> {
    /// Of the samples from `origin + index` to the pivot.
    private var front: [Fold] = []
    private var back: Fold?
    private var origin = 0
    private var pivot = 0
    private var end = 0

    /// The fold of a window, none of whose ends lies before those of the last one; nil when it is empty.
    mutating func fold(_ samples: Samples, _ window: Range<Int>) -> Fold? {
        guard !window.isEmpty else { return nil }
        if window.lowerBound >= pivot {
            cut(samples, window)
        } else {
            while end < window.upperBound {
                let next = fold(samples, end)
                if back == nil { back = next } else { back?.add(next) }
                end += 1
            }
        }
        var fold = front[window.lowerBound - origin]
        if let back { fold.add(back) }
        return fold
    }

    private mutating func cut(_ samples: Samples, _ window: Range<Int>) {
        (origin, pivot, end) = (window.lowerBound, window.upperBound, window.upperBound)
        back = nil
        front.removeAll(keepingCapacity: true)
        var shorter = fold(samples, pivot - 1)
        front.append(shorter)
        for index in window.dropLast().reversed() {
            var longer = fold(samples, index)
            longer.add(shorter)
            shorter = longer
            front.append(longer)
        }
        front.reverse()
    }

    private func fold(_ samples: Samples, _ index: Int) -> Fold {
        index < samples.buckets.count ? Fold(samples.buckets[index]) : Fold(samples.values[index])
    }
}

/// The lowest value; a NaN only when there is nothing else.
struct Low: Summary {
    var value: Double

    init(_ value: Double) { self.value = value }

    init(_ bucket: Bucket) { value = bucket.low }

    mutating func add(_ behind: Low) {
        if behind.value < value || value.isNaN { value = behind.value }
    }
}

/// The highest value; a NaN only when there is nothing else.
struct High: Summary {
    var value: Double

    init(_ value: Double) { self.value = value }

    init(_ bucket: Bucket) { value = bucket.high }

    mutating func add(_ behind: High) {
        if behind.value > value || value.isNaN { value = behind.value }
    }
}

/// A sum with what its roundings lost.
struct Total: Summary {
    private var sum: Double
    private var lost = 0.0

    init(_ value: Double) { sum = value }

    init(_ bucket: Bucket) { sum = bucket.sum }

    /// Not finite when a value was not, or when it grew too large on the way.
    var value: Double { sum + lost }

    mutating func add(_ behind: Total) {
        let total = sum + behind.sum
        // What `sum` and `behind.sum` have that the rounded total has not, exactly (Knuth).
        let part = total - sum
        lost += behind.lost + (sum - (total - part)) + (behind.sum - part)
        sum = total
    }
}

/// The ends of a run of a counter, and what it had reached each time before it began again.
struct Growth: Summary {
    let first: Double
    private var last: Double
    private var fallen = 0.0
    private var falls = 0
    /// Of what it had reached, without its sign.
    private var highest = 0.0

    init(_ value: Double) { (first, last) = (value, value) }

    init(_ bucket: Bucket) {
        (first, last, fallen, highest) = (bucket.first, bucket.last, bucket.fallen, bucket.fallen)
        falls = bucket.fallen == 0 ? 0 : 1
    }

    /// What it rose by.
    var increase: Double { last - first + fallen }

    /// So much was added up that the order of the additions shows in the sum.
    var isRough: Bool { falls > 1 && Swift.abs(increase) < highest * 1e-3 }

    mutating func add(_ behind: Growth) {
        if behind.first < last {
            fallen += last
            falls += 1
            highest = Swift.max(highest, Swift.abs(last))
        }
        fallen += behind.fallen
        falls += behind.falls
        highest = Swift.max(highest, behind.highest)
        last = behind.last
    }
}
