internal import Codec
internal import Readings
internal import Synchronization

/// All series and texts by id and by name. Ids are dense; that of a series which the rings have forgotten is given
/// back, see ``vacate(_:until:)``.
final class Catalogue: Sendable {
    /// The longest text.
    static let textBytesMax = 4096
    /// Series of one device; an asset with more has several. Full pages of all of them keep within
    /// ``PageLimits/ticks``, with a few to spare.
    static let deviceSeriesMax = 60

    /// Guards the tables below; a leaf.
    private let state = Mutex(CatalogueTable())
    /// Guards the lists of ids by label, see ``select(_:below:_:)``; a leaf, held while a selector is answered.
    let index = Mutex(SeriesIndex())
    private let limits: CatalogueLimits

    init(_ limits: CatalogueLimits) {
        self.limits = limits
    }

    // MARK: Registering

    /// Finds or registers a series.
    func series(for key: SeriesKey, kind: Kind, type: ValueType, unit: String) throws(StoreFailure) -> Series
    {
        let (series, isReused) = try state.withLock { state throws(StoreFailure) -> (Series, Bool) in
            if let found = state.find(key) { return (found, false) }
            try limits.check(key, unit, in: state)
            let place = state.nextPlace(for: key)
            guard Int(place.id) < limits.ids else {
                throw .seriesLimit(limit: limits.ids, key: key.description)
            }
            let series = Series(id: SeriesID(index: place.id), key: key, kind: kind, type: type, unit: unit)
            try reserve(.series(series, device: place.device), in: &state)
            let isReused = Int(place.id) < state.series.count
            state.take(series, device: place.device)
            return (series, isReused)
        }
        if isReused { index.withLock { $0.add(reused: series.id.index) } }
        return series
    }

    /// Finds or registers a text.
    func text(_ text: String) throws(StoreFailure) -> TextID {
        try state.withLock { state throws(StoreFailure) -> TextID in
            if let index = state.find(text) { return TextID(index: index) }
            guard state.texts.count < limits.texts else { throw .textLimit(limit: limits.texts) }
            try reserve(.text(TextID(index: UInt32(state.texts.count)), text), in: &state)
            return TextID(index: state.take(text))
        }
    }

    private func reserve(_ definition: Definition, in state: inout CatalogueTable) throws(StoreFailure) {
        let bytes = CatalogueFile.bytes(of: definition)
        guard state.saved.sum + state.pending.sum + bytes <= limits.bytes else {
            throw .catalogueFull(bytes: limits.bytes)
        }
        state.pending.add(definition)
    }

    /// Takes the names of series away whose history is gone, and lets others have their ids.
    ///
    /// - Parameter pin: of the newest view: its snapshots, and older ones, never meet another series under these ids.
    func vacate(_ ids: [UInt32], until pin: SnapshotPin) {
        state.withLock { $0.vacate(ids, until: pin) }
        index.withLock { $0.forget() }
    }

    // MARK: Looking up

    /// The series of a key, or nil.
    func find(_ key: SeriesKey) -> Series? { state.withLock { $0.find(key) } }

