/// Where a series has its place on the ``Shelf``.
struct ShelfMember {
    /// ``CatalogueTable/noDevice`` of a vacant id.
    var device: UInt32
    var traits: SeriesTraits
}

/// Which series belong to which device, ids ascending, and what they are: fourteen bytes per series, made longer as
/// series come.
struct Shelf {
    private static let none = UInt32.max

    /// By device, its first and last series.
    private var firsts: [UInt32] = []
    private var lasts: [UInt32] = []
    /// By series, the next of the same device.
    private var followers: [UInt32] = []
    private var devices: [UInt32] = []
    private var allTraits: [SeriesTraits] = []

    /// How many ids it knows.
    var seriesCount: Int { followers.count }
    /// Devices are numbered 0 ..< deviceCount.
    var deviceCount: Int { firsts.count }

    /// Adds the next ids.
    mutating func append(_ members: [ShelfMember]) {
        for member in members {
            allTraits.append(member.traits)
            followers.append(Shelf.none)
            devices.append(Shelf.none)
            put(UInt32(followers.count - 1), into: member.device)
        }
    }

    /// A vacant id was taken. Nothing where that is known already.
    mutating func put(_ series: UInt32, _ member: ShelfMember) {
        remove(series)
        allTraits[Int(series)] = member.traits
        put(series, into: member.device)
    }

    /// An id was given back. Nothing where that is known already.
    mutating func remove(_ series: UInt32) {
        let device = Int(devices[Int(series)])
        guard device != Int(Shelf.none) else { return }
        devices[Int(series)] = Shelf.none
        var before: UInt32?
        var member = first(of: device)
        while let id = member, id != series {
            before = id
            member = next(after: id)
        }
        let follower = followers[Int(series)]
        if let before { followers[Int(before)] = follower } else { firsts[device] = follower }
        if lasts[device] == series { lasts[device] = before ?? Shelf.none }
        followers[Int(series)] = Shelf.none
    }

    private mutating func put(_ series: UInt32, into device: UInt32) {
        guard device != CatalogueTable.noDevice else { return }
        devices[Int(series)] = device
        let index = Int(device)
        if index >= firsts.count {
            let missing = index + 1 - firsts.count
            firsts.append(contentsOf: repeatElement(Shelf.none, count: missing))
            lasts.append(contentsOf: repeatElement(Shelf.none, count: missing))
        }
        if firsts[index] == Shelf.none {
            (firsts[index], lasts[index]) = (series, series)
        } else if lasts[index] < series {
            followers[Int(lasts[index])] = series
            lasts[index] = series
        } else {
            insert(series, into: index)
        }
    }

    /// Puts a series before one of a higher id.
    private mutating func insert(_ series: UInt32, into device: Int) {
        var before: UInt32?
        var member = first(of: device)
        while let id = member, id < series {
            before = id
            member = next(after: id)
        }
        followers[Int(series)] = member ?? Shelf.none
        if let before { followers[Int(before)] = series } else { firsts[device] = series }
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
