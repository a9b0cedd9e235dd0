internal import Codec
internal import Readings

/// Turns the samples of one device's series into buckets of every tier, and those into rollup pages of their rings.
/// Keeps its buffers from page to page.
struct TierPager: ~Copyable {
    private var page = PageUnderWay()
    /// One for each run of the device at hand, used again; and those of the next coarser tier.
    private var cells: [Cells] = []
    private var coarser: [Cells] = []

    init() {}

    /// What one series has in one tier.
    private struct Cells {
        var numbers = NumberColumns()
        var states = StateColumns()
        var isState = false

        var count: Int { isState ? states.count : numbers.count }
    }

    /// The page that is being filled.
    private struct PageUnderWay: ~Copyable {
        var encoder = RollupEncoder()
        var bytes = ByteWriter(capacity: 64 << 10)
        var rows = 0
        var lowest = Int64.max
        var highest = Int64.min

        mutating func add<Columns: TierColumns>(_ columns: Columns, _ part: Range<Int>, series: UInt32) {
            rows += columns.put(part, series: series, into: &encoder)
            lowest = min(lowest, columns.stamps(of: part.lowerBound).first)
            highest = max(highest, columns.stamps(of: part.upperBound - 1).last)
        }

        mutating func finish() {
            bytes.removeAll()
            encoder.finish(into: &bytes)
        }

        mutating func begin() {
            (rows, lowest, highest) = (0, .max, .min)
        }
    }

    /// Lines of one series in one page: most of a day of minutes.
    private static let linesMax = 1024

    /// Folds the settled samples of a device's series, ids ascending, and adds the buckets.
    ///
    /// - Parameter rings: by ``RingKind``.
    mutating func add(_ runs: [SeriesRun], device: UInt32, to rings: inout [RingAppender])
        throws(StoreFailure)
    {
        while cells.count < runs.count {
            cells.append(Cells())
            coarser.append(Cells())
        }
        for tier in Tier.allCases {
            for index in runs.indices { fold(runs[index], index, tier) }
            if tier != .minute { swap(&cells, &coarser) }
            try write(runs, device, to: &rings[tier.ring.rawValue])
        }
    }

    private mutating func fold(_ run: SeriesRun, _ index: Int, _ tier: Tier) {
        guard tier == .minute else {
            coarser[index].isState = run.isState
            if run.isState {
                coarser[index].states.fold(cells[index].states, widthMs: tier.widthMs)
            } else {
                coarser[index].numbers.fold(cells[index].numbers, widthMs: tier.widthMs)
            }
            return
        }
        cells[index].isState = run.isState
        if run.isState {
            cells[index].states.fold(run.columns, widthMs: tier.widthMs, countsFalls: false)
        } else {
            cells[index].numbers.fold(run.columns, widthMs: tier.widthMs, countsFalls: run.countsFalls)
        }
    }

    private mutating func write(
        _ runs: [SeriesRun],
        _ device: UInt32,
        to ring: inout RingAppender
    ) throws(StoreFailure) {
        var places = [Int](repeating: 0, count: runs.count)
        var most = TierPager.linesMax
        while true {
            var ends = places
            page.begin()
            for index in runs.indices where places[index] < cells[index].count {
                let start = places[index]
                if cells[index].isState {
                    ends[index] = cells[index].states.end(from: start, most: most)
                    page.add(cells[index].states, start..<ends[index], series: runs[index].series)
                } else {
                    ends[index] = cells[index].numbers.end(from: start, most: most)
                    page.add(cells[index].numbers, start..<ends[index], series: runs[index].series)
                }
            }
            if page.rows == 0 { return }
            page.finish()
            if page.bytes.count > ring.pageBytesMax, most > 1 {
                most /= 2
                continue
            }
            try ring.add(
                device: device,
                count: page.rows,
                stamps: page.lowest...page.highest,
                payload: page.bytes
            )
            places = ends
        }
    }
}
