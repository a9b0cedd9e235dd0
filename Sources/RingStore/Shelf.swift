/// Which series belong to which device, ids ascending: two words per series, made longer as series come.
struct Shelf {
    private static let none = UInt32.max

    /// By device, its first and last series.
    private var firsts: [UInt32] = []
    private var lasts: [UInt32] = []
    /// By series, the next of the same device.
    private var followers: [UInt32] = []

    /// How many series it knows.
    var seriesCount: Int { followers.count }
    /// Devices are numbered 0 ..< deviceCount.
    var deviceCount: Int { firsts.count }

    /// Adds the next series with their devices.
    mutating func append(_ devices: [UInt32]) {
        for device in devices {
            let series = UInt32(followers.count)
            followers.append(Shelf.none)
            let index = Int(device)
            if index >= firsts.count {
                let missing = index + 1 - firsts.count
                firsts.append(contentsOf: repeatElement(Shelf.none, count: missing))
                lasts.append(contentsOf: repeatElement(Shelf.none, count: missing))
            }
            if firsts[index] == Shelf.none {
                firsts[index] = series
            } else {
                followers[Int(lasts[index])] = series
            }
            lasts[index] = series
        }
    }

    /// The first series of a device, nil when it has none.
    func first(of device: Int) -> UInt32? {
        firsts[device] == Shelf.none ? nil : firsts[device]
    }

    /// The next series of the same device.
    func next(after series: UInt32) -> UInt32? {
        let next = followers[Int(series)]
        return next == Shelf.none ? nil : next
    }
}
