import Disclosure
import Plant
import Readings
import RingStore

/// What each measure of a grant means on the floor; values leave in the order of the grant's products and sites.
extension PlantView {
    /// The values of a release's bucket, obscured as its grant says; products of which nothing is known are left out,
    /// and numbers beyond all numbers too.
    ///
    /// - Parameter offsetSeconds: how far the plant's clocks are ahead of UTC.
    func values(
        of release: Release,
        offsetSeconds: (Instant) -> Int
    ) throws(StoreFailure) -> [Release.Value] {
        var values: [Release.Value] = []
        for product in release.grant.products {
            for site in release.grant.sites {
                var completion: Instant?
                let measured: Measured?
                if release.grant.measure == .plannedOutput {
                    let planned = try planned(item: product, site: site, at: release.bucketEnd)
                    (measured, completion) = (planned?.quantity, planned?.completion)
                } else {
                    measured = try measure(release, product: product, site: site, offsetSeconds)
                }
                guard let measured else { continue }
                if case .number(let number) = measured.value, !number.isFinite { continue }
                var value = obscure(measured, release, product: product, site: site)
                value.completion = completion.map { release.grant.bucketEnd(holding: $0) }
                values.append(value)
            }
        }
        return values
    }

    private func measure(
        _ release: Release,
        product: String,
        site: String,
        _ offsetSeconds: (Instant) -> Int
    ) throws(StoreFailure) -> Measured? {
        let machine = MachineKey(site: site, asset: product)
        let (start, end) = (release.bucketStart, release.bucketEnd)
        switch release.grant.measure {
        case .stock: return try onHand(item: product, site: site, at: end)
        case .daysOfSupply: return try daysOfSupply(item: product, site: site, at: end)
        case .output: return try output(of: machine, from: start, to: end)
        case .status: return try status(of: machine, at: end)
        case .oee: return try oee(of: machine, from: start, to: end, offsetSeconds: offsetSeconds)
        case .energy: return try energy(of: machine, from: start, to: end)
        case .process:
            let aggregate = release.grant.aggregate
            return try metric(release.grant.metric ?? "", of: machine, from: start, to: end) {
                aggregate.value(of: $0)
            }
        case .capacityFree: return try capacityFree(of: product, site: site, at: end)
        case .plannedOutput: return try planned(item: product, site: site, at: end)?.quantity
        }
    }

    private func obscure(
        _ measured: Measured,
        _ release: Release,
        product: String,
        site: String
    ) -> Release.Value {
        let value: Obscured =
            switch measured.value {
            case .number(let number): release.grant.precision.obscure(number)
            case .text(let text): .text(text)
            }
        return Release.Value(
            product: product,
            site: site,
            value: value,
            unit: measured.unit,
            ageBuckets: max(0, release.bucketEnd.msSince(measured.asOf) - 1) / release.grant.bucket.widthMs,
            quality: measured.quality
        )
    }
}

extension Grant {
    /// The end of the bucket that an instant lies in, or at whose end it does: no schedule is told finer than that.
    fileprivate func bucketEnd(holding instant: Instant) -> Instant {
        bucketStart(holding: instant.advanced(byMs: -1)).advanced(byMs: bucket.widthMs)
    }
}

extension Aggregate {
    /// What it makes of a bucket that holds something.
    func value(of bucket: Bucket) -> Double {
        switch self {
        case .last: bucket.last
        case .mean: bucket.sum / Double(bucket.count)
        case .min: bucket.low
        case .max: bucket.high
        case .sum: bucket.sum
        case .count: Double(bucket.count)
        }
    }
}
