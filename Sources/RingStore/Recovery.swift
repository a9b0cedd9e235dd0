internal import Codec
internal import Readings

/// Brings a store back: checkpoint, catalogue, rings, then the journal from the checkpoint on.
struct Recovery {
    var recovered = Recovered()
    /// Of the checkpoint; nil when there is none.
    let keepsake: [UInt8]?

    private let files: StoreFiles
    private let tuning: StoreTuning
    /// The one that counts; that of an empty store when there is none.
    let checkpoint: Checkpoint
    /// The last checkpoint is damaged: what was finished is found by scanning.
    let isLost: Bool
    private let catalogue: Catalogue
    private let latest: LatestTable
    /// By ``RingKind``, as the next.
    private let rings: [Ring]
    private let contents: [Ring.Contents]
    private var head: Head
    /// Readings of records up to this one are in the rings already; only without a checkpoint above its
    /// start.
    private let sealedThrough: UInt64
    /// Young blocks up to this record are in the raw ring.
    let mergedThrough: UInt64
    let start: JournalPosition
    /// Of the journal.
    private let end: JournalPosition
    /// What the catalogue file holds.
    private let saved: CatalogueCounts
    private let catalogueEnd: Int
    private let catalogueEdition: UInt32

    /// Reads everything but the journal.
    init(options: StoreOptions, files: StoreFiles, tuning: StoreTuning) throws(StoreFailure) {
        (self.files, self.tuning) = (files, tuning)
        let geometry = files.geometry
        let seed = UInt32(truncatingIfNeeded: geometry.storeID ^ geometry.storeID >> 32)
        recovered = Recovery.start(files)

        let (found, mayBeStale) = try Recovery.newestCheckpoint(files)
        checkpoint = found ?? Checkpoint()

        catalogue = Catalogue(CatalogueLimits(options, geometry))
        rings = files.rings(seed: seed)
        let isStale = mayBeStale ? try Recovery.isStale(checkpoint, files, rings) : false
        var journal = JournalReader(file: files[.journal], geometry: geometry)
        let oldest = found == nil || isStale ? try journal.oldest() : nil
        // A store that never sealed has no checkpoint either; its journal begins with record 1, and replaying
        // that brings everything back.
        let isWhole = found == nil ? oldest?.sequence == 1 : !isStale
        let raw = try rings[RingKind.raw.rawValue].recover(isWhole ? checkpoint[.raw] : nil)
        let merged = isWhole ? checkpoint.mergedThrough : raw.finished
        var young = try rings[RingKind.young.rawValue].recover(isWhole ? checkpoint[.young] : nil)
        young.blocks.removeAll { $0.through <= merged }
        isLost = !isWhole && (oldest != nil || !raw.blocks.isEmpty || !young.blocks.isEmpty)
        let finished = isLost ? max(merged, young.finished) : nil

        // Names are what most of an opening is about: they are read while the rest is.
        let naming = try Recovery.naming(files.catalogue(seed: seed), checkpoint, isLost, catalogue)
        var contents = [young, raw]
        for tier in Tier.allCases {
            let (ring, state) = (rings[tier.ring.rawValue], isLost ? nil : checkpoint[tier.ring])
            contents.append(try ring.recover(state, finished: isLost ? merged : nil))
        }
        self.contents = contents
        mergedThrough = merged
        sealedThrough = finished ?? checkpoint.journalSequence - 1
        recovered.damaged += contents.reduce(0) { $0 + $1.damaged }
        if isLost {
            recovered.damaged += 1
            recovered.notes.append(
                "the last checkpoint is damaged: check what machines and stock stand at, the history is whole"
            )
            start = oldest ?? JournalPosition(half: 0, offset: 0, sequence: sealedThrough + 1)
        } else {
            start = JournalPosition(
                half: checkpoint.journalHalf,
                offset: 0,
                sequence: checkpoint.journalSequence
            )
        }
        end = try journal.end(from: start)
        keepsake = checkpoint.keepsake
        latest = LatestTable(seriesMax: geometry.seriesMax)
        latest.restore(checkpoint.latest)
        let names = naming.result()
        recovered.damaged += names.damaged
        saved = isLost ? catalogue.counts : checkpoint.counts
        (catalogueEdition, catalogueEnd) = (names.edition, names.end)
        head = Head(
            base: checkpoint.rowsTotal,
            rowsMax: tuning.headRows,
            seriesMax: geometry.seriesMax,
            latest: latest,
            catalogue: catalogue
        )
    }

