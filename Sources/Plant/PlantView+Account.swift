public import Readings
public import RingStore

/// Accounts of machines over closed periods, from the store's tiers.
extension PlantView {
    /// Buckets of minutes are read for so long a period at most; a longer one is told by the hour.
    private static let minutesMsMax: Int64 = 62 * 86_400_000

    /// What a machine's time and pieces came to.
    ///
    /// It is exact where the shift calendar's times and the period's ends lie on the minutes (or hours, or days) that
    /// the store still has; see ``MachineAccount/isCoarse``.
    ///
    /// - Parameters:
    ///   - from: inclusive.
    ///   - to: exclusive; not in the future, for the last state holds until then.
    ///   - offsetSeconds: how far the plant's clocks are ahead of UTC at an instant.
    /// - Returns: nil when nothing is known of such a machine.
    public func account(
        of machine: MachineKey,
        from: Instant,
        to: Instant,
        offsetSeconds: (Instant) -> Int
    ) throws(StoreFailure) -> MachineAccount? {
        guard let line = state.machine(machine), from < to else { return nil }
        let options = state.options.machines[machine.asset] ?? MachineOptions()
        var account = MachineAccount(machine, from: from, to: to, plannedRunSeconds: options.cycleSeconds)
        let planned = state.options.shifts.planned(from: from, to: to, offsetSeconds: offsetSeconds)
        let spans = Spans(planned: planned, from: from, to: to)
        let tier = tier(for: spans)
        if let complete = snapshot.completeFrom(tier), complete > from {
            account.expiredBefore = min(complete, to)
        }
        account.plannedBusyMs = planned.reduce(0) { $0 + $1.upperBound.msSince($1.lowerBound) }
        try time(line, options, spans, tier, &account)
        let good = try pieces(line.good, spans, tier, &account)
        let scrap = try pieces(line.reject, spans, tier, &account)
        (account.goodQuantity, account.scrapQuantity) = (good?.planned, scrap?.planned)
        account.goodOverall = good?.overall
        try energy(of: machine, options, spans, tier, &account)
        return account
    }

    /// The coarsest tier that has the period whole and whose buckets fit its parts; else the finest that has it.
    func tier(for spans: Spans) -> Tier {
        let whole = Tier.allCases.filter { tier in
            let isLong = spans.to.msSince(spans.from) > PlantView.minutesMsMax
            return (snapshot.completeFrom(tier) ?? .distantPast) <= spans.from && (tier != .minute || !isLong)
        }
        return whole.last { spans.fit($0) } ?? whole.first ?? .day
    }

    private func time(
        _ line: MachineLine,
        _ options: MachineOptions,
        _ spans: Spans,
        _ tier: Tier,
        _ account: inout MachineAccount
    ) throws(StoreFailure) {
        guard let series = line.stateSeries else {
            account.unknownMs = account.plannedBusyMs
            return
        }
        var activities: [Scalar: Activity] = [:]
        let buckets = try snapshot.states(series, tier, from: spans.from, to: spans.to, limit: .max)
        var spans = spans
        var knownMs = 0.0
        var ms: [Activity: Double] = [:]
        for bucket in buckets {
            let share = spans.share(of: bucket.start, bucket.widthMs)
            if share.isCut || share.inside < 1 { account.isCoarse = true }
            for held in bucket.shares {
                let activity = activities[held.value] ?? self.activity(held.value, options)
                activities[held.value] = activity
                let heldMs = Double(held.milliseconds)
                ms[activity, default: 0] += heldMs * share.planned
                if activity != .unknown { knownMs += heldMs * share.planned }
                if activity == .production {
                    account.unplannedProductionMs += Int64(
                        (heldMs * (share.inside - share.planned)).rounded()
                    )
                }
            }
        }
        func whole(_ activity: Activity) -> Int64 { Int64((ms[activity] ?? 0).rounded()) }
        account.productionMs = whole(.production)
        account.setupMs = whole(.setup)
        account.delayMs = whole(.delay)
        account.unknownMs = max(0, account.plannedBusyMs - Int64(knownMs.rounded()))
        account.plannedBusyMs -= whole(.planned)
    }

