internal import Codec
internal import Readings

/// Turns settled runs of a device into drafts in the young ring. Keeps its buffers from page to page.
struct Drafter: ~Copyable {
    private var encoder = DraftPageEncoder()
    private var page = ByteWriter(capacity: 64 << 10)
    private var count = 0
    private var bytes = 0
    private var lowest = Int64.max
    private var highest = Int64.min
    init() {}

    /// Adds the settled samples of a device's series, ids ascending, and writes them.
    mutating func add(_ runs: borrowing DeviceRuns, device: UInt32, to ring: inout RingAppender)
        throws(StoreFailure)
    {
        // The worst a sample can take: 8 bytes of stamp, 8 of value, 1 of mark; and what a series takes.
        let most = min(PageLimits.samples, (ring.pageBytesMax - 64) / 17)
        for index in runs.runs.indices {
            let run = runs.runs[index]
            var start = run.start
            while start < run.end {
                let end = min(run.end, start + most)
                let worst = 64 + (end - start) * 17
                if count > 0, bytes + worst > ring.pageBytesMax { try finish(device: device, to: &ring) }
                put(runs, run.series, start..<end)
                bytes += worst
                start = end
                // A series stands in a page once.
                if start < run.end { try finish(device: device, to: &ring) }
            }
        }
        try finish(device: device, to: &ring)
    }

    private mutating func put(_ runs: borrowing DeviceRuns, _ series: UInt32, _ part: Range<Int>) {
        let instants = runs.instants.span.extracting(part)
        encoder.add(
            series: series,
            instants: instants,
            bits: runs.bits.span.extracting(part),
            marks: runs.marks.span.extracting(part)
        )
        count += part.count
        lowest = min(lowest, instants[0])
        highest = max(highest, instants[part.count - 1])
    }

    /// Writes what was added since the last page.
    private mutating func finish(device: UInt32, to ring: inout RingAppender) throws(StoreFailure) {
        if count == 0 { return }
        page.removeAll()
        encoder.finish(into: &page)
        try ring.add(device: device, count: count, stamps: lowest...highest, payload: page)
        (count, bytes, lowest, highest) = (0, 0, .max, .min)
    }
}
