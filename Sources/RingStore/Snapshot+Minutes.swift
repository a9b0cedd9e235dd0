internal import Codec
public import Readings

extension Snapshot {
    /// One-minute buckets whose start lies in `from ..< to` (`from` is taken back to the full minute),
    /// ascending, empty ones left out.
    ///
    /// Where raw samples are complete a bucket is their exact fold (numbers, quality not bad). Before that it
    /// comes from the minute tier, where a sample that was replaced or repeated long after counts twice. A
    /// minute of which that tier has lost a part is left out.
    ///
    /// - Parameter ends: whether first and last values with their stamps are wanted; without them the answer
    ///   takes half the time, and they are as in an empty bucket.
    public func minutes(
        _ id: SeriesID,
        from: Instant,
        to: Instant,
        ends: Bool = true
    ) throws(StoreFailure) -> [Bucket] {
        let start = from.floored(toMs: Sealer.minuteMs)
        guard start < to, let series = core.catalogue.series(id) else { return [] }
        let last = to.advanced(byMs: -1).floored(toMs: Sealer.minuteMs)
        let range = start.milliseconds..<last.advanced(byMs: Sealer.minuteMs).milliseconds
        var view = view
        var lostThrough = view.rawState.lostThrough
        while true {
            // The first full minute that raw covers.
            let rawFrom = Snapshot.after(lostThrough)?
                .advanced(byMs: Sealer.minuteMs - 1).floored(toMs: Sealer.minuteMs)
            var sweep = MinuteSweep(
                core: core,
                view: view,
                series: series,
                rawFrom: rawFrom?.milliseconds ?? .min,
                ends: ends
            )
            let buckets = try sweep.run(range)
            if sweep.isStale {
                view = core.view
                lostThrough = max(lostThrough, view.rawState.lostThrough)
                continue
            }
            // Overtaken meanwhile: the minute tier has what raw has lost.
            guard let overtaken = sweep.overtakenThrough, overtaken > lostThrough else { return buckets }
            lostThrough = overtaken
        }
    }
}

/// Puts the minutes of one series together: from the minute tier where one row tells all of a minute, else
/// from raw samples as far as they are there.
///
/// A row of the tier is the exact fold of what its merge had of that minute. It stands as long as nothing came
/// later for the same minute; where something did, in a later merge or not merged yet, raw samples are folded.
struct MinuteSweep {
    private let core: StoreCore
    private let view: View
    private let series: Series
    private let rawFrom: Int64
    private let ends: Bool
    /// See ``SampleSweep``.
    private(set) var isStale = false
    /// See ``SampleSweep``.
    private(set) var overtakenThrough: Int64?
    /// Stretches of which the tier does not know all, though the ring should.
    private var holes: [Range<Int64>] = []

    /// - Parameter rawFrom: the first full minute that raw covers.
    init(core: StoreCore, view: View, series: Series, rawFrom: Int64, ends: Bool) {
        self.core = core
        self.view = view
        self.series = series
        self.rawFrom = rawFrom
        self.ends = ends
    }

    /// All minutes whose starts lie in `range`, ascending.
    mutating func run(_ range: Range<Int64>) throws(StoreFailure) -> [Bucket] {
        let lost = view.minuteState.lostThrough
        if lost != .min, range.lowerBound <= lost {
            holes.append(range.lowerBound..<min(range.upperBound, end(of: lost)))
        }
        for hole in core.minuteHoles { add(lost: hole, range) }
        let sealed = try tier(range)
        let fresh = try unmerged(range)
        if holes.isEmpty && fresh.isEmpty && isStrict(sealed) { return sealed }
        return try together(sealed, fresh, range)
    }

