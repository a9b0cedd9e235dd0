internal import Codec
internal import Readings

/// Some rows of a page.
struct TierPart<Columns: TierColumns> {
    var columns: Columns
    var rows: Range<Int>
}

/// The buckets of one series, ascending.
enum TierAnswer<Columns: TierColumns> {
    /// Just as they lie in the tier.
    case plain([TierPart<Columns>])
    /// Put together from several sources.
    case mixed([Columns.Row])

    /// All of them.
    var rows: [Columns.Row] {
        switch self {
        case .plain(let parts): parts.flatMap { part in part.rows.map { part.columns[$0] } }
        case .mixed(let rows): rows
        }
    }
}

/// Puts the buckets of one series together: from the tier where its rows tell all of a bucket, else from raw
/// samples as far as they are there.
///
/// A row of the tier is the exact fold of what its merge had of that bucket. Rows of several merges, and what is
/// not merged yet, are put together where they share no stretch of time; where they do, one may have replaced what
/// another counts, and raw samples are folded.
struct TierSweep<Columns: TierColumns> {
    typealias Row = Columns.Row

    private let core: StoreCore
    private let view: View
    private let series: Series
    private let tier: Tier
    private let rawFrom: Int64
    private let ends: Bool
    private let countsFalls: Bool
    /// See ``SampleSweep``.
    private(set) var isStale = false
    /// See ``SampleSweep``.
    private(set) var overtakenThrough: Int64?
    /// Stretches of which the tier does not know all, though the ring should.
    private var holes: [Range<Int64>] = []

    /// - Parameters:
    ///   - rawFrom: the first full bucket that raw covers.
    ///   - ends: whether first and last values and their stamps are wanted.
    init(core: StoreCore, view: View, series: Series, tier: Tier, rawFrom: Int64, ends: Bool) {
        self.core = core
        self.view = view
        self.series = series
        self.tier = tier
        self.rawFrom = rawFrom
        self.ends = ends
        countsFalls = series.kind == .counter
    }

    /// All buckets whose starts lie in `range`, ascending.
    mutating func run(_ range: Range<Int64>) throws(StoreFailure) -> TierAnswer<Columns> {
        let lost = view[tier.ring].state.lostThrough
        if lost != .min, range.lowerBound <= lost {
            holes.append(range.lowerBound..<min(range.upperBound, end(of: floored(lost))))
        }
        for hole in core.holes[tier.rawValue] { add(lost: hole, range) }
        let fresh = try unmerged(range)
        let sealed = try sealed(range, ends: ends)
        if holes.isEmpty && fresh.isEmpty && isStrict(sealed) { return .plain(sealed) }
        // Whether rows share a stretch of time is told by their stamps.
        let whole = ends ? sealed : try self.sealed(range, ends: true)
        return .mixed(try together(TierAnswer.plain(whole).rows + fresh))
    }

    private mutating func together(_ found: [Row]) throws(StoreFailure) -> [Row] {
        var all = found
        all.sort { ($0.start, $0.lowest) < ($1.start, $1.lowest) }
        var rows: [Row] = []
        rows.reserveCapacity(all.count)
        let known = holes
        var index = 0
        while index < all.count {
            var row = all[index]
            index += 1
            var isExact = true
            while index < all.count && all[index].start == row.start {
                if !row.merge(all[index]) { isExact = false }
                index += 1
            }
            if known.contains(where: { $0.contains(row.start) }) { continue }
            if !isExact && row.start >= rawFrom {
                holes.append(row.start..<end(of: row.start))
            } else {
                rows.append(row)
            }
        }
        var isOrdered = true
        for hole in coalesced() where hole.upperBound > rawFrom {
            isOrdered = false
            rows += try fold(max(hole.lowerBound, rawFrom)..<hole.upperBound, merged: true)
        }
        if !isOrdered { rows.sort { $0.start < $1.start } }
        return rows
    }

