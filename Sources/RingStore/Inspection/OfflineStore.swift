internal import Codec
internal import Synchronization

/// The store of a directory that no daemon has open, read and nothing else: a copy, a backup, a closed store, or
/// what a crash left.
///
/// No byte of the directory is written: nothing is laid out, mended, sealed or locked for others' eyes. What the
/// journal holds is replayed into memory.
public final class OfflineStore: Sendable {
    let core: StoreCore
    let files: StoreFiles
    let disk: ReadingDisk
    let state: State
    /// What opening found; ``Recovered/damaged`` counts what had to be skipped.
    public let recovered: Recovered
    private let hold: DirectoryHold

    /// Where things stand, as recovery found it.
    struct State: Sendable {
        var checkpoint: Checkpoint
        /// See ``Recovery/isLost``.
        var isLost: Bool
        var mergedThrough: UInt64
        /// Where the journal's replay begins, and where it ends.
        var start: JournalPosition
        var end: JournalPosition
    }

    init(
        core: StoreCore,
        files: StoreFiles,
        disk: ReadingDisk,
        state: State,
        recovered: Recovered,
        hold: DirectoryHold
    ) {
        self.core = core
        self.files = files
        self.disk = disk
        self.state = state
        self.recovered = recovered
        self.hold = hold
    }

    /// Damaged places that reading has met since.
    public var damagedSinceOpening: Int { core.damagedPages.load(ordering: .relaxed) }

    /// A fixed view of all that was committed.
    public func snapshot() -> Snapshot {
        Snapshot(core: core)
    }
}

extension RingStore {
    /// Opens the store of a directory for reading alone.
    ///
    /// Damage in the files is skipped and counted; see ``StoreInspector`` for where it is.
    ///
    /// - Throws: when there is no such directory or no store in it, or a daemon has it open.
    public static func openReadOnly(directory: String) throws(StoreFailure) -> OfflineStore {
        try openReadOnly(directory: directory, disk: .system)
    }

    /// The same with a disk that tests spoil.
    static func openReadOnly(directory: String, disk system: Disk) throws(StoreFailure) -> OfflineStore {
        let hold = try DirectoryHold(reading: directory, disk: system)
        let disk = ReadingDisk(system)
        let files = try StoreFiles(reading: directory, disk: disk.disk)
        // Limits and budget hold back what is new; nothing is.
        let options = StoreOptions(directory: directory, budgetBytes: files.geometry.budgetBytes)
        var recovery = try Recovery(options: options, files: files, tuning: StoreTuning())
        let outcome = try recovery.replayJournal(settles: false) { _ in }
        let state = OfflineStore.State(
            checkpoint: recovery.checkpoint,
            isLost: recovery.isLost,
            mergedThrough: recovery.mergedThrough,
            start: recovery.start,
            end: outcome.position
        )
        return OfflineStore(
            core: recovery.core,
            files: files,
            disk: disk,
            state: state,
            recovered: recovery.recovered,
            hold: hold
        )
    }
}
