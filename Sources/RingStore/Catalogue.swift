internal import Codec
internal import Readings
internal import Synchronization

/// All series and texts by id and by name. Registered for good; ids are dense.
final class Catalogue: Sendable {
    /// The longest text.
    static let textBytesMax = 4096
    /// Series of one device; an asset with more has several. Full pages of all of them keep within
    /// ``PageLimits/ticks``, with a few to spare.
    static let deviceSeriesMax = 60

    /// The series of an asset share pages, and in a page one clock.
    private struct Asset: Hashable {
        var site: String
        var asset: String
    }

    /// The device of an asset that takes the next series.
    private struct OpenDevice {
        var device: UInt32
        var seriesCount: Int
        /// Of all devices of the asset.
        var assetSeriesCount: Int
    }

    private struct State {
        var series: [Series] = []
        /// By series.
        var devices: [UInt32] = []
        /// Their definitions were lost: what was sealed before may lie under another device.
        var lost: Set<UInt32> = []
        /// All but the latest.
        var openDevices: [Asset: OpenDevice] = [:]
        var latestAsset: Asset?
        var latest = OpenDevice(device: 0, seriesCount: 0, assetSeriesCount: 0)
        var deviceCount: UInt32 = 0
        var byKey: [SeriesKey: UInt32] = [:]
        var texts: [String] = []
        var byText: [String: UInt32] = [:]
        /// What the catalogue file holds.
        var saved = CatalogueBytes()
        /// What it takes at most to save the rest.
        var pending = CatalogueBytes()

        mutating func fill(_ counts: CatalogueCounts) {
            while texts.count < counts.texts { texts.append("lost text \(texts.count)") }
            while series.count < counts.series {
                let id = SeriesID(index: UInt32(series.count))
                let key = SeriesKey(site: "", asset: "lost", metric: "series-\(id.index)")
                series.append(Series(id: id, key: key, kind: .gauge, type: .number, unit: ""))
                devices.append(deviceCount)
                deviceCount += 1
                lost.insert(id.index)
            }
        }

        /// Takes a definition back. Gaps before it, left by damage, get names that say so. False when it is here.
        mutating func restore(_ definition: Definition) -> Bool {
            switch definition {
            case .series(let series, let device):
                fill(CatalogueCounts(series: Int(series.id.index), texts: 0))
                guard series.id.index == self.series.count else { return false }
                take(series, device: device)
            case .text(let id, let text):
                fill(CatalogueCounts(series: 0, texts: Int(id.index)))
                guard id.index == texts.count else { return false }
                texts.append(text)
                byText[text] = id.index
            }
            return true
        }

        private func openDevice(of key: SeriesKey) -> OpenDevice? {
            let asset = Asset(site: key.site, asset: key.asset)
            return asset == latestAsset ? latest : openDevices[asset]
        }

        /// How many series the key's asset has.
        func assetSeriesCount(of key: SeriesKey) -> Int {
            openDevice(of: key)?.assetSeriesCount ?? 0
        }

        func nextDevice(of key: SeriesKey) -> UInt32 {
            guard let open = openDevice(of: key),
                open.seriesCount < Catalogue.deviceSeriesMax
            else { return deviceCount }
            return open.device
        }

        mutating func take(_ new: Series, device: UInt32) {
            series.append(new)
            devices.append(device)
            byKey[new.key] = new.id.index
            deviceCount = max(deviceCount, device + 1)
            if series.count > 1, devices[series.count - 2] == device, isSameAsset(series.count - 2, new.key) {
                // One after the other, as they usually come.
                latest.seriesCount += 1
                latest.assetSeriesCount += 1
                return
            }
            if let asset = latestAsset { openDevices[asset] = latest }
            let asset = Asset(site: new.key.site, asset: new.key.asset)
            let known = openDevices[asset]
            latest = OpenDevice(
                device: device,
                seriesCount: (known?.device == device ? known?.seriesCount ?? 0 : 0) + 1,
                assetSeriesCount: (known?.assetSeriesCount ?? 0) + 1
            )
            latestAsset = asset
        }

