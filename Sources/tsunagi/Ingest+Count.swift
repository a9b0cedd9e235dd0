import Desk
import Intake
import Plant
import Readings
import RingStore

/// The door for what a person counted.
extension Ingest {
    /// A stamp may be so far ahead of ours.
    private static let aheadMsMax: Int64 = 600_000

    /// Takes a count; returns when it is durable. Any thread.
    ///
    /// The count is a sample of the series `stock_count/ITEM` and, where something was expected, the difference one of
    /// `stock_difference/ITEM`: history keeps both. Told again with the same stamp it counts once.
    func count(_ wish: CountWish) throws(CountRefusal) -> CountRow {
        let now = WallClock.now
        guard Intake.isSet(now) else {
            throw CountRefusal("the gateway's clock is not set yet; count again when it is", isFault: true)
        }
        let behindMsMax = Int64(defaults.maxBehindSeconds) * 1000
        guard wish.at.msSince(now) <= Ingest.aheadMsMax, now.msSince(wish.at) <= behindMsMax else {
            throw CountRefusal(
                "\(wish.at.iso8601) is too far from the gateway's clock, \(now.iso8601): a count may lie"
                    + " \(behindMsMax / 1000) s back (max_behind_s) and \(Ingest.aheadMsMax / 1000) s ahead"
            )
        }
        return try turnstile.pass { () throws(CountRefusal) in
            let place = try place(of: wish)
            do throws(StoreFailure) {
                try commit(try batch(of: wish, place, now))
            } catch {
                throw CountRefusal("the count is not kept: \(error)", isFault: true)
            }
            return row(of: wish, place)
        }
    }

    /// Where a count belongs, and under which key its series are.
    private struct Place {
        var stock: StockKey
        var unit: String
        /// Without a metric.
        var asset: String
        var tags: [Tag]
    }

    private func place(of wish: CountWish) throws(CountRefusal) -> Place {
        let site = wish.site ?? defaults.site ?? ""
        let lines = plant.stock.filter { line in
            line.key.item == wish.item && (wish.site == nil || line.key.site == site)
                && (wish.location == nil || line.key.location == wish.location)
                && (wish.lot == nil || line.key.lot == wish.lot)
        }
        if lines.count > 1 {
            let choices = lines.prefix(5).map(\.key.description).joined(separator: "; ")
            throw CountRefusal(
                "\(wish.item) lies at \(lines.count) places; say which with --site, --location or --lot: \(choices)"
            )
        }
        guard let line = lines.first else {
            guard let location = wish.location, !location.isEmpty else {
                throw CountRefusal(
                    "no stock of \(wish.item) is known there; tsunagi stock lists what is, and --location begins a"
                        + " new line"
                )
            }
            let lot = wish.lot ?? ""
            return Place(
                stock: StockKey(site: site, location: location, item: wish.item, lot: lot),
                unit: items[wish.item]?.unit ?? "pcs",
                asset: location,
                tags: lot.isEmpty ? [] : [Tag(name: "lot", value: lot)]
            )
        }
        // The location has the tags in it; a series of the line has them apart.
        let snapshot = store.snapshot()
        if let key = line.series.lazy.compactMap({ snapshot.series($0)?.key }).first {
            let tags = key.tags.filter { $0.name != "container" }
            return Place(stock: line.key, unit: line.unit, asset: key.asset, tags: tags)
        }
        let tags = line.key.lot.isEmpty ? [] : [Tag(name: "lot", value: line.key.lot)]
        return Place(stock: line.key, unit: line.unit, asset: line.key.location, tags: tags)
    }

    private func batch(of wish: CountWish, _ place: Place, _ now: Instant) throws(StoreFailure) -> Batch {
        var batch = Batch(opened: now)
        func note(_ word: String, _ value: Double) throws(StoreFailure) {
            let key = SeriesKey(
                site: place.stock.site,
                asset: place.asset,
                metric: "\(word)/\(wish.item)",
                tags: place.tags
            )
            let series = try store.series(for: key, kind: .gauge, type: .number, unit: place.unit)
            batch.readings.append(Reading(series: series.id, instant: wish.at, value: .number(value)))
        }
        try note("stock_count", wish.quantity)
        // One that is told again was compared the first time.
        if let line = plant.stock(at: place.stock), line.count?.at != wish.at,
            let expected = line.expected(at: wish.at)
        {
            try note("stock_difference", wish.quantity - expected)
        }
        return batch
    }

    private func row(of wish: CountWish, _ place: Place) -> CountRow {
        let line = plant.stock(at: place.stock)
        let stands = line?.levelAt == wish.at && line?.count?.at == wish.at
        let answer = CountRow.Line(
            item: place.stock.item,
            site: place.stock.site,
            location: place.stock.location,
            lot: place.stock.lot.isEmpty ? nil : place.stock.lot,
            unit: place.unit,
            quantity: line?.quantity ?? wish.quantity,
            stands: stands
        )
        if let count = line?.count, count.at == wish.at { return CountRow(count, line: answer) }
        return CountRow(
            time: wish.at.iso8601,
            counted: wish.quantity,
            expected: nil,
            difference: nil,
            line: answer
        )
    }
}
