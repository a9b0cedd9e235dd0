public import Readings
public import RingStore

/// What people or their systems say of the time to come: plans are told, never computed here.
///
/// Each is the last level before the bucket's end, of all assets of the site together: a line or a machine may tell its
/// own part, a production plan's system the whole. A part in another unit, or none at all, makes it nil.
extension PlantView {
    /// What is still to be made of an item: the levels of the metric `plan/ITEM`, which count what is not made yet.
    ///
    /// - Returns: beside it the latest of the instants in `plan_end/ITEM` (a text such as
    ///   `2026-12-03T17:00:00+09:00`) of those assets that plan more than nothing; nil when one of them does not say.
    public func planned(
        item: String,
        site: String,
        at end: Instant
    ) throws(StoreFailure) -> (quantity: Measured, completion: Instant?)? {
        let parts = try levels("plan/\(item)", at: site, before: end)
        guard let quantity = sum(parts.map(\.measured)) else { return nil }
        var completion: Instant?
        for part in parts where part.measured.value != .number(0) {
            let key = SeriesKey(
                site: part.key.site,
                asset: part.key.asset,
                metric: "plan_end/\(item)",
                tags: part.key.tags
            )
            guard let series = snapshot.series(at: key),
                let sample = try snapshot.last(series.id, before: end), case .text(let text) = sample.value,
                let instant = Instant(iso8601: snapshot.text(text))
            else { return (quantity, nil) }
            completion = max(completion ?? .distantPast, instant)
        }
        return (quantity, completion)
    }

    /// What a site could still take on of a capability, such as hours of `5axis`: the levels of the metric
    /// `capacity_free/CAPABILITY`.
    public func capacityFree(
        of capability: String,
        site: String,
        at end: Instant
    ) throws(StoreFailure) -> Measured? {
        sum(try levels("capacity_free/\(capability)", at: site, before: end).map(\.measured))
    }

    /// The last level of each series of a metric at a site, whatever its asset.
    private func levels(
        _ metric: String,
        at site: String,
        before end: Instant
    ) throws(StoreFailure) -> [(key: SeriesKey, measured: Measured)] {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        guard let selector = try? Selector("{metric=\(quoted(metric)), site=\(quoted(site))}") else {
            return []
        }
        var found: [(key: SeriesKey, measured: Measured)] = []
        for series in snapshot.series(matching: selector)
        where series.type == .number && series.kind == .gauge {
            guard let sample = try snapshot.last(series.id, before: end), let value = sample.value.number
            else { continue }
            let measured = Measured(
                value: .number(value),
                unit: series.unit,
                asOf: sample.instant,
                quality: sample.quality
            )
            found.append((series.key, measured))
        }
        return found
    }

    /// As old as the oldest part, as trustworthy as the worst.
    private func sum(_ parts: [Measured]) -> Measured? {
        guard var total = parts.first else { return nil }
        var sum = 0.0
        for part in parts {
            guard part.unit == total.unit, case .number(let number) = part.value else { return nil }
            sum += number
            total.asOf = min(total.asOf, part.asOf)
            total.quality = total.quality.lowered(to: part.quality)
        }
        guard sum.isFinite else { return nil }
        total.value = .number(sum)
        return total
    }
}
