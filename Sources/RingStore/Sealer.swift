internal import Codec
internal import Readings

/// A generation on its way into the rings, with everything a checkpoint needs as of its last row.
struct SealJob: Sendable {
    var generation: Generation
    /// Where replay begins once this is sealed.
    var journalHalf: Int
    var journalSequence: UInt64
    var counts: CatalogueCounts
    /// Ids that were given back just before.
    var vacated: [UInt32]
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
    /// What the catalogue file holds is not all, or more.
    private var mustRewrite: Bool
    /// What the catalogue took when it was written in one go.
    private var rewritten = 0

    /// - Parameter mustRewrite: whether the catalogue is to be written anew with the next seal.
    init(core: StoreCore, files: StoreFiles, pageSamples: Int, checkpoint: Checkpoint, mustRewrite: Bool) {
        self.mustRewrite = mustRewrite
        self.core = core
        self.files = files
        self.pageSamples = pageSamples
        self.checkpoint = checkpoint
        // Kept for its positions alone.
        self.checkpoint.latest = []
        self.checkpoint.keepsake = nil
    }

    /// Seals and publishes. On return the generation's half of the journal is free.
    ///
    /// - Returns: series that no ring holds anything of any more; found when rings were turned.
    func seal(_ job: SealJob) throws(StoreFailure) -> [UInt32] {
        let view = core.view
        let through = job.journalSequence - 1
        var next = checkpoint
        next.lastSeen = lastSeen(in: job, through)
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
            var merge = try Merge(core: core, young: view.young, shelf: shelf, samplesMax: pageSamples)
            try merge.run(job.generation, into: &rings)
            rings[young] = appender(to: .young, of: view, through)
            rings[young].forget()
            next.mergedThrough = through
            next.lastSeen.endMerge()
        }
        next.number += 1
        next.counts = job.counts
        next.journalHalf = job.journalHalf
        next.journalSequence = job.journalSequence
        next.rings = rings.map(\.state)
        next.rowsTotal = job.generation.base + UInt64(job.generation.count)
        try save(job, &next)
        if isMerge {
            youngSamples.removeAll(keepingCapacity: true)
        } else {
            lastBytes = rings[young].usedBytes - bytesBefore
            count()
        }
        let views = rings.map { RingView(blocks: $0.blocks, state: $0.state) }
        core.publish { $0.sealed(views) }
        guard isMerge, let oldest = views.compactMap({ $0.blocks.first?.through }).min() else { return [] }
        return checkpoint.lastSeen.forgotten(before: oldest)
    }

    /// Brings the shelf up to date, and when each series was seen. Doing it again changes nothing.
    private func lastSeen(in job: SealJob, _ through: UInt64) -> LastSeen {
        var seen = checkpoint.lastSeen
        shelf.append(core.catalogue.members(from: shelf.seriesCount, to: job.counts.series))
        seen.seal(through)
        seen.grow(to: job.counts.series)
        for id in job.vacated {
            shelf.remove(id)
            seen.vacate(id)
        }
        for (id, member) in core.catalogue.reusedMembers(from: checkpoint.counts, to: job.counts) {
            shelf.put(id, member)
            seen.see(id)
        }
        seen.see { job.generation.holds(SeriesID(index: $0)) }
        return seen
    }

    /// Writes names and checkpoint. From here on the seal counts.
    private func save(_ job: SealJob, _ next: inout Checkpoint) throws(StoreFailure) {
        let (start, end) = (checkpoint.counts, job.counts)
        // An edition grown from many seals shrinks when it is written in one go.
        let isCrowded = checkpoint.catalogueLength > max(core.geometry.catalogueHalfBytes / 2, rewritten * 2)
        let isAnew = mustRewrite || isCrowded || !job.vacated.isEmpty || end.reused != start.reused
        if isAnew {
            next.catalogueEdition &+= 1
            next.catalogueLength = 0
        }
        let definitions =
            isAnew
            ? core.catalogue.definitions(to: end) : core.catalogue.definitions(from: start, to: end)
        let named = try append(definitions, &next)
        var full = next
        full.latest = job.latest
        full.keepsake = job.keepsake
        try full.write(to: files)
        core.catalogue.noteSaved(from: start, to: end, bytes: named, isAll: isAnew)
        checkpoint = next
        mustRewrite = false
        if isAnew { rewritten = next.catalogueLength }
    }

    /// Writes definitions to the catalogue file, series first. Returns what they take.
    private func append(_ definitions: [Definition], _ next: inout Checkpoint) throws(StoreFailure)
        -> CatalogueBytes
    {
        let file = files.catalogue(seed: core.raw.seed)
        let (start, edition) = (next.catalogueLength, next.catalogueEdition)
        let isSeries = definitions.prefix { if case .series = $0 { true } else { false } }
        let middle = try file.append(Array(isSeries), to: edition, at: start)
        next.catalogueLength = try file.append(
            Array(definitions.dropFirst(isSeries.count)),
            to: edition,
            at: middle
        )
        return CatalogueBytes(series: middle - start, texts: next.catalogueLength - middle)
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