    /// What the files themselves say.
    private static func start(_ files: StoreFiles) -> Recovered {
        var recovered = Recovered()
        recovered.isNew = files.isNew
        recovered.notes = files.notes
        recovered.damaged = files.isNew ? 0 : files.notes.count { $0.contains("laid out again") }
        return recovered
    }

    /// Looks a series up, those included that the journal is still going to bring back.
    var series: @Sendable (SeriesID) -> Series? {
        { [catalogue] id in catalogue.series(id) }
    }

    /// Replays every batch since the checkpoint into the head and hands it on.
    ///
    /// - Parameters:
    ///   - settles: false to leave the files as they are.
    ///   - forget: told of series whose ids were given back, before the batch that names their successors.
    mutating func replayJournal(
        settles: Bool = true,
        forget: ([SeriesID]) -> Void = { _ in },
        _ replay: (Batch) -> Void
    ) throws(StoreFailure) -> JournalReader.Outcome {
        var reader = JournalReader(file: files[.journal], geometry: files.geometry)
        var batches = 0
        var readings = 0
        var head = self.head
        let (catalogue, latest, sealedThrough) = (catalogue, latest, sealedThrough)
        let firstToReplay = checkpoint.journalSequence
        let seriesMax = files.geometry.seriesMax
        var outcome = try reader.replay(from: start, to: end) { sequence, body throws(ByteReader.Failure) in
            let (batch, definitions) = try BatchRecord.decode(&body)
            let vacated = definitions.flatMap { catalogue.restore($0) }
            if !vacated.isEmpty {
                head.forget(vacated)
                forget(vacated.map { SeriesID(index: $0) })
            }
            let highest = batch.readings.reduce(-1) { max($0, Int($1.series.index)) }
            guard highest < seriesMax else {
                throw ByteReader.Failure(offset: body.offset, expected: "series below \(seriesMax)")
            }
            catalogue.fill(batch.readings)
            batches += 1
            readings += batch.readings.count
            if sequence > sealedThrough {
                head.grow(rows: batch.readings.count)
                var ignored = Commit(sequence: sequence)
                head.fold(batch, into: &ignored)
            } else {
                for reading in batch.readings where !reading.currentOnly && !reading.historyOnly {
                    latest.take(reading)
                }
            }
            // Without its own checkpoint the journal may reach back into what the keepsake holds.
            if sequence >= firstToReplay { replay(batch) }
        }
        if settles, let last = outcome.last { try reader.settle(last) }
        // With the newer checkpoint and the end of the journal lost, the journal may end before what the rings
        // hold. A record numbered as one of those would count as sealed at the next opening.
        outcome.position.sequence = max(outcome.position.sequence, sealedThrough + 1)
        self.head = head
        recovered.batches = batches
        recovered.readings = readings
        recovered.damaged += Int(clamping: outcome.damaged)
        return outcome
    }

    /// What readers need, once the journal is replayed.
    var core: StoreCore {
        let view = View(
            active: head.generation,
            older: nil,
            olderIsSealed: true,
            pin: SnapshotPin(number: 0),
            rings: contents.map { RingView(blocks: $0.blocks, state: $0.state) }
        )
        let raw = contents[RingKind.raw.rawValue].blocks
        return StoreCore(
            geometry: files.geometry,
            catalogue: catalogue,
            latest: latest,
            rings: rings,
            holes: Tier.allCases.map { contents[$0.ring.rawValue].holes(under: raw) },
            view: view
        )
    }

