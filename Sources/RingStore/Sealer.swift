internal import Codec
internal import Readings

/// A generation on its way into the rings, with everything a checkpoint needs as of its last row.
struct SealJob: Sendable {
    var generation: Generation
    /// Where replay begins once this is sealed.
    var journalHalf: Int
    var journalSequence: UInt64
    var counts: CatalogueCounts
    var latest: [UInt64]
    var keepsake: [UInt8]?
}

/// Turns a frozen generation into chunks, minutes, catalogue entries and a checkpoint. Belongs to one thread.
///
/// Nothing counts before the checkpoint is on the disk, so a seal that fails is simply done again from the
/// start.
final class Sealer {
    /// The width of the finest rollup.
    static let minuteMs: Int64 = 60_000

    private let core: StoreCore
    private let files: StoreFiles
    private let chunkSamples: Int
    /// The last checkpoint that is on the disk.
    private var checkpoint: Checkpoint

    init(core: StoreCore, files: StoreFiles, chunkSamples: Int, checkpoint: Checkpoint) {
        precondition((1...ChunkCodec.samplesMax).contains(chunkSamples), "a chunk holds 1 … 1024 samples")
        self.core = core
        self.files = files
        self.chunkSamples = chunkSamples
        self.checkpoint = checkpoint
        // Kept for its positions alone.
        self.checkpoint.latest = []
        self.checkpoint.keepsake = nil
    }

    /// Seals and publishes. On return the generation's half of the journal is free.
    func seal(_ job: SealJob) throws(StoreFailure) {
        let view = core.view
        let through = job.journalSequence - 1
        var raw = RingAppender(ring: core.raw, state: view.rawState, blocks: view.raw, through: through)
        var minute = RingAppender(
            ring: core.minute,
            state: view.minuteState,
            blocks: view.minute,
            through: through
        )
        let count = job.generation.count
        var rows: [Row] = []
        for (index, series) in core.catalogue.allSeries.prefix(job.counts.series).enumerated() {
            let id = SeriesID(index: UInt32(index))
            guard job.generation.holds(id) else { continue }
            rows.removeAll(keepingCapacity: true)
            job.generation.eachRow(of: id, below: count, in: Int64.min..<Int64.max) { rows.append($0) }
            rows.reverse()
            rows.settle(keepsEqualStamps: series.kind == .delta)
            try addRaw(rows, id, &raw)
            try addMinutes(rows, id, &minute)
        }
        // Minutes first: a raw block that completes a seal vouches for both.
        try minute.finish()
        try raw.finish()
        var next = checkpoint
        next.number += 1
        next.catalogueLength = try catalogueFile.append(
            core.catalogue.definitions(from: checkpoint.counts, to: job.counts),
            at: checkpoint.catalogueLength
        )
        next.counts = job.counts
        next.journalHalf = job.journalHalf
        next.journalSequence = job.journalSequence
        next.raw = raw.state
        next.minute = minute.state
        next.rowsTotal = job.generation.base + UInt64(count)
        var full = next
        full.latest = job.latest
        full.keepsake = job.keepsake
        try write(full)
        checkpoint = next
        core.publish { $0.sealed(raw: raw, minute: minute) }
    }

    private var catalogueFile: CatalogueFile {
        CatalogueFile(file: files.catalogue, seed: core.raw.seed, bytesMax: files.geometry.catalogueBytes)
    }

    private func write(_ checkpoint: Checkpoint) throws(StoreFailure) {
        let bytes = checkpoint.encoded(storeID: files.geometry.storeID)
        guard bytes.count <= files.geometry.checkpointBytes else {
            throw .keepsakeTooLarge(bytes: bytes.count, limit: files.geometry.checkpointBytes)
        }
        let file = checkpoint.number % 2 == 0 ? files.checkpointA : files.checkpointB
        try file.write(bytes, at: Geometry.pageBytes)
        try file.sync()
    }

    private func addRaw(_ rows: [Row], _ id: SeriesID, _ raw: inout RingAppender) throws(StoreFailure) {
        var columns = SampleColumns()
        var writer = ByteWriter(capacity: 4096)
        for start in stride(from: 0, to: rows.count, by: chunkSamples) {
            let chunk = rows[start..<min(rows.count, start + chunkSamples)]
            columns.removeAll()
            writer.removeAll()
            for row in chunk { columns.append(row.packed) }
            ChunkCodec.encode(columns, into: &writer)
            try raw.add(
                series: id.index,
                count: columns.count,
                stamps: columns.instants[0]...columns.instants[columns.count - 1],
                payload: writer.bytes
            )
        }
    }

    private func addMinutes(_ rows: [Row], _ id: SeriesID, _ minute: inout RingAppender) throws(StoreFailure)
    {
        var buckets: [Bucket] = []
        for row in rows { buckets.fold(row.packed.sample) }
        var writer = ByteWriter(capacity: 4096)
        for start in stride(from: 0, to: buckets.count, by: BucketCodec.bucketsMax) {
            let chunk = Array(buckets[start..<min(buckets.count, start + BucketCodec.bucketsMax)])
            guard let first = chunk.first, let last = chunk.last else { continue }
            writer.removeAll()
            BucketCodec.encode(chunk, into: &writer)
            try minute.add(
                series: id.index,
                count: chunk.count,
                stamps: first.start.milliseconds...last.start.milliseconds,
                payload: writer.bytes
            )
        }
    }
}

extension [Bucket] {
    /// Folds the next sample, in ascending order, into minutes.
    ///
    /// Numbers count whose quality is not bad; flags, texts and absent values are no quantities.
    mutating func fold(_ sample: Sample) {
        guard case .number(let number) = sample.value, sample.quality != .bad else { return }
        let start = sample.instant.floored(toMs: Sealer.minuteMs)
        if last?.start != start { append(Bucket(start: start, widthMs: Sealer.minuteMs)) }
        self[count - 1].fold(number, at: sample.instant)
    }
}
