public import Readings
public import RingStore

/// What a measure came to in a closed bucket.
public struct Measured: Hashable, Sendable {
    /// A quantity, or a state's name.
    public enum Value: Hashable, Sendable {
        /// Finite.
        case number(Double)
        case text(String)
    }

    /// The stock, the pieces or the state.
    public var value: Value
    /// The unit table's id; empty for states.
    public var unit: String
    /// The latest reading that is part of it; before the bucket's end.
    public var asOf: Instant
    /// The least trustworthy of its parts.
    public var quality: Quality
}

/// Measures of closed buckets, from what the store holds. They look only at stamps before the bucket's end, so
/// asking again later gives another answer only if late readings came in between.
///
/// A measure of which a part is known but cannot be computed is nil: a sum without it would tell too little.
extension PlantView {
    /// The stock of an item at a site, all its locations together, at `end` (exclusive).
    ///
    /// - Returns: nil when nothing is known of it before `end`; and when a location's stock then cannot be told any
    ///   more, is counted in another unit, or makes the sum no number.
    public func onHand(item: String, site: String, at end: Instant) throws(StoreFailure) -> Measured? {
        var total: Measured?
        var sum = 0.0
        for line in state.lines(item: item, site: site) {
            guard !line.isMixed else { return nil }
            guard line.firstAt < end else { continue }
            guard let (quantity, asOf) = try onHand(line, at: end) else { return nil }
            guard total == nil || total?.unit == line.unit else { return nil }
            sum += quantity
            guard sum.isFinite else { return nil }
            total = Measured(
                value: .number(sum),
                unit: line.unit,
                asOf: max(total?.asOf ?? .distantPast, asOf),
                quality: line.quality.lowered(to: total?.quality ?? .good)
            )
        }
        return total
    }

    /// Good pieces that a machine made within `[start, end)`, counter restarts bridged, all its counters together.
    ///
    /// - Returns: nil when no piece was told before `end`; and when the ring has gone over a part of the bucket, or
    ///   the counters' units differ.
    public func output(
        of machine: MachineKey,
        from start: Instant,
        to end: Instant
    ) throws(StoreFailure) -> Measured? {
        var total: Measured?
        var sum = 0.0
        for counter in state.machine(machine)?.good.counters ?? [] {
            guard let series = snapshot.series(counter.series) else { continue }
            let base = try snapshot.last(series.id, before: end)
            // Of a counter that has been silent for longer than the ring remembers, the ledger knows.
            guard let asOf = base?.instant ?? (counter.shownAt < end ? counter.shownAt : nil),
                asOf > .distantPast
            else { continue }
            guard total == nil || total?.unit == series.unit,
                let made = try output(of: series, from: start, to: end)
            else { return nil }
            sum += made
            guard sum.isFinite else { return nil }
            total = Measured(
                value: .number(sum),
                unit: series.unit,
                asOf: max(total?.asOf ?? .distantPast, asOf),
                quality: (base?.quality ?? .stale).lowered(to: total?.quality ?? .good)
            )
        }
        return total
    }

    /// The state a machine was in at `end` (exclusive).
    public func status(of machine: MachineKey, at end: Instant) throws(StoreFailure) -> Measured? {
        guard let line = state.machine(machine) else { return nil }
        if let series = line.stateSeries, let sample = try snapshot.last(series, before: end),
            case .text(let text) = sample.value
        {
            return Measured(
                value: .text(snapshot.text(text)),
                unit: "",
                asOf: sample.instant,
                quality: sample.quality
            )
        }
        // It has lasted for longer than the ring remembers: the ledger knows.
        guard let text = line.state, let since = line.stateSince, since < end else { return nil }
        let asOf = line.stateAt < end ? line.stateAt : since
        return Measured(value: .text(snapshot.text(text)), unit: "", asOf: asOf, quality: .stale)
    }

    /// A line's quantity at `end`, and the latest stamp that is part of it; nil when it cannot be told any more.
    ///
    /// - Parameter line: something is known of it before `end`.
    private func onHand(
        _ line: StockLine,
        at end: Instant
    ) throws(StoreFailure) -> (quantity: Double, asOf: Instant)? {
        guard line.asOf >= end else { return (line.quantity, line.asOf) }
        if let levelAt = line.levelAt, levelAt >= end {
            let level = try lastLevel(line, before: end)
            let from = level?.at.advanced(byMs: 1) ?? line.firstAt
            guard let moved = try moved(line, from: from, to: end) else { return nil }
            if let level { return (level.value + moved.sum, max(level.at, moved.last ?? level.at)) }
            // There was no level then: the movements must be all there are, from the first one on.
            guard let last = moved.last, moved.first == line.firstAt else { return nil }
            return (moved.sum, last)
        }
        guard let later = try moved(line, from: end, to: .distantFuture) else { return nil }
        var asOf = max(line.firstAt, line.levelAt ?? .distantPast)
        for id in line.series {
            if let sample = try snapshot.last(id, before: end) { asOf = max(asOf, sample.instant) }
        }
        return (line.quantity - later.sum, asOf)
    }

