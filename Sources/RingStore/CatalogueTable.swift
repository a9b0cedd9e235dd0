internal import Codec
internal import Readings

/// All series and texts by id and by name: what ``Catalogue`` guards with its lock.
///
/// Ids are dense. The id of a series that was given back is *vacant* until another series takes it.
struct CatalogueTable {
    /// Of a vacant id.
    static let noDevice = UInt32.max

    /// The series of an asset share pages, and in a page one clock.
    private struct Asset: Hashable {
        var site: String
        var asset: String

        init(_ key: SeriesKey) {
            (site, asset) = (key.site, key.asset)
        }
    }

    /// The device of an asset that takes the next series.
    private struct OpenDevice {
        var device: UInt32
        var seriesCount: Int
        /// Of all devices of the asset.
        var assetSeriesCount: Int
    }

    /// By id; of a vacant one a series without a name.
    private(set) var series: [Series] = []
    /// By id.
    private(set) var devices: [UInt32] = []
    private(set) var texts: [String] = []
    /// Their definitions were lost: what was sealed before may lie under another device.
    private(set) var lost: Set<UInt32> = []
    private(set) var vacancies = SeriesVacancies()
    /// What the catalogue file holds.
    var saved = CatalogueBytes()
    /// What it takes at most to save the rest.
    var pending = CatalogueBytes()

    private var byKey = KeyTable()
    private var byText: [String: UInt32] = [:]
    /// All but the latest.
    private var openDevices: [Asset: OpenDevice] = [:]
    private var latestAsset: Asset?
    private var latest = OpenDevice(device: 0, seriesCount: 0, assetSeriesCount: 0)
    private var deviceCount: UInt32 = 0
    /// Devices whose series were all given back.
    private var emptyDevices: [UInt32] = []
    /// Ids that were taken again, in the order of that, and how many were before the first of these.
    private var reused: [UInt32] = []
    private var reusedBefore = 0

    // MARK: Looking up

    func find(_ key: SeriesKey) -> Series? {
        byKey.find(key, KeyTable.hash(key), in: series).map { series[Int($0)] }
    }

    func find(_ text: String) -> UInt32? { byText[text] }

    /// The series of an id; nil for one that is vacant or was never given out.
    func series(_ id: UInt32) -> Series? {
        let index = Int(id)
        return index < series.count && !vacancies.contains(id) ? series[index] : nil
    }

    /// Series that have a name.
    var liveCount: Int { series.count - vacancies.count }

    var counts: CatalogueCounts {
        CatalogueCounts(series: series.count, texts: texts.count, reused: reusedBefore + reused.count)
    }

    /// Ids that were taken again from `start` up to `end`, which are not forgotten by ``noteSaved(_:)``.
    func reusedIDs(from start: CatalogueCounts, to end: CatalogueCounts) -> ArraySlice<UInt32> {
        reused[start.reused - reusedBefore..<end.reused - reusedBefore]
    }

    /// What was registered from `start` up to `end`: new series, those under vacant ids, texts.
    func definitions(from start: CatalogueCounts, to end: CatalogueCounts) -> [Definition] {
        let ids = Array(UInt32(start.series)..<UInt32(end.series)) + reusedIDs(from: start, to: end)
        return ids.compactMap { id in
            series(id).map { .series($0, device: devices[Int(id)]) }
        }
            + (start.texts..<end.texts).map { .text(TextID(index: UInt32($0)), texts[$0]) }
    }

    /// Every series and text up to `end`, by id.
    func definitions(to end: CatalogueCounts) -> [Definition] {
        var start = end
        (start.series, start.texts) = (0, 0)
        return definitions(from: start, to: end)
    }

    // MARK: Registering

    /// How many series the key's asset has.
    func assetSeriesCount(of key: SeriesKey) -> Int {
        openDevice(of: key)?.assetSeriesCount ?? 0
    }

    /// Where a series of this key would go.
    mutating func nextPlace(for key: SeriesKey) -> (id: UInt32, device: UInt32) {
        let id = vacancies.next ?? UInt32(series.count)
        if let open = openDevice(of: key), open.seriesCount < Catalogue.deviceSeriesMax {
            return (id, open.device)
        }
        return (id, emptyDevices.last ?? deviceCount)
    }

    /// Takes a series in, at the end of all or under a vacant id.
    mutating func take(_ new: Series, device: UInt32) {
        take(new, KeyTable.hash(new.key), device: device)
    }

    private mutating func take(_ new: Series, _ hash: UInt64, device: UInt32) {
        put(new, device: device)
        byKey.insert(hash, new.id.index)
        if let asset = latestAsset, latest.device == device, asset.asset == new.key.asset,
            asset.site == new.key.site
        {
            // One after the other, as they usually come.
            latest.seriesCount += 1
            latest.assetSeriesCount += 1
            return
        }
        // The last one at work; any when it comes back from the journal.
        emptyDevices.removeAll { $0 == device }
        if let asset = latestAsset { openDevices[asset] = latest }
        let asset = Asset(new.key)
        let known = openDevices[asset]
        latest = OpenDevice(
            device: device,
            seriesCount: (known?.device == device ? known?.seriesCount ?? 0 : 0) + 1,
            assetSeriesCount: (known?.assetSeriesCount ?? 0) + 1
        )
        latestAsset = asset
    }

