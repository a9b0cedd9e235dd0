internal import Codec
internal import Readings

/// Turns the minutes of one device's series into rollup pages of a ring. Keeps its buffers from page to page.
struct MinutePager: ~Copyable {
    /// Buckets of one series in one page: most of a day.
    private static let bucketsMax = 1024

    private var encoder = RollupEncoder()
    private var page = ByteWriter(capacity: 64 << 10)
    /// One for each run of the device at hand, used again.
    private var columns: [MinuteColumns] = []

    init() {}

    /// Folds the samples of a device's series, ids ascending, and adds the buckets.
    mutating func add(_ runs: [SeriesRun], device: UInt32, to ring: inout RingAppender) throws(StoreFailure) {
        while columns.count < runs.count { columns.append(MinuteColumns()) }
        var count = 0
        for index in runs.indices {
            columns[index].fold(runs[index].columns)
            count = max(count, columns[index].count)
        }
        var most = MinutePager.bucketsMax
        var start = 0
        while start < count {
            var rows = 0
            var lowest = Int64.max
            var highest = Int64.min
            for index in runs.indices where start < columns[index].count {
                let part = start..<min(columns[index].count, start + most)
                columns[index].put(part, series: runs[index].series, into: &encoder)
                rows += part.count
                lowest = min(lowest, columns[index].starts[part.lowerBound])
                highest = max(highest, columns[index].starts[part.upperBound - 1])
            }
            page.removeAll()
            encoder.finish(into: &page)
            if page.count > ring.pageBytesMax, most > 1 {
                most /= 2
                continue
            }
            try ring.add(device: device, count: rows, stamps: lowest...highest, payload: page)
            start += most
        }
    }
}
