internal import Codec
internal import Readings

/// Turns settled runs of one device into pages of a ring. Keeps its buffers from page to page.
struct Pager: ~Copyable {
    private var encoder = PageEncoder()
    private var page = ByteWriter(capacity: 64 << 10)
    private let samplesMax: Int
    /// By run, the samples that are in pages already, and those that are once the page at hand is.
    private var places: [Int] = []
    private var ends: [Int] = []

    /// - Parameter samplesMax: of one series in one page.
    init(samplesMax: Int) {
        precondition(
            (1...PageLimits.samples).contains(samplesMax),
            "a page holds 1 … 4096 samples of a series"
        )
        self.samplesMax = samplesMax
    }

    /// Adds all samples of a device, series by series, ids ascending, each settled.
    mutating func add(_ runs: [SeriesRun], device: UInt32, to ring: inout RingAppender) throws(StoreFailure) {
        // A page holds one sample of a series and stamp; a second movement of that stamp goes into another.
        var rest = try addStrict(runs, device, &ring)
        while !rest.isEmpty { rest = try addStrict(rest, device, &ring) }
    }

    /// Adds the first sample of each stamp, and returns the others.
    private mutating func addStrict(
        _ runs: [SeriesRun],
        _ device: UInt32,
        _ ring: inout RingAppender
    ) throws(StoreFailure) -> [SeriesRun] {
        var rest: [SeriesRun] = []
        guard runs.contains(where: { $0.traits.keepsEqualStamps }) else {
            try addPages(runs, device, &ring)
            return rest
        }
        var strict = runs
        for index in strict.indices where strict[index].traits.keepsEqualStamps {
            let left = strict[index].takeEqualStamps()
            if left.columns.count > 0 { rest.append(left) }
        }
        try addPages(strict, device, &ring)
        return rest
    }

    /// Cuts all series at the same instants, so that a page's series share their clock.
    private mutating func addPages(
        _ runs: [SeriesRun],
        _ device: UInt32,
        _ ring: inout RingAppender
    ) throws(StoreFailure) {
        places.removeAll(keepingCapacity: true)
        places.append(contentsOf: repeatElement(0, count: runs.count))
        var most = samplesMax
        while true {
            var cut = Int64.max
            var isLast = true
            for (index, run) in runs.enumerated() where run.columns.count - places[index] > most {
                isLast = false
                cut = min(cut, run.columns.instants[places[index] + most])
            }
            ends = places
            var count = 0
            var lowest = Int64.max
            var highest = Int64.min
            for (index, run) in runs.enumerated() {
                let start = places[index]
                let end =
                    isLast ? run.columns.count : run.columns.instants.firstPlace(notBelow: cut, from: start)
                if start == end { continue }
                encoder.add(
                    series: run.series,
                    isNumeric: run.traits.isNumeric,
                    instants: run.columns.instants.span.extracting(start..<end),
                    bits: run.columns.bits.span.extracting(start..<end),
                    marks: run.columns.marks.span.extracting(start..<end)
                )
                count += end - start
                lowest = min(lowest, run.columns.instants[start])
                highest = max(highest, run.columns.instants[end - 1])
                ends[index] = end
            }
            if count == 0 { return }
            page.removeAll()
            encoder.finish(into: &page)
            if page.count > ring.pageBytesMax, most > 1 {
                // Noise: the same again with fewer samples of each series.
                most /= 2
                continue
            }
            try ring.add(device: device, count: count, stamps: lowest...highest, payload: page)
            places = ends
            if isLast { return }
        }
    }
}

extension SeriesRun {
    /// Takes all but the first sample of each stamp away.
    fileprivate mutating func takeEqualStamps() -> SeriesRun {
        var left = self
        left.columns.removeAll()
        var kept = SampleColumns()
        for index in 0..<columns.count {
            let sample = columns[index]
            if kept.instants.last == sample.instant {
                left.columns.append(sample)
            } else {
                kept.append(sample)
            }
        }
        if left.columns.count > 0 { columns = kept }
        return left
    }
}
