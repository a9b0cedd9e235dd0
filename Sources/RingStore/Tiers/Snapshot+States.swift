internal import Codec
public import Readings

extension Snapshot {
    /// How long each state of a series held in each bucket of a tier, from the bucket that holds `from` to the one
    /// before `to`, ascending; none for numbers, see ``buckets(_:_:from:to:ends:)``.
    ///
    /// A state holds from its sample until the next one, or until `to`, which should not lie in the future; the one
    /// that holds at `from` is looked up. Buckets are there from the first that anything is known of.
    ///
    /// - Parameter limit: at most so many buckets, the earliest ones.
    public func states(
        _ id: SeriesID,
        _ tier: Tier,
        from: Instant,
        to: Instant,
        limit: Int
    ) throws(StoreFailure) -> [StateBucket] {
        guard from < to, let series = core.catalogue.series(id), SeriesTraits(series).isState else {
            return []
        }
        let rows = try stateRows(series, tier, from: from, to: to)
        let first = from.floored(toMs: tier.widthMs)
        var standing = try standing(series, before: first)
        var buckets: [StateBucket] = []
        var next = 0
        var start = first
        if standing == nil, let row = rows.first { start = Instant(milliseconds: row.start) }
        while start < to && buckets.count < limit && (standing != nil || next < rows.count) {
            var bucket = StateBucket(start: start, widthMs: tier.widthMs)
            let end = min(start.advanced(byMs: tier.widthMs), to)
            var known = start
            if next < rows.count, rows[next].start == start.milliseconds {
                let row = rows[next]
                next += 1
                if let standing {
                    let ms = Instant(milliseconds: row.lowest).msSince(start)
                    bucket.add(standing, milliseconds: ms, samples: 0)
                }
                for span in row.spans {
                    bucket.add(span.value, milliseconds: span.ms, samples: span.samples)
                }
                standing = row.standing
                known = Instant(milliseconds: row.highest)
            }
            if let standing { bucket.add(standing, milliseconds: max(0, end.msSince(known)), samples: 0) }
            buckets.append(bucket)
            start = start.advanced(byMs: tier.widthMs)
        }
        return buckets
    }

    private func stateRows(
        _ series: Series,
        _ tier: Tier,
        from: Instant,
        to: Instant
    ) throws(StoreFailure) -> [StateRow] {
        switch try answer(series, tier, from: from, to: to, StateReader.self) {
        case .plain(let reader): reader.rows ?? []
        case .mixed(let rows): rows
        }
    }

    /// The state that holds before an instant; nil when nothing is known of it.
    private func standing(_ series: Series, before instant: Instant) throws(StoreFailure) -> Scalar? {
        // Mostly it changed lately; else the days know, however long ago it was.
        let today = instant.floored(toMs: Tier.day.widthMs)
        if let found = try lastState(of: series, today..<instant) { return found }
        let yesterday = today.advanced(byMs: -Tier.day.widthMs)
        if view[.day].state.lostThrough < yesterday.milliseconds {
            let days = try stateRows(series, .day, from: .distantPast, to: today)
            if let last = days.last { return last.standing }
        }
        return try lastState(of: series, .distantPast..<today)
    }

    /// The last sample's state in a range of raw history.
    private func lastState(of series: Series, _ range: Range<Instant>) throws(StoreFailure) -> Scalar? {
        var view = view
        while true {
            var last: Sample?
            var sweep = SampleSweep(core: core, view: view, series: series)
            try sweep.run(range.lowerBound.milliseconds..<range.upperBound.milliseconds) { samples, part in
                if !part.isEmpty { last = samples[part.upperBound - 1].sample }
                return true
            }
            if !sweep.isStale { return last.map { $0.quality == .bad ? .absent : $0.value } }
            view = core.view
        }
    }
}

extension StateRow.Span {
    /// The state.
    var value: Scalar { PackedSample(instant: 0, bits: bits, mark: form).value }
}