    private mutating func put(_ new: Series, device: UInt32) {
        let index = Int(new.id.index)
        if index == series.count {
            series.append(new)
            devices.append(device)
        } else {
            precondition(vacancies.contains(new.id.index), "an id belongs to one series at a time")
            vacancies.take(new.id.index)
            (series[index], devices[index]) = (new, device)
            reused.append(new.id.index)
        }
        deviceCount = max(deviceCount, device + 1)
    }

    private func openDevice(of key: SeriesKey) -> OpenDevice? {
        if let asset = latestAsset, asset.asset == key.asset, asset.site == key.site { return latest }
        return openDevices[Asset(key)]
    }

    /// Takes a text in. Returns its id.
    mutating func take(_ text: String) -> UInt32 {
        byText[text] = UInt32(texts.count)
        texts.append(text)
        return UInt32(texts.count - 1)
    }

    // MARK: Giving back

    /// Takes the names of series away. Their ids may be given out again once nobody holds `pin` any more, or at once
    /// without one.
    mutating func vacate(_ ids: [UInt32], until pin: SnapshotPin?) {
        if ids.isEmpty { return }
        for id in ids {
            let index = Int(id)
            byKey.remove(series[index].key, id)
            lost.remove(id)
            let name = SeriesKey(site: "", asset: "", metric: "")
            series[index] = Series(id: SeriesID(index: id), key: name, kind: .gauge, type: .number, unit: "")
            devices[index] = CatalogueTable.noDevice
        }
        vacancies.add(ids, until: pin)
        countDevices()
    }

    /// Finds out which devices have room, and which are empty.
    private mutating func countDevices() {
        var seriesCounts = [Int](repeating: 0, count: Int(deviceCount))
        for device in devices where device != CatalogueTable.noDevice { seriesCounts[Int(device)] += 1 }
        openDevices.removeAll(keepingCapacity: true)
        latestAsset = nil
        for (index, device) in devices.enumerated()
        where device != CatalogueTable.noDevice && !lost.contains(UInt32(index)) {
            let asset = Asset(series[index].key)
            let count = seriesCounts[Int(device)]
            var open =
                openDevices[asset] ?? OpenDevice(device: device, seriesCount: count, assetSeriesCount: 0)
            open.assetSeriesCount += 1
            if count < open.seriesCount { (open.device, open.seriesCount) = (device, count) }
            openDevices[asset] = open
        }
        emptyDevices = seriesCounts.indices.filter { seriesCounts[$0] == 0 }.map { UInt32($0) }
    }

    // MARK: Coming back

    /// Makes room for what is about to be restored.
    mutating func reserve(series count: Int, texts textCount: Int) {
        series.reserveCapacity(count)
        devices.reserveCapacity(count)
        byKey.reserve(count)
        texts.reserveCapacity(textCount)
        byText.reserveCapacity(textCount)
    }

    /// Makes sure that ids below `counts` exist.
    mutating func fill(_ counts: CatalogueCounts) {
        while texts.count < counts.texts { texts.append("lost text \(texts.count)") }
        while series.count < counts.series { lose(UInt32(series.count)) }
    }

    /// Gives an id a name that says that its own was lost.
    mutating func lose(_ id: UInt32) {
        let key = SeriesKey(site: "", asset: "lost", metric: "series-\(id)")
        put(
            Series(id: SeriesID(index: id), key: key, kind: .gauge, type: .number, unit: ""),
            device: deviceCount
        )
        lost.insert(id)
    }

    /// Takes a definition back. Gaps before it, left by damage, get names that say so.
    ///
    /// - Returns: whether it was news; and the ids whose series must have been given back before: that of the key
    ///   before, and its own if another series had it.
    mutating func restore(_ definition: Definition) -> (isNew: Bool, vacated: [UInt32]) {
        switch definition {
        case .series(let new, let device):
            let id = new.id.index
            fill(CatalogueCounts(series: Int(id), texts: 0))
            if series(id)?.key == new.key { return (false, []) }
            var vacated: [UInt32] = []
            let hash = KeyTable.hash(new.key)
            if let former = byKey.find(new.key, hash, in: series) { vacated.append(former) }
            if series(id) != nil, !lost.contains(id) { vacated.append(id) }
            vacate(vacated, until: nil)
            if lost.remove(id) != nil { vacancies.add([id], until: nil) }
            take(new, hash, device: device)
            return (true, vacated)
        case .text(let id, let text):
            fill(CatalogueCounts(series: 0, texts: Int(id.index)))
            guard id.index == texts.count else { return (false, []) }
            _ = take(text)
            return (true, [])
        }
    }

    /// Ids up to `counts` are saved; what was taken again until then need not be known any more.
    mutating func noteSaved(_ counts: CatalogueCounts) {
        reused.removeFirst(counts.reused - reusedBefore)
        reusedBefore = counts.reused
    }
}