        private func isSameAsset(_ index: Int, _ key: SeriesKey) -> Bool {
            series[index].key.asset == key.asset && series[index].key.site == key.site && latestAsset != nil
        }
    }

    /// Guards the tables below; a leaf.
    private let state = Mutex(State())
    /// Guards the lists of ids by label, see ``select(_:below:_:)``; a leaf, held while a selector is answered.
    let index = Mutex(SeriesIndex())
    private let seriesLimit: Int
    private let seriesLimitPerAsset: Int
    private let textLimit: Int
    private let bytesMax: Int

    init(seriesLimit: Int, seriesLimitPerAsset: Int, textLimit: Int, bytesMax: Int) {
        self.seriesLimit = seriesLimit
        self.seriesLimitPerAsset = seriesLimitPerAsset
        self.textLimit = textLimit
        self.bytesMax = bytesMax
    }

    /// Finds or registers a series.
    func series(for key: SeriesKey, kind: Kind, type: ValueType, unit: String) throws(StoreFailure) -> Series
    {
        try state.withLock { state throws(StoreFailure) -> Series in
            if let index = state.byKey[key] { return state.series[Int(index)] }
            guard state.series.count < seriesLimit else {
                throw .seriesLimit(limit: seriesLimit, key: key.description)
            }
            let ofAsset = state.assetSeriesCount(of: key)
            guard ofAsset < seriesLimitPerAsset else {
                throw .assetSeriesLimit(
                    site: key.site,
                    asset: key.asset,
                    count: ofAsset,
                    limit: seriesLimitPerAsset,
                    key: key.description
                )
            }
            let longest =
                ([key.site, key.asset, key.metric, unit] + key.tags.flatMap { [$0.name, $0.value] })
                .map(\.utf8.count).max() ?? 0
            guard longest <= Catalogue.textBytesMax else {
                throw .textTooLong(bytes: longest, limit: Catalogue.textBytesMax)
            }
            let id = SeriesID(index: UInt32(state.series.count))
            let series = Series(id: id, key: key, kind: kind, type: type, unit: unit)
            let device = state.nextDevice(of: key)
            try reserve(.series(series, device: device), in: &state)
            state.take(series, device: device)
            return series
        }
    }

    /// Finds or registers a text.
    func text(_ text: String) throws(StoreFailure) -> TextID {
        try state.withLock { state throws(StoreFailure) -> TextID in
            if let index = state.byText[text] { return TextID(index: index) }
            guard state.texts.count < textLimit else { throw .textLimit(limit: textLimit) }
            let id = TextID(index: UInt32(state.texts.count))
            try reserve(.text(id, text), in: &state)
            state.texts.append(text)
            state.byText[text] = id.index
            return id
        }
    }

    /// The series of a key, or nil.
    func find(_ key: SeriesKey) -> Series? {
        state.withLock { state in state.byKey[key].map { state.series[Int($0)] } }
    }

    /// The series of an id, or nil.
    func series(_ id: SeriesID) -> Series? {
        state.withLock { state in
            let index = Int(id.index)
            return index < state.series.count ? state.series[index] : nil
        }
    }

    /// The text of an id, or nil.
    func text(_ id: TextID) -> String? {
        state.withLock { state in
            let index = Int(id.index)
            return index < state.texts.count ? state.texts[index] : nil
        }
    }

    /// The device of a series; nil when it is unknown, and its pages may be anybody's.
    func device(of id: SeriesID) -> UInt32? {
        state.withLock { state in
            let index = Int(id.index)
            guard index < state.devices.count, !state.lost.contains(id.index) else { return nil }
            return state.devices[index]
        }
    }

    /// The device of each series from `start` up to `end`, and what it is.
    func members(from start: Int, to end: Int) -> [(device: UInt32, traits: SeriesTraits)] {
        state.withLock { state in
            (start..<end).map { (state.devices[$0], SeriesTraits(state.series[$0])) }
        }
    }