    /// Neighbours and overlaps in one, so that each is read once.
    private func coalesced() -> [Range<Int64>] {
        var stretches: [Range<Int64>] = []
        for hole in holes.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = stretches.last, hole.lowerBound <= last.upperBound {
                let end = max(last.upperBound, hole.upperBound)
                stretches[stretches.count - 1] = last.lowerBound..<end
            } else {
                stretches.append(hole)
            }
        }
        return stretches
    }

    /// The rows of the tier whose starts lie in `range`; what cannot be read becomes a hole.
    private mutating func sealed(
        _ range: Range<Int64>,
        ends: Bool
    ) throws(StoreFailure) -> [TierPart<Columns>] {
        let device = core.catalogue.device(of: series.id)
        let ring = core[tier.ring]
        var places: [PagePlace] = []
        for (order, block) in view[tier.ring].blocks.enumerated() where block.mayHold(device, range) {
            let isIntact = try block.pages(of: device, in: range, ring: ring, order: order, into: &places)
            if !isIntact { core.noteDamage() }
            if block.isDirectoryDamaged || !ring.holds(block.segment) {
                add(lost: block.lowest...block.highest, range)
            }
        }
        var parts: [TierPart<Columns>] = []
        var decoder = RollupDecoder()
        for place in places {
            var columns = Columns()
            var isIntact = false
            if case .page(let page) = try ring.fetch(place) {
                isIntact = columns.read(
                    page,
                    series: series.id.index,
                    of: tier,
                    countsFalls: countsFalls,
                    with: &decoder,
                    ends: ends
                )
            }
            if isIntact {
                let rows = part(of: columns, in: range)
                parts.append(TierPart(columns: columns, rows: rows))
            } else {
                if ring.holds(place.block.segment) { core.noteDamage() }
                add(lost: place.entry.lowest...place.entry.highest, range)
            }
        }
        return parts
    }

    /// Rows whose starts lie in `range`.
    private func part(of columns: borrowing Columns, in range: Range<Int64>) -> Range<Int> {
        var bounds = (0, 0)
        for (isEnd, limit) in [(false, range.lowerBound), (true, range.upperBound)] {
            var (low, high) = (0, columns.count)
            while low < high {
                let middle = (low + high) / 2
                if columns.stamps(of: middle).first < limit { low = middle + 1 } else { high = middle }
            }
            if isEnd { bounds.1 = low } else { bounds.0 = low }
        }
        return bounds.0..<max(bounds.0, bounds.1)
    }

    private mutating func add(lost starts: ClosedRange<Int64>, _ range: Range<Int64>) {
        // A hole is made of whole buckets.
        let low = max(floored(starts.lowerBound), range.lowerBound)
        let high = min(end(of: floored(starts.upperBound)), range.upperBound)
        if low < high { holes.append(low..<high) }
    }

    private mutating func unmerged(_ range: Range<Int64>) throws(StoreFailure) -> [Row] {
        try fold(range, merged: false)
    }

    private mutating func fold(_ range: Range<Int64>, merged: Bool) throws(StoreFailure) -> [Row] {
        var rows: [Row] = []
        var sweep = SampleSweep(core: core, view: view, series: series)
        let (widthMs, countsFalls) = (tier.widthMs, countsFalls)
        let take: SampleSweep.Take = { samples, part in
            for index in part {
                rows.fold(
                    samples.instants[index],
                    samples.bits[index],
                    samples.marks[index],
                    widthMs: widthMs,
                    countsFalls: countsFalls
                )
            }
            return true
        }
        if merged { try sweep.run(range, take) } else { try sweep.runUnmerged(range, take) }
        if sweep.isStale { isStale = true }
        if let overtaken = sweep.overtakenThrough {
            overtakenThrough = max(overtakenThrough ?? .min, overtaken)
        }
        return rows
    }

    private func isStrict(_ parts: [TierPart<Columns>]) -> Bool {
        var last = Int64.min
        for part in parts where !part.rows.isEmpty {
            guard part.columns.ascend(part.rows, after: last) else { return false }
            last = part.columns.stamps(of: part.rows.upperBound - 1).first
        }
        return true
    }

    private func floored(_ stamp: Int64) -> Int64 {
        Instant(milliseconds: stamp).floored(toMs: tier.widthMs).milliseconds
    }

    private func end(of start: Int64) -> Int64 {
        start > .max - tier.widthMs ? .max : start + tier.widthMs
    }
}
