/// Which series belong to which device, ids ascending, and what they are: ten bytes per series, made longer as series
/// come.
struct Shelf {
    private static let none = UInt32.max

    /// By device, its first and last series.
    private var firsts: [UInt32] = []
    private var lasts: [UInt32] = []
    /// By series, the next of the same device.
    private var followers: [UInt32] = []
    private var allTraits: [SeriesTraits] = []

    /// How many series it knows.
    var seriesCount: Int { followers.count }
    /// Devices are numbered 0 ..< deviceCount.
    var deviceCount: Int { firsts.count }

    /// Adds the next series.
    mutating func append(_ members: [(device: UInt32, traits: SeriesTraits)]) {
        for (device, traits) in members {
            allTraits.append(traits)
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

    /// What a series is.
    func traits(of series: UInt32) -> SeriesTraits { allTraits[Int(series)] }

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
