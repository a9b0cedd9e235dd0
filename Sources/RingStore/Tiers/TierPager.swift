internal import Codec
internal import Readings

/// Turns the samples of one device's series into buckets of every tier, and those into rollup pages of their rings.
/// Keeps its buffers from page to page.
struct TierPager: ~Copyable {
    private var numbers = TierTable<NumberRow>()
    private var states = TierTable<StateRow>()
    /// Of the next coarser tier.
    private var coarserNumbers = TierTable<NumberRow>()
    private var coarserStates = TierTable<StateRow>()
    private var cells = TierCells()
    private var narrow = RollupEncoder()
    private var wide = WideRollupEncoder()
    private var page = ByteWriter(capacity: 64 << 10)

    init() {}

    /// Lines of one series in one page: most of a day of minutes.
    private static let linesMax = 1024
    /// With fewer lines a series than this on average a page is a wide one.
    private static let wideLines = 32

    /// Folds the settled samples of a device's series, ids ascending, and adds the buckets.
    ///
    /// - Parameter rings: by ``RingKind``.
    mutating func add(_ runs: borrowing DeviceRuns, device: UInt32, to rings: inout [RingAppender])
        throws(StoreFailure)
    {
        numbers.removeAll()
        states.removeAll()
        let widthMs = Tier.minute.widthMs
        for run in runs.runs {
            if run.traits.isState {
                states.fold(runs, run, widthMs: widthMs, countsFalls: false)
            } else {
                numbers.fold(runs, run, widthMs: widthMs, countsFalls: run.traits.countsFalls)
            }
        }
        for tier in Tier.allCases {
            if tier != .minute {
                coarserNumbers.fold(numbers, widthMs: tier.widthMs)
                coarserStates.fold(states, widthMs: tier.widthMs)
                swap(&numbers, &coarserNumbers)
                swap(&states, &coarserStates)
            }
            try write(device, to: &rings[tier.ring.rawValue])
        }
    }

    private mutating func write(_ device: UInt32, to ring: inout RingAppender) throws(StoreFailure) {
        var most = TierPager.linesMax
        while true {
            var cut = numbers.cut(most: most)
            cut.add(states.cut(most: most))
            if cut.series == 0 { return }
            page.removeAll()
            if cut.lines < cut.series * TierPager.wideLines && cut.lines <= PageLimits.rows {
                numbers.put(with: &cells, into: &wide)
                states.put(with: &cells, into: &wide)
                wide.finish(into: &page)
            } else {
                putNarrow()
            }
            if page.count > ring.pageBytesMax, most > 1 {
                most /= 2
                continue
            }
            try ring.add(device: device, count: cut.lines, stamps: cut.lowest...cut.highest, payload: page)
            numbers.advance()
            states.advance()
        }
    }

    /// All series by id, whichever table they are in.
    private mutating func putNarrow() {
        var (number, state) = (0, 0)
        while number < numbers.members.count || state < states.members.count {
            let isState =
                number == numbers.members.count
                || (state < states.members.count
                    && states.members[state].series < numbers.members[number].series)
            if isState {
                states.put(state, with: &cells, into: &narrow)
                state += 1
            } else {
                numbers.put(number, with: &cells, into: &narrow)
                number += 1
            }
        }
        narrow.finish(into: &page)
    }
}
