internal import Codec

/// Brings a store into the layout that its budgets ask for: all that still fits stays, the oldest goes.
///
/// The new files are made beside the old ones, in the folder `next`, and put in their places once all of them are on
/// the disk. A crash leaves either store whole; the next opening ends what was begun.
struct Relayout {
    private static let folder = "next"
    /// Is there once the files in the folder are whole.
    private static let marker = "complete"

    private let directory: StoreDirectory
    private let options: StoreOptions
    private let tuning: StoreTuning

    /// Brings the store of a directory into the layout that the options ask for, if it has another.
    ///
    /// - Returns: why it stays as it was, nil when it is as asked.
    static func run(
        _ directory: StoreDirectory,
        _ options: StoreOptions,
        _ tuning: StoreTuning
    ) throws(StoreFailure) -> String? {
        try finish(directory)
        guard !options.keepsLayout, let old = try StoreFiles.layout(in: directory.path, disk: tuning.disk)
        else { return nil }
        let asked = Geometry(
            budgetBytes: options.budgetBytes,
            rings: options.rings,
            storeID: old.storeID,
            tuning: tuning
        )
        let wanted = asked.taking(pagesOf: old)
        if wanted == old { return nil }
        if let fault = wanted.fault { return "\(fault)" }
        let free = directory.freeBytes
        if wanted.totalBytes > free {
            return
                "the new layout is made beside the old one and needs \(wanted.totalBytes) bytes, \(free) are free"
        }
        let relayout = Relayout(directory: directory, options: options, tuning: tuning)
        do throws(StoreFailure) {
            try relayout.move(to: wanted)
            return nil
        } catch {
            // Whatever it was, either the old files are whole or the new ones.
            try finish(directory)
            let found = try StoreFiles.layout(in: directory.path, disk: tuning.disk)
            return found == wanted ? nil : "\(error)"
        }
    }

    private init(directory: StoreDirectory, options: StoreOptions, tuning: StoreTuning) {
        (self.directory, self.options, self.tuning) = (directory, options, tuning)
    }

    // MARK: Old to new

    private func move(to wanted: Geometry) throws(StoreFailure) {
        try settle()
        let files = try StoreFiles(directory, options: options, tuning: tuning, kept: nil)
        let recovery = try Recovery(options: options, files: files, tuning: tuning)
        let path = directory.path + "/" + Relayout.folder
        try directory.makeFolder(Relayout.folder)
        let next = try StoreFiles(layingOut: wanted, in: path, directory, disk: tuning.disk)
        try fill(next, from: recovery)
        // All names in it are on the disk before the mark is; the folder's own is since the files were laid out.
        try directory.sync(Relayout.folder)
        let marker = try StoreFile(
            directory: path,
            name: Relayout.marker,
            disk: tuning.disk
        )
        try marker.sync()
        try Relayout.finish(directory)
    }

    /// Brings everything out of the journal and the young ring into the raw ring and the tiers.
    private func settle() throws(StoreFailure) {
        let store = try RingStore.openForUpkeep(directory, options, tuning: tuning)
        defer { store.close() }
        try store.compact()
    }

    private func fill(_ next: StoreFiles, from recovery: Recovery) throws(StoreFailure) {
        let core = recovery.core
        let rings = next.rings(seed: core.raw.seed)
        var checkpoint = Checkpoint()
        checkpoint.number = 1
        checkpoint.journalSequence = recovery.checkpoint.journalSequence
        checkpoint.mergedThrough = recovery.checkpoint.journalSequence - 1
        checkpoint.rowsTotal = recovery.checkpoint.rowsTotal
        checkpoint.keepsake = recovery.checkpoint.keepsake
        checkpoint.latest = recovery.checkpoint.latest
        for ring in RingKind.allCases where ring != .young {
            let view = core.view[ring]
            checkpoint.rings[ring.rawValue] = try copy(view, of: core[ring], to: rings[ring.rawValue])
        }
        checkpoint.lastSeen = recovery.checkpoint.lastSeen
        checkpoint.counts = core.catalogue.counts
        checkpoint.catalogueLength = try next.catalogue(seed: core.raw.seed).append(
            core.catalogue.definitions(to: checkpoint.counts),
            to: checkpoint.catalogueEdition,
            at: 0
        )
        try checkpoint.write(to: next)
    }

    /// Copies the newest blocks that fit, oldest first, page by page. A page that is damaged is left behind.
    private func copy(_ view: RingView, of ring: Ring, to next: Ring) throws(StoreFailure) -> RingState {
        var state = RingState()
        state.lostThrough = view.state.lostThrough
        var first = view.blocks.count
        var room = next.segmentBytes * next.segmentCount
        while first > 0, room >= view.blocks[first - 1].bytes {
            first -= 1
            room -= view.blocks[first].bytes
        }
        for block in view.blocks[..<first] { state.lostThrough = max(state.lostThrough, block.highest) }
        var blocks: [Block] = []
        var index = first
        while index < view.blocks.count {
            let through = view.blocks[index].through
            var appender = RingAppender(
                ring: next,
                state: state,
                blocks: blocks,
                through: through,
                mayOvertake: true
            )
            while index < view.blocks.count && view.blocks[index].through == through {
                try copy(view.blocks[index], of: ring, to: &appender)
                index += 1
            }
            try appender.finish()
            (state, blocks) = (appender.state, appender.blocks)
        }
        return state
    }

    private func copy(_ block: Block, of ring: Ring, to appender: inout RingAppender) throws(StoreFailure) {
        var places: [PagePlace] = []
        _ = try block.pages(of: nil, in: .min ..< .max, ring: ring, order: 0, into: &places)
        for place in places {
            guard case .page(let bytes) = try ring.fetch(place) else { continue }
            var payload = ByteWriter(capacity: bytes.count)
            payload.putRaw(bytes)
            let entry = place.entry
            try appender.add(
                device: entry.device,
                count: entry.count,
                stamps: entry.lowest...entry.highest,
                payload: payload
            )
        }
    }

    // MARK: Into place

    /// Whether a directory's files are on their way into another layout.
    static func isUnderWay(in path: String, _ disk: Disk) throws(StoreFailure) -> Bool {
        try disk.holds("\(path)/\(folder)/\(marker)")
    }

    /// Puts a whole new layout into place; throws away what is left of one that was never finished.
    ///
    /// Each step is on the disk before the next begins: the mark before a file is moved, all files in their places
    /// before the mark goes. What cannot be removed is no folder to make the next layout in, so that is a failure.
    private static func finish(_ directory: StoreDirectory) throws(StoreFailure) {
        guard try directory.holds(folder) else { return }
        let isWhole = try directory.holds("\(folder)/\(marker)")
        if isWhole { try directory.sync(folder) }
        for kind in StoreFileKind.allCases {
            if isWhole {
                try directory.move(kind.name, from: folder)
            } else {
                try directory.remove("\(folder)/\(kind.name)")
            }
        }
        try directory.sync()
        try directory.remove("\(folder)/\(marker)")
        try directory.remove(folder)
        try directory.sync()
    }
}
