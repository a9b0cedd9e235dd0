public import Readings
public import RingStore

/// Measures of closed buckets that are made of others: supply by consumption, indicators, folds of any metric.
extension PlantView {
    /// Days of supply of an item at a site at `end`: what is on hand there by what was consumed per day, all its
    /// locations together; see ``StockLine/coverDays(asOf:)``.
    ///
    /// What was consumed later on the same day of UTC counts too: consumption is kept by the day.
    ///
    /// - Returns: in days; nil when ``onHand(item:site:at:)`` is, and when nothing was consumed.
    public func daysOfSupply(
        item: String,
        site: String,
        at end: Instant
    ) throws(StoreFailure) -> Measured? {
        guard var supply = try onHand(item: item, site: site, at: end),
            case .number(let quantity) = supply.value
        else { return nil }
        var perDay = 0.0
        for line in state.lines(item: item, site: site) where line.firstAt < end {
            perDay += line.consumptionPerDay(asOf: end) ?? 0
        }
        guard perDay > 0, perDay.isFinite else { return nil }
        supply.value = .number(max(0, quantity) / perDay)
        supply.unit = "d"
        return supply
    }

    /// What a machine's energy meter rose by within `[start, end)`, roll-over and restarts bridged.
    ///
    /// - Returns: nil when it has no meter, when that told nothing before `end`, and when the store has forgotten a part.
    public func energy(
        of machine: MachineKey,
        from start: Instant,
        to end: Instant
    ) throws(StoreFailure) -> Measured? {
        let options = state.options.machines[machine.asset] ?? MachineOptions()
        guard let series = meter(of: machine, options), let last = try snapshot.last(series.id, before: end)
        else {
            return nil
        }
        let spans = Spans(planned: [], from: start, to: end)
        let tier = tier(for: spans)
        guard (snapshot.completeFrom(tier) ?? .distantPast) <= start else { return nil }
        var account = MachineAccount(machine, from: start, to: end, plannedRunSeconds: nil)
        let risen = try risen(series, spans, tier, &account, rollover: options.energyRollover)
        return measured(risen.overall, series.unit, last)
    }

    /// The OEE index of a machine over `[start, end)`, ISO 22400-2, in percent.
    ///
    /// - Parameter offsetSeconds: how far the plant's clocks are ahead of UTC: by them its shifts are planned.
    /// - Returns: nil where ``MachineAccount/oee`` is, and when the store has forgotten a part.
    public func oee(
        of machine: MachineKey,
        from start: Instant,
        to end: Instant,
        offsetSeconds: (Instant) -> Int
    ) throws(StoreFailure) -> Measured? {
        let account = try account(of: machine, from: start, to: end, offsetSeconds: offsetSeconds)
        guard let account, account.expiredBefore == nil, let oee = account.oee,
            var measured = try status(of: machine, at: end)
        else { return nil }
        measured.value = .number(100 * oee)
        measured.unit = "%"
        return measured
    }

    /// A fold of a metric of numbers over `[start, end)`.
    ///
    /// - Parameter fold: makes one number of the bucket of all samples in it; there is at least one.
    /// - Returns: nil when there is no such series, no sample in the bucket, or the store has forgotten a part.
    public func metric(
        _ metric: String,
        of machine: MachineKey,
        from start: Instant,
        to end: Instant,
        _ fold: (Bucket) -> Double
    ) throws(StoreFailure) -> Measured? {
        let key = SeriesKey(site: machine.site, asset: machine.asset, metric: metric)
        guard let series = snapshot.series(at: key), series.type == .number else { return nil }
        let spans = Spans(planned: [], from: start, to: end)
        let tier = tier(for: spans)
        guard (snapshot.completeFrom(tier) ?? .distantPast) <= start else { return nil }
        var whole = Bucket(start: start, widthMs: end.msSince(start))
        for bucket in try snapshot.buckets(series.id, tier, from: start, to: end) { whole.merge(bucket) }
        guard whole.count > 0, let last = try snapshot.last(series.id, before: end) else { return nil }
        return measured(fold(whole), series.unit, last)
    }

    private func measured(_ number: Double, _ unit: String, _ last: Sample) -> Measured? {
        guard number.isFinite else { return nil }
        return Measured(value: .number(number), unit: unit, asOf: last.instant, quality: last.quality)
    }
}
