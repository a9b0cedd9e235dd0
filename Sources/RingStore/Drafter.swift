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
    /// Memory of the run before, for the next one.
    private var spare = SampleColumns()

    init() {}

    /// An empty run of a series.
    @inline(__always)
    mutating func run(_ series: UInt32, _ traits: SeriesTraits) -> SeriesRun {
        var memory = SampleColumns()
        swap(&memory, &spare)
        memory.removeAll()
        var run = SeriesRun(series, traits, memory: memory)
        run.begin(order: 0)
        return run
    }

    /// Adds a series, ids of a device ascending; takes its memory back.
    @inline(__always)
    mutating func add(_ run: consuming SeriesRun, device: UInt32, to ring: inout RingAppender)
        throws(StoreFailure)
    {
        while run.columns.count > 0 {
            // The worst a sample can take: 8 bytes of stamp, 8 of value, 1 of mark; and what a series takes.
            let most = min(PageLimits.samples, (ring.pageBytesMax - 64) / 17)
            let part = min(run.columns.count, most)
            if count > 0, bytes + 64 + part * 17 > ring.pageBytesMax { try finish(device: device, to: &ring) }
            if part == run.columns.count {
                put(run.series, run.columns)
                break
            }
            put(run.series, run.take(first: part))
            // A series stands in a page once.
            try finish(device: device, to: &ring)
        }
        swap(&run.columns, &spare)
    }

    private mutating func put(_ series: UInt32, _ columns: borrowing SampleColumns) {
        encoder.add(series: series, columns: columns)
        count += columns.count
        bytes += 64 + columns.count * 17
        lowest = min(lowest, columns.instants[0])
        highest = max(highest, columns.instants[columns.count - 1])
    }

    /// Writes what was added since the last page.
    mutating func finish(device: UInt32, to ring: inout RingAppender) throws(StoreFailure) {
        if count == 0 { return }
        page.removeAll()
        encoder.finish(into: &page)
        try ring.add(device: device, count: count, stamps: lowest...highest, payload: page)
        (count, bytes, lowest, highest) = (0, 0, .max, .min)
    }
}