    /// Puts the store together.
    func store(
        _ outcome: JournalReader.Outcome,
        options: StoreOptions,
        directory: StoreDirectory
    ) -> RingStore {
        let core = core
        var known = checkpoint
        (known.catalogueEdition, known.catalogueLength) = (catalogueEdition, catalogueEnd)
        known.counts = saved
        known.mergedThrough = mergedThrough
        // Of what was seen since a checkpoint that is lost nothing is known: all counts as just seen.
        if isLost { known.lastSeen = LastSeen() }
        let sealer = Sealer(
            core: core,
            files: files,
            pageSamples: tuning.pageSamples,
            checkpoint: known,
            mustRewrite: isLost
        )
        let thread = SealThread(sealer, tuning)
        let figures = CommitFigures()
        let journal = Journal(file: files[.journal], geometry: files.geometry, position: outcome.position)
        let committer = Committer(
            core: core,
            thread: thread,
            journal: journal,
            figures: figures,
            head: head,
            recovered: outcome,
            records: recovered.batches
        )
        return RingStore(
            options: options,
            core: core,
            files: files,
            committer: committer,
            thread: thread,
            figures: figures,
            recovered: recovered,
            directory: directory
        )
    }

    /// Takes what the catalogue file names into the catalogue. All that is read of the file is read at once.
    private static func naming(
        _ file: CatalogueFile,
        _ checkpoint: Checkpoint,
        _ isLost: Bool,
        _ catalogue: Catalogue
    ) throws(StoreFailure) -> Errand<CatalogueFile.Contents> {
        let take: @Sendable ([Definition], Int) -> Void = { catalogue.restore($0, bytes: $1) }
        catalogue.reserve(checkpoint.counts)
        if isLost {
            let contents = try file.loadNewest(take)
            catalogue.fill(checkpoint.counts)
            return Errand { contents }
        }
        let (edition, length) = (checkpoint.catalogueEdition, checkpoint.catalogueLength)
        let bytes = try file.read(edition, length: length)
        return Errand {
            let contents = file.take(bytes, of: edition, length: length, take)
            catalogue.fill(checkpoint.counts)
            catalogue.vacate(checkpoint.lastSeen.vacantIDs)
            return contents
        }
    }

    /// The intact checkpoint with the higher number; and whether the other file holds something unreadable,
    /// which may be a newer one that was damaged, or one whose writing was cut off.
    private static func newestCheckpoint(_ files: StoreFiles) throws(StoreFailure) -> (Checkpoint?, Bool) {
        let first = try Checkpoint.read(files[.checkpointA], geometry: files.geometry)
        let second = try Checkpoint.read(files[.checkpointB], geometry: files.geometry)
        if let first, let second { return (first.number > second.number ? first : second, false) }
        guard let found = first ?? second else { return (nil, false) }
        let other = first == nil ? files[.checkpointA] : files[.checkpointB]
        let isBlank = try other.read(4096, at: Geometry.pageBytes).allSatisfy { $0 == 0 }
        return (found, !isBlank)
    }

    /// Whether a checkpoint newer than this one was completed: then its journal is gone, and the rings hold a
    /// finished seal that this one does not know.
    private static func isStale(
        _ checkpoint: Checkpoint,
        _ files: StoreFiles,
        _ rings: [Ring]
    ) throws(StoreFailure) -> Bool {
        var journal = JournalReader(file: files[.journal], geometry: files.geometry)
        if try journal.begins(half: checkpoint.journalHalf, with: checkpoint.journalSequence) { return false }
        let sealed = try max(
            rings[RingKind.young.rawValue].recover(nil).finished,
            rings[RingKind.raw.rawValue].recover(nil).finished
        )
        return sealed >= checkpoint.journalSequence
    }
}

extension LatestTable {
    /// Takes a reading of the history in.
    func take(_ reading: Reading) {
        let sample = PackedSample(
            instant: reading.instant,
            value: reading.value,
            quality: reading.quality,
            timeSource: reading.timeSource
        )
        take(reading.series, sample)
    }
}