    private mutating func together(
        _ sealed: [Bucket],
        _ fresh: [Bucket],
        _ range: Range<Int64>
    ) throws(StoreFailure) -> [Bucket] {
        var all = sealed + fresh
        all.sort { $0.start < $1.start }
        var buckets: [Bucket] = []
        buckets.reserveCapacity(all.count)
        let known = holes
        var index = 0
        while index < all.count {
            var bucket = all[index]
            index += 1
            let start = bucket.start.milliseconds
            var isAlone = true
            while index < all.count && all[index].start == bucket.start {
                bucket.merge(all[index])
                isAlone = false
                index += 1
            }
            if known.contains(where: { $0.contains(start) }) { continue }
            if !isAlone && start >= rawFrom {
                holes.append(start..<end(of: start))
            } else {
                buckets.append(bucket)
            }
        }
        var isOrdered = true
        for hole in coalesced() where hole.upperBound > rawFrom {
            isOrdered = false
            var found: [Bucket] = []
            try fold(max(hole.lowerBound, rawFrom)..<hole.upperBound, merged: true, into: &found)
            buckets += found
        }
        if !isOrdered { buckets.sort { $0.start < $1.start } }
        return buckets
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

    private mutating func tier(_ range: Range<Int64>) throws(StoreFailure) -> [Bucket] {
        let device = core.catalogue.device(of: series.id)
        var places: [PagePlace] = []
        for (order, block) in view.minute.enumerated() where block.mayHold(device, range) {
            let isIntact = try block.pages(
                of: device,
                in: range,
                ring: core.minute,
                order: order,
                into: &places
            )
            if !isIntact { core.noteDamage() }
            if block.isDirectoryDamaged || !core.minute.holds(block.segment) {
                add(lost: block.lowest...block.highest, range)
            }
        }
        var buckets: [Bucket] = []
        var reader = MinuteReader()
        for place in places {
            var isIntact = false
            let count = buckets.count
            if case .page(let page) = try core.minute.fetch(place) {
                isIntact = reader.append(page, series: series.id.index, range, ends: ends, to: &buckets)
            }
            if !isIntact {
                buckets.removeLast(buckets.count - count)
                if core.minute.holds(place.block.segment) { core.noteDamage() }
                add(lost: place.entry.lowest...place.entry.highest, range)
            }
        }
        return buckets
    }

    private mutating func add(lost starts: ClosedRange<Int64>, _ range: Range<Int64>) {
        // A damaged entry may tell of stamps that begin no minute; a hole is made of whole ones.
        let first = Instant(milliseconds: starts.lowerBound).floored(toMs: Sealer.minuteMs).milliseconds
        let last = Instant(milliseconds: starts.upperBound).floored(toMs: Sealer.minuteMs).milliseconds
        let low = max(first, range.lowerBound)
        let high = min(end(of: last), range.upperBound)
        if low < high { holes.append(low..<high) }
    }

    private mutating func unmerged(_ range: Range<Int64>) throws(StoreFailure) -> [Bucket] {
        var buckets: [Bucket] = []
        try fold(range, merged: false, into: &buckets)
        return buckets
    }

    private mutating func fold(
        _ range: Range<Int64>,
        merged: Bool,
        into buckets: inout [Bucket]
    ) throws(StoreFailure) {
        var sweep = SampleSweep(core: core, view: view, series: series)
        let take: SampleSweep.Take = { samples, part in
            for index in part { buckets.fold(samples[index].sample) }
            return true
        }
        if merged { try sweep.run(range, take) } else { try sweep.runUnmerged(range, take) }
        if sweep.isStale { isStale = true }
        if let overtaken = sweep.overtakenThrough {
            overtakenThrough = max(overtakenThrough ?? .min, overtaken)
        }
    }

    private func isStrict(_ buckets: [Bucket]) -> Bool {
        for index in 1..<max(1, buckets.count) where buckets[index].start <= buckets[index - 1].start {
            return false
        }
        return true
    }

    private func end(of start: Int64) -> Int64 {
        start > .max - Sealer.minuteMs ? .max : start + Sealer.minuteMs
    }
}
