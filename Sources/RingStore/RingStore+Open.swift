internal import Codec
internal import Glibc
public import Readings

extension RingStore {
    /// An open store and what was found.
    public struct Opened: Sendable {
        /// Ready for commits.
        public let store: RingStore
        /// For the log.
        public internal(set) var recovered: Recovered
    }

    /// Opens the store of a directory, or makes one, and brings everything back that was committed.
    ///
    /// Damage in the files is skipped, counted and never a reason not to start.
    ///
    /// - Parameters:
    ///   - catalogued: gets a way to look up series, good for ever, before anything else; what is replayed
    ///     needs it.
    ///   - restore: gets the upper rooms' state of the last checkpoint, if there is one, before anything
    ///     else.
    ///   - forget: told of series whose ids had been given back, before the batch that names their successors.
    ///   - replay: gets every batch that was committed after it, in order, as it was committed (a batch that
    ///     was too large for one record comes in pieces). Series and texts are registered already.
    /// - Throws: one clear failure when the budget is too small, the directory cannot be used or is in use,
    ///   or the disk has too little room.
    public static func open(
        _ options: StoreOptions,
        catalogued: (_ series: @escaping @Sendable (SeriesID) -> Series?) -> Void = { _ in },
        restore: (_ keepsake: [UInt8]) -> Void = { _ in },
        forget: ([SeriesID]) -> Void = { _ in },
        replay: (Batch) -> Void
    ) throws(StoreFailure) -> Opened {
        try open(
            options,
            tuning: StoreTuning(),
            catalogued: catalogued,
            restore: restore,
            forget: forget,
            replay: replay
        )
    }

    /// The same with sizes that tests shrink and a disk that they spoil.
    static func open(
        _ options: StoreOptions,
        tuning: StoreTuning,
        catalogued: (_ series: @escaping @Sendable (SeriesID) -> Series?) -> Void = { _ in },
        restore: (_ keepsake: [UInt8]) -> Void = { _ in },
        forget: ([SeriesID]) -> Void = { _ in },
        replay: (Batch) -> Void
    ) throws(StoreFailure) -> Opened {
        let began = seconds()
        guard options.budgetBytes >= tuning.budgetBytesMin else {
            throw .budgetTooSmall(bytes: options.budgetBytes, minimum: tuning.budgetBytesMin)
        }
        let directory = try StoreDirectory(path: options.directory, disk: tuning.disk)
        let kept = try Relayout.run(directory, options, tuning)
        var opened = try open(
            directory,
            options,
            tuning: tuning,
            kept: kept,
            catalogued: catalogued,
            restore: restore,
            forget: forget,
            replay: replay
        )
        opened.recovered.seconds = seconds() - began
        return opened
    }

    /// The same with a directory that is held already, in the layout that it has.
    ///
    /// - Parameter kept: why that is not the one that the options ask for.
    static func open(
        _ directory: StoreDirectory,
        _ options: StoreOptions,
        tuning: StoreTuning,
        kept: String? = nil,
        catalogued: (_ series: @escaping @Sendable (SeriesID) -> Series?) -> Void = { _ in },
        restore: (_ keepsake: [UInt8]) -> Void = { _ in },
        forget: ([SeriesID]) -> Void = { _ in },
        replay: (Batch) -> Void
    ) throws(StoreFailure) -> Opened {
        let files = try StoreFiles(directory, options: options, tuning: tuning, kept: kept)
        var recovery = try Recovery(options: options, files: files, tuning: tuning)
        catalogued(recovery.series)
        if let keepsake = recovery.keepsake { restore(keepsake) }
        let outcome = try recovery.replayJournal(forget: forget, replay)
        return Opened(
            store: recovery.store(outcome, options: options, directory: directory),
            recovered: recovery.recovered
        )
    }

    private static func seconds() -> Double {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1_000_000_000
    }
}
