internal import Codec
public import Readings
internal import Synchronization

/// The gateway's memory: a journal, a head in memory, and rings of fixed size on disk.
///
/// One thread commits; any number of threads take snapshots. What a commit returned from is on the disk; the
/// files never take more than the budget, because they are laid out in full when the store is made.
/// `FORMAT.md` beside this file draws every byte.
public final class RingStore: Sendable {
    let core: StoreCore
    private let files: StoreFiles
    private let committer: Committer
    private let thread: SealThread
    private let figures: CommitFigures
    private let recovered: Recovered
    private let options: StoreOptions
    /// Holds the lock on the directory until ``close()``; guards just that, a leaf.
    private let directory: Mutex<StoreDirectory?>

    init(
        options: StoreOptions,
        core: StoreCore,
        files: StoreFiles,
        committer: Committer,
        thread: SealThread,
        figures: CommitFigures,
        recovered: Recovered,
        directory: StoreDirectory
    ) {
        self.options = options
        self.core = core
        self.files = files
        self.committer = committer
        self.thread = thread
        self.figures = figures
        self.recovered = recovered
        self.directory = Mutex(directory)
    }

    deinit {
        committer.abandon()
    }

    /// What its file system has room for beside what is laid out; all there is once it is closed.
    public var freeBytes: Int { directory.withLock { $0?.freeBytes } ?? .max }

    // MARK: Writing, one thread

    /// Sets where the upper rooms' state comes from; once, before the first commit.
    ///
    /// - Parameter make: called on the committing thread in the middle of a commit, or on the one that
    ///   closes, with the most bytes that the checkpoint has room for; returns the state as of the last commit
    ///   that returned, the running one not included. Its bytes come back at the next opening, before the
    ///   batches that were committed after it. More than there is room for stops the sealing.
    public func setKeepsake(_ make: @escaping @Sendable (_ bytesMax: Int) -> [UInt8]) {
        committer.setKeepsake(make)
    }

    /// Sets who is told which ids are given back, because the rings have forgotten their series; once, before the
    /// first commit. As long as nobody is told, none are.
    ///
    /// - Parameter tell: called on the committing thread in the middle of a commit, before the keepsake is made.
    ///   Whoever remembers ids forgets these: the next series that is registered may get one. No reading of the commit
    ///   at hand names any.
    public func setForgetting(_ tell: @escaping @Sendable ([SeriesID]) -> Void) {
        committer.setForgetting(tell)
    }

    /// Finds the series of a key or registers it. An existing one is returned whatever its kind, type and
    /// unit.
    ///
    /// The definition becomes durable with the next commit. May be called from any thread; the id is good until it is
    /// given back, see ``setForgetting(_:)``.
    public func series(
        for key: SeriesKey,
        kind: Kind,
        type: ValueType,
        unit: String
    ) throws(StoreFailure) -> Series {
        try core.catalogue.series(for: key, kind: kind, type: type, unit: unit)
    }

    /// Finds a text in the dictionary or registers it; at most 4096 bytes. Broken UTF-8 is mended.
    public func text(for utf8: Span<UInt8>) throws(StoreFailure) -> TextID {
        guard utf8.count <= Catalogue.textBytesMax else {
            throw .textTooLong(bytes: utf8.count, limit: Catalogue.textBytesMax)
        }
        let text = unsafe utf8.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        // Mending may lengthen it.
        guard text.utf8.count <= Catalogue.textBytesMax else {
            throw .textTooLong(bytes: text.utf8.count, limit: Catalogue.textBytesMax)
        }
        return try core.catalogue.text(text)
    }

    /// Makes a batch durable, then visible. By one thread at a time.
    ///
    /// - Returns: when it is on the disk.
    /// - Throws: when it is not; nothing of it is visible then, and the same or another batch may be tried
    ///   again.
    public func commit(_ batch: Batch) throws(StoreFailure) -> Commit {
        try committer.commit(batch)
    }

    /// Brings everything into full pages now, which happens by itself as the young ring fills: the smallest the
    /// history gets. By the committing thread; returns when it is done.
    public func compact() throws(StoreFailure) {
        try committer.compact()
    }

    /// Seals the head, lets the thread end and gives the directory free. Commits after it throw
    /// ``StoreFailure/closed``; snapshots taken before stay readable. Called when no commit is running.
    public func close() {
        committer.close()
        directory.withLock { $0 = nil }
    }

    /// Ends as a kill would, for tests: nothing is sealed, the lock is given free.
    func abandon() {
        committer.abandon()
        directory.withLock { $0 = nil }
    }

    /// Returns when no generation waits to be sealed; for tests. By the committing thread.
    func waitUntilSealed() throws(StoreFailure) {
        try thread.waitUntilSealed()
    }

    // MARK: Reading, any thread

    /// A fixed view of what is committed.
    public func snapshot() -> Snapshot {
        Snapshot(core: core)
    }

    /// How the store fares now.
    public var status: StoreStatus {
        let view = core.view
        var status = StoreStatus()
        let geometry = files.geometry
        status.budgetBytes = geometry.budgetBytes
        status.reservedBytes = geometry.totalBytes
        status.writtenBytes = files.writtenBytes
        func bytes(_ ring: RingKind) -> Int { view[ring].blocks.reduce(0) { $0 + $1.bytes } }
        (status.youngBytes, status.rawBytes) = (bytes(.young), bytes(.raw))
        (status.minuteBytes, status.hourBytes, status.dayBytes) = (bytes(.minute), bytes(.hour), bytes(.day))
        let names = core.catalogue.fileBytes
        (status.seriesBytes, status.textBytes) = (names.series, names.texts)
        status.usedBytes = RingKind.allCases.reduce(0) { $0 + bytes($1) }
        status.usedBytes += status.seriesBytes + status.textBytes
        let (passed, count) = (view[.raw].state.cursor.segment, UInt64(core.raw.segmentCount))
        status.segmentsOvertaken = passed - min(passed, count)
        status.samplesFrom = Snapshot.after(view[.raw].state.lostThrough)
        let earliest = [
            (view.young + view.raw).map(\.lowest).min().map { Instant(milliseconds: $0) },
            view.active.earliest,
            view.olderIsSealed ? nil : view.older?.earliest,
        ]
        status.oldest = earliest.compactMap { $0 }.min()
        (status.seriesCount, status.seriesLimit) = (core.catalogue.seriesCount, options.seriesLimit)
        (status.textCount, status.textLimit) = (core.catalogue.counts.texts, options.textLimit)
        status.damaged = recovered.damaged + core.damagedPages.load(ordering: .relaxed)
        status.notes = recovered.notes
        figures.fill(&status)
        if status.fault == nil, let failure = thread.failure { status.fault = failure.description }
        return status
    }
}
