internal import Codec
internal import Readings

/// Turns settled runs of one device into pages of a ring. Keeps its buffers from page to page.
struct Pager: ~Copyable {
    private var encoder = PageEncoder()
    private var page = ByteWriter(capacity: 64 << 10)
    private let samplesMax: Int
    /// By run, where the samples begin that are in no page yet, and where those end that go into the page at hand.
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
    mutating func add(_ runs: borrowing DeviceRuns, device: UInt32, to ring: inout RingAppender)
        throws(StoreFailure)
    {
        guard runs.runs.contains(where: { $0.traits.keepsEqualStamps }) else {
            try addPages(runs, device, &ring)
            return
        }
        // A page holds one sample of a series and stamp; a second movement of that stamp goes into another.
        var strict = copy runs
        while !strict.runs.isEmpty {
            let rest = strict.takeEqualStamps()
            try addPages(strict, device, &ring)
            strict = rest
        }
    }

    /// Cuts all series at the same instants, so that a page's series share their clock.
    private mutating func addPages(
        _ device: borrowing DeviceRuns,
        _ number: UInt32,
        _ ring: inout RingAppender
    ) throws(StoreFailure) {
        let runs = device.runs
        places.removeAll(keepingCapacity: true)
        for run in runs { places.append(run.start) }
        var most = samplesMax
        while true {
            var cut = Int64.max
            var isLast = true
            for (index, run) in runs.enumerated() where run.end - places[index] > most {
                isLast = false
                cut = min(cut, device.instants[places[index] + most])
            }
            ends.removeAll(keepingCapacity: true)
            var count = 0
            var lowest = Int64.max
            var highest = Int64.min
            for (index, run) in runs.enumerated() {
                let start = places[index]
                let end = isLast ? run.end : device.place(notBelow: cut, from: start, to: run.end)
                ends.append(end)
                if start == end { continue }
                encoder.add(
                    series: run.series,
                    isNumeric: run.traits.isNumeric,
                    instants: device.instants.span.extracting(start..<end),
                    bits: device.bits.span.extracting(start..<end),
                    marks: device.marks.span.extracting(start..<end)
                )
                count += end - start
                lowest = min(lowest, device.instants[start])
                highest = max(highest, device.instants[end - 1])
            }
            if count == 0 { return }
            page.removeAll()
            encoder.finish(into: &page)
            if page.count > ring.pageBytesMax, most > 1 {
                // Noise: the same again with fewer samples of each series.
                most /= 2
                continue
            }
            try ring.add(device: number, count: count, stamps: lowest...highest, payload: page)
            swap(&places, &ends)
            if isLast { return }
        }
    }
}
