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
    /// Whether the young ring is to be merged with it, whatever is in it.
    var merges = false
}

/// Turns a frozen generation into pages, minutes, catalogue entries and a checkpoint. Belongs to one thread.
///
/// A seal goes to the young ring: small pages, soon written. When that ring is nearly full, or one device has
/// filled enough pages, the seal becomes a merge: all of the young ring and the generation go to the raw ring
/// in full pages, and the young ring is empty again.
///
/// Nothing counts before the checkpoint is on the disk, so a seal that fails is simply done again from the
/// start.
final class Sealer {
    /// Young samples of one device that call for a merge: it holds them all in memory, 17 bytes each.
    private static let deviceSamplesMax = Catalogue.deviceSeriesMax * PageLimits.samples

    private let core: StoreCore
    private let files: StoreFiles
    private let pageSamples: Int
    /// The last checkpoint that is on the disk.
    private var checkpoint: Checkpoint
    private var shelf = Shelf()
    /// By device, samples in the young ring.
    private var youngSamples: [Int] = []
    /// What the last seal took of the young ring, in bytes.
    private var lastBytes = 0
    /// By device, samples of the seal at hand.
    private var added: [(device: Int, samples: Int)] = []

    init(core: StoreCore, files: StoreFiles, pageSamples: Int, checkpoint: Checkpoint) {
        self.core = core
        self.files = files
        self.pageSamples = pageSamples
        self.checkpoint = checkpoint
        // Kept for its positions alone.
        self.checkpoint.latest = []
        self.checkpoint.keepsake = nil
    }

    /// Seals and publishes. On return the generation's half of the journal is free.
    func seal(_ job: SealJob) throws(StoreFailure) {
        let view = core.view
        let through = job.journalSequence - 1
        shelf.append(core.catalogue.members(from: shelf.seriesCount, to: job.counts.series))
        var rings = RingKind.allCases.map { appender(to: $0, of: view, through) }
        let young = RingKind.young.rawValue
        var isMerge = job.merges || rings[young].freeBytes < lastBytes * 3 / 2
        isMerge = isMerge || youngSamples.contains { $0 >= Sealer.deviceSamplesMax }
        let bytesBefore = rings[young].usedBytes
        if !isMerge {
            added.removeAll(keepingCapacity: true)
            try addYoung(job, &rings[young])
            isMerge = rings[young].isFull
        }
        if isMerge {
            var merge = Merge(core: core, young: view.young, shelf: shelf, samplesMax: pageSamples)
            try merge.run(job.generation, into: &rings)
            rings[young] = appender(to: .young, of: view, through)
            rings[young].forget()
        }
        var next = checkpoint
        next.number += 1
        let named = try append(from: checkpoint.counts, to: job.counts, at: checkpoint.catalogueLength)
        next.catalogueLength = checkpoint.catalogueLength + named.sum
        next.counts = job.counts
        next.journalHalf = job.journalHalf
        next.journalSequence = job.journalSequence
        if isMerge { next.mergedThrough = through }
        next.rings = rings.map(\.state)
        next.rowsTotal = job.generation.base + UInt64(job.generation.count)
        var full = next
        full.latest = job.latest
        full.keepsake = job.keepsake
        try full.write(to: files)
        core.catalogue.noteSaved(from: checkpoint.counts, to: next.counts, bytes: named)
        checkpoint = next
        if isMerge {
            youngSamples.removeAll(keepingCapacity: true)
        } else {
            lastBytes = rings[young].usedBytes - bytesBefore
            count()
        }
        let views = rings.map { RingView(blocks: $0.blocks, state: $0.state) }
        core.publish { $0.sealed(views) }
    }

    /// Writes what was registered to the catalogue file. Returns what it takes.
    private func append(
        from start: CatalogueCounts,
        to end: CatalogueCounts,
        at length: Int
    ) throws(StoreFailure) -> CatalogueBytes {
        let file = files.catalogue(seed: core.raw.seed)
        let definitions = core.catalogue.definitions(from: start, to: end)
        let seriesCount = end.series - start.series
        let middle = try file.append(Array(definitions.prefix(seriesCount)), at: length)
        let last = try file.append(Array(definitions.dropFirst(seriesCount)), at: middle)
        return CatalogueBytes(series: middle - length, texts: last - middle)
    }

    private func appender(to ring: RingKind, of view: View, _ through: UInt64) -> RingAppender {
        RingAppender(
            ring: core[ring],
            state: view[ring].state,
            blocks: view[ring].blocks,
            through: through,
            // What is not merged yet is not gone over.
            mayOvertake: ring != .young
        )
    }

    private func addYoung(_ job: SealJob, _ young: inout RingAppender) throws(StoreFailure) {
        let rows = GenerationRuns(job.generation)
        var drafter = Drafter()
        var runs = DeviceRuns()
        for device in 0..<shelf.deviceCount {
            runs.removeAll()
            var member = shelf.first(of: device)
            while let id = member {
                member = shelf.next(after: id)
                let count = rows.count(of: id)
                if count > 0 { runs.add(id, shelf.traits(of: id), expecting: count) }
            }
            if runs.runs.isEmpty { continue }
            runs.layOut()
            for run in runs.runs.indices { rows.append(to: &runs, run) }
            runs.settle()
            try drafter.add(runs, device: UInt32(device), to: &young)
            added.append((device, runs.runs.reduce(0) { $0 + $1.count }))
            if young.isFull { return }
        }
        try young.finish()
    }

    private func count() {
        if youngSamples.count < shelf.deviceCount {
            let missing = shelf.deviceCount - youngSamples.count
            youngSamples.append(contentsOf: repeatElement(0, count: missing))
        }
        for (device, samples) in added { youngSamples[device] += samples }
    }
}
