public import Readings

/// How a store is laid out, and what of it is in use.
public struct StoreOutline: Hashable, Sendable {
    /// One ring.
    public struct RingPart: Hashable, Sendable {
        /// The file's name.
        public var file = ""
        /// Places for segments.
        public var segments = 0
        /// Of those, how many hold something that counts.
        public var segmentsUsed = 0
        /// The size of one.
        public var segmentBytes = 0
        /// What one seal or merge had to say, so many times.
        public var blocks = 0
        /// Pages in them.
        public var pages = 0
        /// Samples in them, or buckets.
        public var rows = 0
        /// Of blocks, with all that leads to their pages.
        public var usedBytes = 0
        /// The earliest stamp.
        public var oldest: Instant?
        /// The latest stamp.
        public var newest: Instant?
        /// What the ring has gone over ends here; nil as long as it went over nothing.
        public var lostThrough: Instant?

        init() {}

        /// Bytes for one sample or bucket; nil without any.
        public var bytesPerRow: Double? { rows == 0 ? nil : Double(usedBytes) / Double(rows) }
    }

    /// One checkpoint file.
    public struct CheckpointPart: Hashable, Sendable {
        /// The file's name.
        public var file = ""
        /// Nil when it is blank or not intact.
        public var number: UInt64?
        /// Nothing was written yet.
        public var isBlank = false

        init() {}
    }

    /// Of the files' format.
    public var version = 0
    /// Random, given when the store was made; in hexadecimal digits.
    public var storeID = ""
    /// What the files were laid out for.
    public var budgetBytes = 0
    /// All files together.
    public var reservedBytes = 0
    /// Of those, what holds something that counts.
    public var usedBytes = 0
    /// One of the journal's halves.
    public var halfBytes = 0
    /// What the journal holds since the last seal.
    public var journalBytes = 0
    /// Records in it.
    public var journalRecords = 0
    /// Samples in it, those sent twice not included.
    public var journalSamples = 0
    /// The number of the next record: one more than batches over the store's life.
    public var nextRecord: UInt64 = 1
    /// Young, raw, then the tiers, the finest first.
    public var rings: [RingPart] = []
    /// Registered series.
    public var series = 0
    /// Registered texts.
    public var texts = 0
    /// What their definitions take.
    public var catalogueBytes = 0
    /// What they may take.
    public var catalogueBytesMax = 0
    /// Both.
    public var checkpoints: [CheckpointPart] = []
    /// Rows over the store's life.
    public var rowsTotal: UInt64 = 0
    /// Damage that an opening meets; ``StoreInspector`` looks further.
    public var damaged = 0
    /// What the operator should know.
    public var notes: [String] = []

    init() {}
}

extension OfflineStore {
    /// Layout and use. Reads the rings' directories, no pages.
    public func outline() throws(StoreFailure) -> StoreOutline {
        var outline = StoreOutline()
        let geometry = files.geometry
        let view = core.view
        outline.version = Int(Geometry.version)
        let digits = String(geometry.storeID, radix: 16)
        outline.storeID = String(repeating: "0", count: 16 - digits.count) + digits
        (outline.budgetBytes, outline.reservedBytes) = (geometry.budgetBytes, geometry.totalBytes)
        outline.halfBytes = geometry.halfBytes
        // The half that replay ended in; the other one as well, where it began there.
        outline.journalBytes =
            state.end.offset + (state.end.half == state.start.half ? 0 : geometry.halfBytes)
        (outline.journalRecords, outline.journalSamples) = (recovered.batches, view.active.count)
        outline.nextRecord = state.end.sequence
        for ring in RingKind.allCases { outline.rings.append(try part(core[ring], view[ring])) }
        let counts = core.catalogue.counts
        (outline.series, outline.texts) = (counts.series, counts.texts)
        outline.catalogueBytes = core.catalogue.fileBytes.series + core.catalogue.fileBytes.texts
        outline.catalogueBytesMax = geometry.catalogueBytes
        outline.checkpoints = [try part(files[.checkpointA]), try part(files[.checkpointB])]
        outline.rowsTotal = view.active.base + UInt64(view.active.count)
        outline.usedBytes = outline.rings.reduce(outline.catalogueBytes + outline.journalBytes) {
            $0 + $1.usedBytes
        }
        outline.damaged = recovered.damaged
        outline.notes = recovered.notes
        return outline
    }

    private func part(
        _ ring: Ring,
        _ view: RingView
    ) throws(StoreFailure) -> StoreOutline.RingPart {
        let (blocks, state) = (view.blocks, view.state)
        var part = StoreOutline.RingPart()
        part.file = ring.file.name
        (part.segments, part.segmentBytes) = (ring.segmentCount, ring.segmentBytes)
        part.segmentsUsed = Set(blocks.map(\.segment)).count
        part.blocks = blocks.count
        for block in blocks {
            var places: [PagePlace] = []
            _ = try block.pages(
                of: nil,
                in: Int64.min..<Int64.max,
                ring: ring,
                order: 0,
                into: &places
            )
            part.pages += places.count
            // A damaged directory may claim anything.
            for place in places { part.rows = part.rows &+ place.entry.count }
            part.usedBytes += block.bytes
        }
        part.oldest = blocks.map(\.lowest).min().map { Instant(milliseconds: $0) }
        part.newest = blocks.map(\.highest).max().map { Instant(milliseconds: $0) }
        if state.lostThrough != .min { part.lostThrough = Instant(milliseconds: state.lostThrough) }
        return part
    }

    private func part(_ file: StoreFile) throws(StoreFailure) -> StoreOutline.CheckpointPart {
        var part = StoreOutline.CheckpointPart()
        part.file = file.name
        switch try CheckpointFinding(file, files.geometry) {
        case .intact(let number): part.number = number
        case .blank: part.isBlank = true
        case .unreadable: break
        }
        return part
    }
}
