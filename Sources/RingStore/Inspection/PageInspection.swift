internal import Codec
internal import Readings

/// Decodes pages as a reader would and holds them against their line in the directory. Keeps its buffers.
struct PageInspection: ~Copyable {
    /// What a page is.
    enum Form {
        /// Of the young ring: stamps ascend, equal ones are allowed.
        case draft
        /// Of the raw ring: stamps ascend strictly.
        case samples
        /// Of a ring of buckets.
        case buckets(Tier)

        init(of ring: RingKind) {
            switch ring {
            case .young: self = .draft
            case .raw: self = .samples
            case .minute, .hour, .day: self = .buckets(ring.tier ?? .minute)
            }
        }
    }

    private var decoder = PageDecoder()
    private var rollups = RollupDecoder()
    private var columns = SampleColumns()
    private var starts: [Int64] = []
    private var counts: [Int64] = []
    private var numbers: [Int64] = []
    private var patterns: [UInt64] = []

    init() {}

    /// What is wrong with a page, nil when nothing is.
    mutating func fault(in page: Span<UInt8>, of line: PageLine, _ form: Form, seriesCount: Int) -> String? {
        var lowest = Int64.max
        var highest = Int64.min
        var count = 0
        var fault: String?
        do throws(ByteReader.Failure) {
            switch form {
            case .draft:
                try DraftPage.decode(page) { (series, run) throws(ByteReader.Failure) in
                    columns.removeAll()
                    run.append(to: &columns)
                    count += columns.count
                    if Int(series) >= seriesCount { fault = "names a series that is not registered" }
                    Self.check(columns.instants, &lowest, &highest, &fault, strictly: false)
                }
            case .samples:
                try decoder.open(page)
                for index in decoder.entries.indices {
                    columns.removeAll()
                    try decoder.decode(at: index, from: page, into: &columns)
                    count += columns.count
                    if Int(decoder.entries[index].series) >= seriesCount {
                        fault = "names a series that is not registered"
                    }
                    Self.check(columns.instants, &lowest, &highest, &fault, strictly: true)
                }
            case .buckets(let tier):
                try rollups.open(page)
                for index in rollups.entries.indices {
                    try readBuckets(index, page, tier, &fault)
                    count += starts.count
                    if Int(rollups.entries[index].series) >= seriesCount {
                        fault = "names a series that is not registered"
                    }
                    Self.check(starts, &lowest, &highest, &fault, strictly: true)
                }
            }
        } catch {
            return "cannot be decoded: \(error)"
        }
        if let fault { return fault }
        if count != line.count { return "holds \(count) rows, its directory says \(line.count)" }
        if lowest != line.lowest || highest != line.highest {
            return "holds other stamps than its directory says"
        }
        return nil
    }

    private static func check(
        _ stamps: [Int64],
        _ lowest: inout Int64,
        _ highest: inout Int64,
        _ fault: inout String?,
        strictly: Bool
    ) {
        guard let first = stamps.first, let last = stamps.last else {
            fault = "holds a series without rows"
            return
        }
        for index in 1..<stamps.count
        where stamps[index] < stamps[index - 1] || (strictly && stamps[index] == stamps[index - 1]) {
            fault = "holds stamps that do not ascend"
            return
        }
        lowest = min(lowest, first)
        highest = max(highest, last)
    }

    private mutating func readBuckets(
        _ index: Int,
        _ page: Span<UInt8>,
        _ tier: Tier,
        _ fault: inout String?
    ) throws(ByteReader.Failure) {
        starts.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        patterns.removeAll(keepingCapacity: true)
        try rollups.starts(at: index, from: page, into: &starts)
        var isWhole = try rollups.integers(0, at: index, from: page, into: &counts)
        for column in 1...2 as ClosedRange<UInt8> {
            isWhole = try rollups.integers(column, at: index, from: page, into: &numbers) && isWhole
        }
        // The third column tells states from numbers.
        let isState = try rollups.integers(3, at: index, from: page, into: &numbers)
        if isState {
            for column in 4...5 as ClosedRange<UInt8> {
                isWhole = try rollups.integers(column, at: index, from: page, into: &numbers) && isWhole
            }
        } else {
            for column in 3...7 as ClosedRange<UInt8> {
                isWhole = try rollups.values(column, at: index, from: page, into: &patterns) && isWhole
            }
        }
        if !isWhole { fault = "lacks a column" }
        if counts.contains(where: { $0 < (isState ? 1 : 0) }) { fault = "holds an empty bucket" }
        // The states of a bucket are numbered by milliseconds.
        let off = isState ? Int64(StateRow.spansMax) : 1
        let isOffClock = starts.contains { start in
            let stamp = Instant(milliseconds: start)
            return stamp.msSince(stamp.floored(toMs: tier.widthMs)) >= off
        }
        if isOffClock { fault = "holds a bucket that begins off the clock" }
    }
}
