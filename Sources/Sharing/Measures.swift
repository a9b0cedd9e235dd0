import Disclosure
import Plant
import Readings
import RingStore

/// What each measure of a grant means on the floor; values leave in the order of the grant's products and sites.
extension PlantView {
    /// The values of a release's bucket, obscured as its grant says; products of which nothing is known are left out,
    /// and numbers beyond all numbers too.
    func values(of release: Release) throws(StoreFailure) -> [Release.Value] {
        var values: [Release.Value] = []
        for product in release.grant.products {
            for site in release.grant.sites {
                guard let measured = try measure(release, product: product, site: site) else { continue }
                if case .number(let number) = measured.value, !number.isFinite { continue }
                values.append(obscure(measured, release, product: product, site: site))
            }
        }
        return values
    }

    private func measure(
        _ release: Release,
        product: String,
        site: String
    ) throws(StoreFailure) -> Measured? {
        let machine = MachineKey(site: site, asset: product)
        switch release.grant.measure {
        case .stock:
            return try onHand(item: product, site: site, at: release.bucketEnd)
        case .output:
            return try output(of: machine, from: release.bucketStart, to: release.bucketEnd)
        case .status:
            return try status(of: machine, at: release.bucketEnd)
        case .daysOfSupply, .plannedOutput, .capacityFree, .oee, .energy, .process:
            // Not shared yet, see Agreement.unshared().
            return nil
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
