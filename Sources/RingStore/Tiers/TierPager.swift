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

    /// What one series has in one tier. A class, so that its columns are never copied.
    private final class Cells {
        private var numbers = NumberColumns()
        private var states = StateColumns()
        private var isState = false

        var count: Int { isState ? states.count : numbers.count }

        func fold(_ run: borrowing SeriesRun) {
            isState = run.traits.isState
            let widthMs = Tier.minute.widthMs
            if isState {
                states.fold(run.columns, widthMs: widthMs, countsFalls: false)
            } else {
                numbers.fold(run.columns, widthMs: widthMs, countsFalls: run.traits.countsFalls)
            }
        }

        func fold(_ finer: Cells, _ tier: Tier) {
            isState = finer.isState
            if isState {
                states.fold(finer.states, widthMs: tier.widthMs)
            } else {
                numbers.fold(finer.numbers, widthMs: tier.widthMs)
            }
        }

        /// Adds what fits from `start` on. Returns where that ends.
        func put(from start: Int, most: Int, series: UInt32, into page: inout PageUnderWay) -> Int {
            let end = isState ? states.end(from: start, most: most) : numbers.end(from: start, most: most)
            if isState {
                page.add(states, start..<end, series: series)
            } else {
                page.add(numbers, start..<end, series: series)
            }
            return end
        }
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
            for index in runs.indices {
                if tier == .minute {
                    cells[index].fold(runs[index])
                } else {
                    coarser[index].fold(cells[index], tier)
                }
            }
            if tier != .minute { swap(&cells, &coarser) }
            try write(runs, device, to: &rings[tier.ring.rawValue])
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
                ends[index] = cells[index].put(
                    from: places[index],
                    most: most,
                    series: runs[index].series,
                    into: &page
                )
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
