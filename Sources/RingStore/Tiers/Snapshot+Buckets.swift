public import Readings

extension Snapshot {
    /// Buckets of a series of numbers whose start lies in `from ..< to` (`from` is taken back to a full bucket),
    /// ascending, empty ones left out. None for states, see ``states(_:_:from:to:)``.
    ///
    /// Where raw samples are complete a bucket is their fold (finite numbers, quality not bad), exact but for the order in
    /// which the sum was added up. Before that it comes from the tier, where a sample that was replaced or repeated
    /// long after counts twice. A bucket of which the tier has lost a part is left out.
    ///
    /// - Parameter ends: whether first and last values with their stamps are wanted, and what counters fell by;
    ///   without them the answer takes half the time, and they are mostly as in an empty bucket.
    public func buckets(
        _ id: SeriesID,
        _ tier: Tier,
        from: Instant,
        to: Instant,
        ends: Bool = true
    ) throws(StoreFailure) -> [Bucket] {
        guard let series = core.catalogue.series(id), !SeriesTraits(series).isState else { return [] }
        let rows: [NumberRow]
        if ends {
            switch try answer(series, tier, from: from, to: to, NumberReader.self) {
            case .plain(let reader): return reader.buckets
            case .mixed(let mixed): rows = mixed
            }
        } else {
            switch try answer(series, tier, from: from, to: to, BucketReader.self) {
            case .plain(let reader): return reader.buckets
            case .mixed(let mixed): rows = mixed
            }
        }
        return rows.lazy.map(\.bucket).filter { $0.count > 0 }
    }

    /// What a tier and the samples after it know of each bucket.
    func answer<Reader: TierReader>(
        _ series: Series,
        _ tier: Tier,
        from: Instant,
        to: Instant,
        _ reader: Reader.Type
    ) throws(StoreFailure) -> TierAnswer<Reader> {
        let start = from.floored(toMs: tier.widthMs)
        guard start < to else { return .mixed([]) }
        let last = to.advanced(byMs: -1).floored(toMs: tier.widthMs)
        let range = start.milliseconds..<last.advanced(byMs: tier.widthMs).milliseconds
        var view = view
        var lostThrough = view[.raw].state.lostThrough
        while true {
            // The first full bucket that raw covers.
            let rawFrom = Snapshot.after(lostThrough)?.ceiled(toMs: tier.widthMs)
            var sweep = TierSweep<Reader>(
                core: core,
                view: view,
                series: series,
                tier: tier,
                rawFrom: rawFrom?.milliseconds ?? .min
            )
            let answer = try sweep.run(range)
            if sweep.isStale {
                view = core.view
                lostThrough = max(lostThrough, view[.raw].state.lostThrough)
                continue
            }
            // Overtaken meanwhile: the tier has what raw has lost.
            guard let overtaken = sweep.overtakenThrough, overtaken > lostThrough else { return answer }
            lostThrough = overtaken
        }
    }

    /// Buckets of a tier are complete from here; nil when nothing was overwritten yet.
    public func completeFrom(_ tier: Tier) -> Instant? {
        let lost = view[tier.ring].state.lostThrough
        if lost == .min { return nil }
        return Instant(milliseconds: lost).floored(toMs: tier.widthMs).advanced(byMs: tier.widthMs)
    }
}
