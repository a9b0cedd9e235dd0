internal import Readings

/// What people call the devices of a store: a machine's or shelf's path, or that of its one series.
struct DeviceNames {
    private var paths: [UInt32: String] = [:]
    private var counts: [UInt32: Int] = [:]

    init(_ catalogue: Catalogue) {
        let members = catalogue.members(from: 0, to: catalogue.counts.series)
        for one in catalogue.allSeries {
            let device = members[Int(one.id.index)].device
            counts[device, default: 0] += 1
            let key = one.key
            let asset = [key.site, key.asset].filter { !$0.isEmpty }.joined(separator: "/")
            // The number of a device's series is known at the end; with two the asset is their name.
            paths[device] = counts[device] == 1 || asset.isEmpty ? key.description : asset
        }
    }

    /// The path of a device, nil when no series has it.
    func path(_ device: UInt32) -> String? { paths[device] }

    /// `大阪/プレス (4 series)`.
    func words(_ device: UInt32) -> String {
        guard let path = paths[device], let count = counts[device] else { return "a device without a name" }
        return count == 1 ? path : "\(path) (\(count) series)"
    }
}
