internal import Codec
internal import Readings

/// The buckets of one series, ascending.
enum TierAnswer<Reader: TierReader> {
    /// Just as they lie in the tier.
    case plain(Reader)
    /// Put together from several sources.
    case mixed([Reader.Row])
}

/// Puts the buckets of one series together: from the tier where its rows tell all of a bucket, else from raw
/// samples as far as they are there.
///
/// A row of the tier is the exact fold of what its merge had of that bucket. Rows of several merges, and what is
/// not merged yet, are put together where they share no stretch of time; where they do, one may have replaced what
/// another counts, and raw samples are folded.
struct TierSweep<Reader: TierReader> {
    typealias Row = Reader.Row

    private let core: StoreCore
    private let view: View
    private let series: Series
    private let tier: Tier
    private let rawFrom: Int64
    private let countsFalls: Bool
    /// See ``SampleSweep``.
    private(set) var isStale = false
    /// See ``SampleSweep``.
    private(set) var overtakenThrough: Int64?
    /// Stretches of which the tier does not know all, though the ring should.
    private var holes: [Range<Int64>] = []

    /// - Parameter rawFrom: the first full bucket that raw covers.
    init(core: StoreCore, view: View, series: Series, tier: Tier, rawFrom: Int64) {
        self.core = core
        self.view = view
        self.series = series
        self.tier = tier
        self.rawFrom = rawFrom
        countsFalls = series.kind == .counter
    }

    /// All buckets whose starts lie in `range`, ascending.
    mutating func run(_ range: Range<Int64>) throws(StoreFailure) -> TierAnswer<Reader> {
        let lost = view[tier.ring].state.lostThrough
        if lost != .min, range.lowerBound <= lost {
            holes.append(range.lowerBound..<min(range.upperBound, end(of: floored(lost))))
        }
        for hole in core.holes[tier.rawValue] { add(lost: hole, range) }
        let fresh = try unmerged(range)
        let sealed = try sealed(range, Reader.self)
        if holes.isEmpty && fresh.isEmpty && sealed.isAscending { return .plain(sealed) }
        var rows = sealed.rows
        if rows == nil { rows = try self.sealed(range, Row.Reader.self).rows }
        return .mixed(try together((rows ?? []) + fresh))
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
    private mutating func sealed<Taker: TierReader>(
        _ range: Range<Int64>,
        _ taker: Taker.Type
    ) throws(StoreFailure) -> Taker {
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
        var reader = Taker(tier, countsFalls: countsFalls, in: range, pages: places.count)
        var decoder = RollupDecoder()
        for place in places {
            if case .page(let page) = try ring.fetch(place),
                reader.take(page, series: series.id.index, with: &decoder)
            {
                continue
            }
            if ring.holds(place.block.segment) { core.noteDamage() }
            add(lost: place.entry.lowest...place.entry.highest, range)
        }
        return reader
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

    private func floored(_ stamp: Int64) -> Int64 {
        Instant(milliseconds: stamp).floored(toMs: tier.widthMs).milliseconds
    }

    private func end(of start: Int64) -> Int64 {
        start > .max - tier.widthMs ? .max : start + tier.widthMs
    }
}