    /// The series from `start` up to `end`, which exist.
    func series(from start: Int, to end: Int) -> [Series] {
        state.withLock { Array($0.series[start..<end]) }
    }

    /// The series of ids that exist.
    func series(_ ids: ArraySlice<UInt32>) -> [Series] {
        state.withLock { state in ids.map { state.series[Int($0)] } }
    }

    /// Every series, by id.
    var allSeries: [Series] { state.withLock { $0.series } }

    /// Whether each series from `start` on keeps samples of equal stamps.
    func areDeltas(from start: Int) -> [Bool] {
        state.withLock { $0.series.dropFirst(start).map { $0.kind == .delta } }
    }

    /// What the catalogue file holds, by what it names.
    var fileBytes: CatalogueBytes { state.withLock { $0.saved } }

    /// How many series and texts there are.
    var counts: CatalogueCounts {
        state.withLock { CatalogueCounts(series: $0.series.count, texts: $0.texts.count) }
    }

    /// What was registered from `start` up to `end`.
    func definitions(from start: CatalogueCounts, to end: CatalogueCounts) -> [Definition] {
        state.withLock { state in
            zip(state.series[start.series..<end.series], state.devices[start.series..<end.series])
                .map { .series($0, device: $1) }
                + zip(start.texts..<end.texts, state.texts[start.texts..<end.texts]).map { index, text in
                    .text(TextID(index: UInt32(index)), text)
                }
        }
    }

    /// Makes room for what is about to be restored.
    func reserve(_ counts: CatalogueCounts) {
        // A damaged checkpoint may claim anything; beyond this the tables grow by themselves.
        let (series, texts) = (min(counts.series, 1 << 20), min(counts.texts, 1 << 20))
        state.withLock { state in
            state.series.reserveCapacity(series)
            state.devices.reserveCapacity(series)
            state.byKey.reserveCapacity(series)
            state.texts.reserveCapacity(texts)
            state.byText.reserveCapacity(texts)
        }
    }

    /// Takes a record of the catalogue file back.
    func restore(_ definitions: [Definition], bytes: Int) {
        state.withLock { state in
            for definition in definitions { _ = state.restore(definition) }
            if case .text = definitions.first {
                state.saved.texts += bytes
            } else {
                state.saved.series += bytes
            }
        }
    }

    /// Takes a definition back from the journal, which is to be saved.
    func restore(_ definition: Definition) {
        state.withLock { state in
            if state.restore(definition) { state.pending.add(definition) }
        }
    }

    /// What was registered from `start` up to `end` was saved in `bytes`.
    func noteSaved(from start: CatalogueCounts, to end: CatalogueCounts, bytes: CatalogueBytes) {
        let definitions = definitions(from: start, to: end)
        state.withLock { state in
            for definition in definitions { state.pending.remove(definition) }
            state.saved.series += bytes.series
            state.saved.texts += bytes.texts
        }
    }

    /// Makes sure that ids below `counts` exist.
    func fill(_ counts: CatalogueCounts) {
        state.withLock { $0.fill(counts) }
    }

    private func reserve(_ definition: Definition, in state: inout State) throws(StoreFailure) {
        let bytes = CatalogueFile.bytes(of: definition)
        guard state.saved.sum + state.pending.sum + bytes <= bytesMax else {
            throw .catalogueFull(bytes: bytesMax)
        }
        state.pending.add(definition)
    }
}

/// Bytes of the catalogue file, by what they name.
struct CatalogueBytes: Hashable, Sendable {
    var series = 0
    var texts = 0

    var sum: Int { series + texts }

    mutating func add(_ definition: Definition) {
        count(definition, CatalogueFile.bytes(of: definition))
    }

    mutating func remove(_ definition: Definition) {
        count(definition, -CatalogueFile.bytes(of: definition))
    }

    private mutating func count(_ definition: Definition, _ bytes: Int) {
        if case .text = definition { texts += bytes } else { series += bytes }
    }
}

/// A place in the catalogue: so many series and texts.
struct CatalogueCounts: Hashable, Sendable {
    var series = 0
    var texts = 0
}