    private func activity(_ state: Scalar, _ options: MachineOptions) -> Activity {
        guard case .text(let text) = state else { return .unknown }
        return options.activity(snapshot.text(text))
    }

    /// Pieces of all a machine's counters together; nil when it has none, and when their units differ.
    private func pieces(
        _ count: PieceCount,
        _ spans: Spans,
        _ tier: Tier,
        _ account: inout MachineAccount
    ) throws(StoreFailure) -> (planned: Double, overall: Double)? {
        var sum: (planned: Double, overall: Double)?
        var unit: String?
        for counter in count.counters {
            guard let series = snapshot.series(counter.series) else { continue }
            guard unit == nil || unit == series.unit else { return nil }
            unit = series.unit
            let risen = try risen(series, spans, tier, &account)
            sum = ((sum?.planned ?? 0) + risen.planned, (sum?.overall ?? 0) + risen.overall)
        }
        return sum
    }

    private func energy(
        of machine: MachineKey,
        _ options: MachineOptions,
        _ spans: Spans,
        _ tier: Tier,
        _ account: inout MachineAccount
    ) throws(StoreFailure) {
        guard let series = meter(of: machine, options) else { return }
        account.energyUnit = series.unit
        account.energy = try risen(series, spans, tier, &account, rollover: options.energyRollover).overall
    }

    /// The series of a machine's energy meter.
    func meter(of machine: MachineKey, _ options: MachineOptions) -> Series? {
        let key = SeriesKey(site: machine.site, asset: machine.asset, metric: options.energy)
        guard let series = snapshot.series(at: key), series.type == .number,
            series.kind == .counter || series.kind == .delta
        else { return nil }
        return series
    }

    /// What a counter rose by, or deltas came to, within planned time and within the period.
    ///
    /// Between two buckets it rises in the later one. What it showed before the period is looked up; where that is
    /// forgotten, counting begins with the first value.
    func risen(
        _ series: Series,
        _ spans: Spans,
        _ tier: Tier,
        _ account: inout MachineAccount,
        rollover: Double? = nil
    ) throws(StoreFailure) -> (planned: Double, overall: Double) {
        let meter = Meter(isDelta: series.kind == .delta, rollover: rollover)
        var spans = spans
        var (planned, overall) = (0.0, 0.0)
        let first = spans.from.floored(toMs: tier.widthMs)
        var shown = meter.isDelta ? nil : try snapshot.last(series.id, before: first)?.value.number
        for bucket in try snapshot.buckets(series.id, tier, from: first, to: spans.to) {
            let share = spans.share(of: bucket.start, bucket.widthMs)
            if share.isCut || share.inside < 1 { account.isCoarse = true }
            let rise = meter.rise(of: bucket, after: shown)
            shown = bucket.last
            planned += rise * share.planned
            overall += rise * share.inside
        }
        return (planned, overall)
    }
}

/// How a series of pieces or energy adds up.
struct Meter {
    let isDelta: Bool
    /// See ``MachineOptions/energyRollover``.
    let rollover: Double?

    /// What a bucket adds to what was shown before it.
    func rise(of bucket: Bucket, after shown: Double?) -> Double {
        if isDelta { return bucket.sum }
        let joint = shown.map { increase(from: $0, to: bucket.first) } ?? 0
        guard let rollover, bucket.fallen > 0 else { return joint + bucket.increase }
        // Within the bucket it fell from `fallen`, in one or several steps: each that was near the end went over it.
        let falls = (bucket.fallen / rollover).rounded(.up)
        let isOver = bucket.fallen > falls * rollover / 2
        return joint + bucket.last - bucket.first + (isOver ? falls * rollover : bucket.fallen)
    }

    /// From one value to the next: a smaller one means that it went over its end where it was past the half of it, and
    /// that it restarted from zero where it was not.
    func increase(from earlier: Double, to later: Double) -> Double {
        guard let rollover, later < earlier, earlier > rollover / 2, earlier <= rollover else {
            return PieceCount.increase(from: earlier, to: later)
        }
        return rollover - earlier + later
    }
}