    /// The series of an id, or nil.
    func series(_ id: SeriesID) -> Series? { state.withLock { $0.series(id.index) } }

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
            guard state.series(id.index) != nil, !state.lost.contains(id.index) else { return nil }
            return state.devices[Int(id.index)]
        }
    }

    /// The device of each id from `start` up to `end`, ``CatalogueTable/noDevice`` of a vacant one, and what it is.
    func members(from start: Int, to end: Int) -> [ShelfMember] {
        state.withLock { state in
            (start..<end).map {
                ShelfMember(device: state.devices[$0], traits: SeriesTraits(state.series[$0]))
            }
        }
    }

    /// The same of ids that were taken again from `start` up to `end`.
    func reusedMembers(
        from start: CatalogueCounts,
        to end: CatalogueCounts
    ) -> [(id: UInt32, member: ShelfMember)] {
        state.withLock { state in
            state.reusedIDs(from: start, to: end).map { id in
                let traits = SeriesTraits(state.series[Int(id)])
                return (id, ShelfMember(device: state.devices[Int(id)], traits: traits))
            }
        }
    }

    /// The ids from `start` up to `end`, with nil for vacant ones.
    func series(from start: Int, to end: Int) -> [Series?] {
        state.withLock { state in (UInt32(start)..<UInt32(end)).map { state.series($0) } }
    }

    /// The series of ids, vacant ones left out.
    func series(_ ids: ArraySlice<UInt32>) -> [Series] {
        state.withLock { state in ids.compactMap { state.series($0) } }
    }

    /// Every series, by id.
    var allSeries: [Series] {
        state.withLock { state in
            state.vacancies.count == 0
                ? state.series : state.series.filter { !state.vacancies.contains($0.id.index) }
        }
    }

    /// Whether a series keeps samples of equal stamps; nil when there is none of that id.
    func isDelta(_ id: SeriesID) -> Bool? { state.withLock { $0.series(id.index).map { $0.kind == .delta } } }

    /// What the catalogue file holds, by what it names.
    var fileBytes: CatalogueBytes { state.withLock { $0.saved } }

    /// How many ids and texts were given out.
    var counts: CatalogueCounts { state.withLock { $0.counts } }

    /// Series that have a name.
    var seriesCount: Int { state.withLock { $0.liveCount } }

    // MARK: To the file and back

    /// What was registered from `start` up to `end`.
    func definitions(from start: CatalogueCounts, to end: CatalogueCounts) -> [Definition] {
        state.withLock { $0.definitions(from: start, to: end) }
    }

    /// Everything up to `end`.
    func definitions(to end: CatalogueCounts) -> [Definition] {
        state.withLock { $0.definitions(to: end) }
    }

    /// What was registered from `start` up to `end` was saved in `bytes`.
    ///
    /// - Parameter isAll: whether the file holds nothing else.
    func noteSaved(
        from start: CatalogueCounts,
        to end: CatalogueCounts,
        bytes: CatalogueBytes,
        isAll: Bool
    ) {
        let definitions = definitions(from: start, to: end)
        state.withLock { state in
            for definition in definitions { state.pending.remove(definition) }
            if isAll { state.saved = CatalogueBytes() }
            state.saved.series += bytes.series
            state.saved.texts += bytes.texts
            state.noteSaved(end)
        }
    }

    /// Makes room for what is about to be restored.
    func reserve(_ counts: CatalogueCounts) {
        // A damaged checkpoint may claim anything; beyond this the tables grow by themselves.
        state.withLock { $0.reserve(series: min(counts.series, 1 << 20), texts: min(counts.texts, 1 << 20)) }
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
    ///
    /// - Returns: ids of series that must have been given back before.
    func restore(_ definition: Definition) -> [UInt32] {
        state.withLock { state in
            let (isNew, vacated) = state.restore(definition)
            if isNew { state.pending.add(definition) }
            return vacated
        }
    }

    /// Makes sure that ids below `counts` exist.
    func fill(_ counts: CatalogueCounts) {
        state.withLock { $0.fill(counts) }
    }

    /// Makes sure that the readings' ids have series: the definition of one may be lost.
    func fill(_ readings: [Reading]) {
        state.withLock { state in
            for reading in readings {
                let id = reading.series.index
                if id >= state.series.count {
                    state.fill(CatalogueCounts(series: Int(id) + 1))
                } else if state.vacancies.contains(id) {
                    state.lose(id)
                }
            }
        }
    }

    /// At opening: nobody has these ids.
    func vacate(_ ids: [UInt32]) {
        state.withLock { state in
            state.vacate(ids.filter { state.lost.contains($0) }, until: nil)
        }
    }
}

/// What may be registered.
struct CatalogueLimits: Sendable {
    var series: Int
    var seriesPerAsset: Int
    var texts: Int
    /// Of the catalogue file, for everything that has a name at a time.
    var bytes: Int
    /// Ids are below this, vacant ones included: tables by id are as long.
    var ids: Int

    init(_ options: StoreOptions, _ geometry: Geometry) {
        (series, seriesPerAsset, texts) = (
            options.seriesLimit, options.seriesLimitPerAsset, options.textLimit
        )
        (bytes, ids) = (geometry.catalogueHalfBytes, geometry.seriesMax)
    }

    /// Throws when a series of this key would be one too many, or its texts are too long.
    fileprivate func check(
        _ key: SeriesKey,
        _ unit: String,
        in table: CatalogueTable
    ) throws(StoreFailure) {
        guard table.liveCount < series else { throw .seriesLimit(limit: series, key: key.description) }
        let ofAsset = table.assetSeriesCount(of: key)
        guard ofAsset < seriesPerAsset else {
            throw .assetSeriesLimit(
                site: key.site,
                asset: key.asset,
                count: ofAsset,
                limit: seriesPerAsset,
                key: key.description
            )
        }
        let longest =
            ([key.site, key.asset, key.metric, unit] + key.tags.flatMap { [$0.name, $0.value] })
            .map(\.utf8.count).max() ?? 0
        guard longest <= Catalogue.textBytesMax else {
            throw .textTooLong(bytes: longest, limit: Catalogue.textBytesMax)
        }
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

/// A place in the catalogue's life: so many ids of series and texts were given out by then.
struct CatalogueCounts: Hashable, Sendable {
    var series = 0
    var texts = 0
    /// How often, since opening, a vacant id was taken again.
    var reused = 0
}
