import Readings

/// The stretches of one series that end at the instants of a grid, each with both of its ends.
struct Windows {
    let samples: Samples
    let widthMs: Int64
    let offsetMs: Int64
    let grid: Grid
    /// Whether the time is up; the rest stays empty then.
    let isOver: () -> Bool

    /// Where a window lies.
    struct Frame {
        var startMs: Int64
        var endMs: Int64
        /// Which instant of the grid.
        var step: Int
    }

    /// Writes what the function tells of each window; where it tells nothing, the gap stays.
    func fold(_ function: WindowFunction, _ parameter: [Double], into values: inout [Double]) {
        switch function {
        case .rate, .increase: fillGrowth(isRate: function == .rate, into: &values)
        case .delta:
            fill(&values) { window, frame in
                let rise = samples.values[window.upperBound - 1] - samples.first(window.lowerBound).value
                return extrapolated(rise, nil, window, frame)
            }
        case .irate, .idelta: fill(&values) { window, _ in lastStep(window, isRate: function == .irate) }
        case .changes, .resets:
            let countsFalls = function == .resets
            fill(&values) { window, _ in Double(turns(window, countsFalls: countsFalls)) }
        case .minOverTime: slide(&values, Low.self) { fold, _ in fold.value }
        case .maxOverTime: slide(&values, High.self) { fold, _ in fold.value }
        case .sumOverTime:
            slide(&values, Total.self) { fold, window in
                fold.value.isFinite ? fold.value : samples.values[window].sum
            }
        case .avgOverTime:
            slide(&values, Total.self) { fold, window in
                fold.value.isFinite ? fold.value / Double(samples.count(window)) : samples.values[window].mean
            }
        case .countOverTime: fill(&values) { window, _ in Double(samples.count(window)) }
        case .lastOverTime: fill(&values) { window, _ in samples.values[window.upperBound - 1] }
        case .presentOverTime: fill(&values) { _, _ in 1 }
        case .stdvarOverTime: fill(&values) { window, _ in samples.values[window].variance }
        case .stddevOverTime: fill(&values) { window, _ in samples.values[window].variance.squareRoot() }
        case .quantileOverTime:
            fill(&values) { window, frame in quantile(parameter[frame.step], Array(samples.values[window])) }
        }
    }

    // MARK: Moving on

    /// Goes through the windows that hold anything; both ends only ever move forward.
    private func fill(_ values: inout [Double], _ tell: (Range<Int>, Frame) -> Double?) {
        var window = 0..<0
        for step in 0..<grid.count {
            // Some functions look at the whole window every time.
            if step % 16 == 0 && isOver() { return }
            let endMs = grid[step] - offsetMs
            let frame = Frame(startMs: endMs - widthMs, endMs: endMs, step: step)
            var (lower, upper) = (window.lowerBound, window.upperBound)
            while upper < samples.instants.count, samples.instants[upper] <= frame.endMs { upper += 1 }
            while lower < upper, samples.instants[lower] < frame.startMs { lower += 1 }
            window = lower..<upper
            if !window.isEmpty, let value = tell(window, frame) { values[step] = value }
        }
    }

    private func slide<Fold: Summary>(
        _ values: inout [Double],
        _ fold: Fold.Type,
        _ tell: (Fold, Range<Int>) -> Double
    ) {
        var sliding = SlidingFold<Fold>()
        fill(&values) { window, _ in sliding.fold(samples, window).map { tell($0, window) } }
    }

    // MARK: Counters

    private func fillGrowth(isRate: Bool, into values: inout [Double]) {
        var sliding = SlidingFold<Growth>()
        let seconds = isRate ? Double(widthMs) / 1000 : nil
        fill(&values) { window, frame in
            guard let growth = sliding.fold(samples, window) else { return nil }
            let rise = growth.isRough ? increase(window) : growth.increase
            guard let increase = extrapolated(rise, growth.first, window, frame) else { return nil }
            return seconds.map { increase / $0 } ?? increase
        }
    }

    /// What a counter rose by, added up from the first sample to the last; what buckets say of falls within them too.
    private func increase(_ window: Range<Int>) -> Double {
        var increase = samples.values[window.upperBound - 1] - samples.first(window.lowerBound).value
        for index in window where index < samples.buckets.count { increase += samples.buckets[index].fallen }
        for index in window.dropFirst() where samples.first(index).value < samples.values[index - 1] {
            increase += samples.values[index - 1]
        }
        return increase
    }

    /// What rose between the first and the last sample of a window, drawn out to its ends as Prometheus does: all the
    /// way where the next sample would be expected beyond the end, else by half the usual distance; and a counter not
    /// to before it was zero.
    ///
    /// - Parameter first: a counter's first value; nil for a level.
    private func extrapolated(_ rise: Double, _ first: Double?, _ window: Range<Int>, _ frame: Frame)
        -> Double?
    {
        let (firstMs, lastMs) = (samples.first(window.lowerBound).ms, samples.instants[window.upperBound - 1])
        // Movements may share a stamp.
        guard lastMs > firstMs else { return nil }
        var before = Double(firstMs - frame.startMs) / 1000
        let behind = Double(frame.endMs - lastMs) / 1000
        let sampled = Double(lastMs - firstMs) / 1000
        let distance = sampled / Double(samples.count(window) - 1)
        if let first, rise > 0, first >= 0 {
            let sinceZero = sampled * (first / rise)
            if sinceZero < before { before = sinceZero }
        }
        let near = distance * 1.1
        let reach =
            sampled + (before < near ? before : distance / 2) + (behind < near ? behind : distance / 2)
        return rise * (reach / sampled)
    }

    /// From the sample before the last to the last.
    private func lastStep(_ window: Range<Int>, isRate: Bool) -> Double? {
        guard window.count > 1 else { return nil }
        let last = window.upperBound - 1
        let (before, now) = (samples.values[last - 1], samples.values[last])
        let milliseconds = samples.instants[last] - samples.instants[last - 1]
        guard milliseconds > 0 else { return nil }
        guard isRate else { return now - before }
        return (now < before ? now : now - before) / (Double(milliseconds) / 1000)
    }

    /// How often a value differs from the one before it, or is less.
    private func turns(_ window: Range<Int>, countsFalls: Bool) -> Int {
        var count = 0
        for index in window.dropFirst() {
            let (before, now) = (samples.values[index - 1], samples.values[index])
            let differs = now != before && !(now.isNaN && before.isNaN)
            if countsFalls ? now < before : differs { count += 1 }
        }
        return count
    }
}