    /// All movements of a line in `from ..< to`; nil when the ring has gone over a part of them.
    private func moved(
        _ line: StockLine,
        from: Instant,
        to: Instant
    ) throws(StoreFailure) -> (sum: Double, first: Instant?, last: Instant?)? {
        var sum = 0.0
        var first: Instant?
        var last: Instant?
        for id in line.series where snapshot.series(id)?.kind == .delta {
            let expiredBefore = try snapshot.each(id, from: from, to: to) { sample in
                guard sample.quality != .bad, let value = sample.value.number else { return }
                sum += value
                first = min(first ?? .distantFuture, sample.instant)
                last = max(last ?? .distantPast, sample.instant)
            }
            guard expiredBefore == nil else { return nil }
        }
        return (sum, first, last)
    }

    private func lastLevel(
        _ line: StockLine,
        before end: Instant
    ) throws(StoreFailure) -> (value: Double, at: Instant)? {
        var latest: (value: Double, at: Instant)?
        for id in line.series {
            guard let series = snapshot.series(id), series.kind == .gauge,
                let sample = try snapshot.last(id, before: end), let value = sample.value.number,
                let level = state.level(of: series, line.key.item, value)
            else { continue }
            if sample.instant > (latest?.at ?? .distantPast) { latest = (level, sample.instant) }
        }
        return latest
    }

    /// What one series of pieces counted within `[start, end)`; nil when the ring has gone over a part of it.
    private func output(
        of series: Series,
        from start: Instant,
        to end: Instant
    ) throws(StoreFailure) -> Double? {
        var made = 0.0
        var shown = series.kind == .delta ? nil : try snapshot.last(series.id, before: start)?.value.number
        let expiredBefore = try snapshot.each(series.id, from: start, to: end) { sample in
            guard let value = sample.value.number, sample.quality != .bad else { return }
            if series.kind == .delta {
                made += value
            } else {
                if let shown { made += PieceCount.increase(from: shown, to: value) }
                shown = value
            }
        }
        return expiredBefore == nil ? made : nil
    }
}

extension Snapshot {
    /// Samples that are looked at in one run: 1.5 MB of memory, however long the bucket.
    static var runCount: Int { 65_536 }

    /// Hands over every sample with a stamp in `from ..< to`, in order.
    ///
    /// - Returns: before which the range may be incomplete, because the ring has gone over it; nil when all is there.
    func each(
        _ id: SeriesID,
        from: Instant,
        to: Instant,
        _ take: (Sample) -> Void
    ) throws(StoreFailure) -> Instant? {
        var from = from
        var limit = Snapshot.runCount
        var expiredBefore: Instant?
        while true {
            let run = try samples(id, from: from, to: to, limit: limit)
            expiredBefore = run.expiredBefore ?? expiredBefore
            guard run.truncated, let last = run.samples.last?.instant else {
                for sample in run.samples { take(sample) }
                return expiredBefore
            }
            // Movements of one stamp may lie on both sides of the cut: those of the last stamp come with the next run.
            for sample in run.samples where sample.instant < last { take(sample) }
            if from == last { limit *= 2 }
            from = last
        }
    }

    /// The last usable sample before an instant; nil also when the ring may have gone over it.
    ///
    /// Looks back through windows that widen from a minute, so that a fresh series costs a short read.
    func last(_ id: SeriesID, before end: Instant) throws(StoreFailure) -> Sample? {
        let dayMs: Int64 = 86_400_000
        for windowMs in [60_000, 3_600_000, dayMs, 7 * dayMs, 60 * dayMs, 730 * dayMs, 36_500 * dayMs] {
            var found: Sample?
            let expiredBefore = try each(id, from: end.advanced(byMs: -windowMs), to: end) { sample in
                if sample.quality != .bad, sample.value != .absent { found = sample }
            }
            if let expiredBefore {
                return found.flatMap { $0.instant >= expiredBefore ? $0 : nil }
            }
            if found != nil { return found }
        }
        return nil
    }
}
