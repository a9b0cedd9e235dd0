public import Readings
public import RingStore

/// What a measure came to in a closed bucket.
public struct Measured: Hashable, Sendable {
    /// A quantity, or a state's name.
    public enum Value: Hashable, Sendable {
        case number(Double)
        case text(String)
    }

    /// As it was told; null when the source said that it has none.
    public var value: Value
    /// Empty for texts.
    public var unit: String
    /// The latest reading that is part of it; before the bucket's end.
    public var asOf: Instant
    /// `good`, `uncertain`, `bad` or `stale`.
    public var quality: Quality
}

/// Measures of closed buckets, from what the store holds. They look only at stamps before the bucket's end, so
/// asking again later gives another answer only if late readings came in between.
extension Plant {
    /// The stock of an item at a site, all its locations together, at `end` (exclusive).
    ///
    /// - Returns: nil when nothing is known of it before `end`.
    public func onHand(
        item: String,
        site: String,
        at end: Instant,
        in snapshot: Snapshot
    ) throws(StoreFailure) -> Measured? {
        var total: Measured?
        for line in stock where line.key.item == item && line.key.site == site {
            guard let part = try onHand(line, at: end, in: snapshot) else { continue }
            guard let sofar = total, case .number(let left) = sofar.value,
                case .number(let right) = part.value
            else {
                total = part
                continue
            }
            guard sofar.unit == part.unit else { continue }
            total = Measured(
                value: .number(left + right),
                unit: sofar.unit,
                asOf: max(sofar.asOf, part.asOf),
                quality: worse(sofar.quality, part.quality)
            )
        }
        return total
    }

    /// Good pieces that a machine made within `[start, end)`, counter restarts bridged.
    public func output(
        of machine: MachineKey,
        from start: Instant,
        to end: Instant,
        in snapshot: Snapshot
    ) throws(StoreFailure) -> Measured? {
        guard let series = machines.first(where: { $0.key == machine })?.goodSeries else { return nil }
        guard let base = try snapshot.last(series, before: end) else { return nil }
        var shown = try snapshot.last(series, before: start)?.value.number
        var made = 0.0
        let run = try snapshot.samples(series, from: start, to: end, limit: ClosedBucket.samplesMax)
        for sample in run.samples {
            guard let value = sample.value.number, sample.quality != .bad else { continue }
            if let shown { made += PieceCount.increase(from: shown, to: value) }
            shown = value
        }
        let unit = snapshot.series(series)?.unit ?? ""
        return Measured(value: .number(made), unit: unit, asOf: base.instant, quality: base.quality)
    }

    /// The state a machine was in at `end` (exclusive).
    public func status(
        of machine: MachineKey,
        at end: Instant,
        in snapshot: Snapshot
    ) throws(StoreFailure) -> Measured? {
        guard let series = machines.first(where: { $0.key == machine })?.stateSeries,
            let sample = try snapshot.last(series, before: end), case .text(let text) = sample.value
        else { return nil }
        return Measured(
            value: .text(snapshot.text(text)),
            unit: "",
            asOf: sample.instant,
            quality: sample.quality
        )
    }

    private func onHand(
        _ line: StockLine,
        at end: Instant,
        in snapshot: Snapshot
    ) throws(StoreFailure) -> Measured? {
        var quantity = line.quantity
        var asOf = line.asOf
        if line.asOf >= end {
            if let levelAt = line.levelAt, levelAt >= end {
                guard let level = try lastLevel(line, before: end, in: snapshot) else { return nil }
                quantity = level.value + (try moved(line, after: level.at, before: end, in: snapshot).sum)
            } else {
                let later = end.advanced(byMs: -1)
                quantity -= try moved(line, after: later, before: .distantFuture, in: snapshot).sum
            }
            let movedAt = try moved(
                line,
                after: end.advanced(byMs: -ClosedBucket.lookBackMs),
                before: end,
                in: snapshot
            ).last
            let levelAt = try lastLevel(line, before: end, in: snapshot)?.at
            guard let latest = [movedAt, levelAt].compactMap({ $0 }).max() else { return nil }
            asOf = latest
        }
        guard asOf > .distantPast else { return nil }
        return Measured(value: .number(quantity), unit: line.unit, asOf: asOf, quality: line.quality)
    }

    private func moved(
        _ line: StockLine,
        after start: Instant,
        before end: Instant,
        in snapshot: Snapshot
    ) throws(StoreFailure) -> (sum: Double, last: Instant?) {
        var sum = 0.0
        var last: Instant?
        for id in line.series where snapshot.series(id)?.kind == .delta {
            let from = start.advanced(byMs: 1)
            let run = try snapshot.samples(id, from: from, to: end, limit: ClosedBucket.samplesMax)
            for sample in run.samples where sample.quality != .bad {
                sum += sample.value.number ?? 0
                last = max(last ?? .distantPast, sample.instant)
            }
        }
        return (sum, last)
    }

    private func lastLevel(
        _ line: StockLine,
        before end: Instant,
        in snapshot: Snapshot
    ) throws(StoreFailure) -> (value: Double, at: Instant)? {
        var latest: (value: Double, at: Instant)?
        for id in line.series where snapshot.series(id)?.kind == .gauge {
            guard let sample = try snapshot.last(id, before: end), let value = sample.value.number else {
                continue
            }
            if sample.instant > (latest?.at ?? .distantPast) { latest = (value, sample.instant) }
        }
        return latest
    }

    private func worse(_ left: Quality, _ right: Quality) -> Quality {
        left.rawValue >= right.rawValue ? left : right
    }
}

enum ClosedBucket {
    /// More samples than this in one bucket of one series are not looked at: 1 kHz for a day.
    static let samplesMax = 86_400_000
    /// How far back a level or a movement is looked for: seven days, the window of late readings.
    static let lookBackMs: Int64 = 7 * 86_400_000
}

extension Snapshot {
    /// The last usable sample before an instant, at most seven days before it.
    ///
    /// Looks back through windows that widen from a minute, so that a fresh series costs a short read.
    func last(_ id: SeriesID, before end: Instant) throws(StoreFailure) -> Sample? {
        for window in [60_000, 3_600_000, 86_400_000, ClosedBucket.lookBackMs] {
            let run = try samples(
                id,
                from: end.advanced(byMs: -window),
                to: end,
                limit: ClosedBucket.samplesMax
            )
            if let sample = run.samples.last(where: { $0.quality != .bad && $0.value != .absent }) {
                return sample
            }
        }
        return nil
    }
}
