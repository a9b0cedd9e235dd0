internal import Glibc
internal import Readings
internal import Synchronization

/// The commit path: journal, head, and the freeze that hands a generation to the store's thread.
///
/// `@unchecked Sendable`: everything in it is touched only between ``claim()`` and ``release()``, and a
/// second thread that claims meanwhile is a broken promise of ours and stops the program.
final class Committer: @unchecked Sendable {
    private let core: StoreCore
    private let thread: SealThread
    private let journal: Journal
    private let buffer = RecordBuffer(capacity: 64 << 10)
    private let figures: CommitFigures
    private var head: Head
    /// What the journal's records define so far.
    private var journaled: CatalogueCounts
    /// The other half of the journal is not sealed although nothing waits to be: recovery found both in use.
    private var mustSealFirst: Bool
    /// Records since the last checkpoint.
    private var recordsSinceSeal: Int
    private var isClosed = false
    private let isClaimed = Atomic<Bool>(false)
    /// Ids that the commit at hand names.
    private var named: [Reading] = []
    /// Guards the upper rooms' closures; a leaf.
    private let rooms = Mutex(UpperRooms())

    /// What the rooms above the store gave it.
    private struct UpperRooms {
        var keepsake: (@Sendable (Int) -> [UInt8])?
        var forget: (@Sendable ([SeriesID]) -> Void)?
    }

    init(
        core: StoreCore,
        thread: SealThread,
        journal: Journal,
        figures: CommitFigures,
        head: Head,
        recovered: JournalReader.Outcome,
        records: Int
    ) {
        self.core = core
        self.thread = thread
        self.journal = journal
        self.figures = figures
        self.head = head
        journaled = core.catalogue.counts
        mustSealFirst = recovered.holdsBothHalves
        recordsSinceSeal = records
    }

    func setKeepsake(_ make: @escaping @Sendable (Int) -> [UInt8]) {
        rooms.withLock { rooms in
            precondition(rooms.keepsake == nil, "the keepsake may be set once")
            rooms.keepsake = make
        }
    }

    func setForgetting(_ tell: @escaping @Sendable ([SeriesID]) -> Void) {
        rooms.withLock { rooms in
            precondition(rooms.forget == nil, "who is told may be set once")
            rooms.forget = tell
        }
    }

    /// Makes a batch durable, then folds it into the head.
    func commit(_ batch: Batch) throws(StoreFailure) -> Commit {
        claim()
        defer { release() }
        if isClosed { throw .closed }
        var commit = Commit(sequence: journal.position.sequence - 1)
        if batch.isEmpty { return commit }
        named = batch.readings
        defer { named = [] }
        do throws(StoreFailure) {
            for reading in batch.readings { _ = head.keepsEqualStamps(reading.series) }
            if mustSealFirst { try freeze(rows: 0, waits: true) }
            try write(batch, mayDivide: true, into: &commit)
        } catch {
            figures.fail(error)
            throw error
        }
        return commit
    }

    /// Seals what is in the head and merges it with all that was sealed lately.
    func compact() throws(StoreFailure) {
        claim()
        defer { release() }
        if isClosed { throw .closed }
        do throws(StoreFailure) {
            if mustSealFirst { try freeze(rows: 0, waits: true) }
            try freeze(rows: 0, waits: true, merges: true)
        } catch {
            figures.fail(error)
            throw error
        }
    }

    /// Seals what is in the head and takes no more commits.
    func close() {
        claim()
        defer { release() }
        if isClosed { return }
        isClosed = true
        // What cannot be sealed stays in the journal; the next opening replays it.
        do throws(StoreFailure) {
            if recordsSinceSeal > 0 {
                try freeze(rows: 0, waits: true)
            } else {
                try thread.waitUntilSealed()
            }
        } catch {
            figures.fail(error)
        }
        thread.stop()
    }

    /// Ends the thread and nothing else, as a kill would; for tests and for a store that was simply let go.
    func abandon() {
        claim()
        defer { release() }
        if isClosed { return }
        isClosed = true
        thread.stop()
    }

    // MARK: The steps

    private func write(_ batch: Batch, mayDivide: Bool, into commit: inout Commit) throws(StoreFailure) {
        let known = core.catalogue.counts
        let definitions = known == journaled ? [] : core.catalogue.definitions(from: journaled, to: known)
        buffer.begin(header: Journal.headBytes)
        BatchRecord.encode(batch, definitions: definitions, into: buffer)
        let needed = (buffer.count + 7) / 8 * 8
        if needed > core.geometry.halfBytes {
            guard mayDivide else { throw .batchTooLarge(bytes: needed, limit: core.geometry.halfBytes) }
            for piece in divided(batch, known) { try write(piece, mayDivide: false, into: &commit) }
            return
        }
        if needed > journal.room || batch.readings.count > head.generation.room {
            try freeze(rows: batch.readings.count, waits: false)
        }
        let start = Committer.nowMs()
        try journal.write(buffer)
        let syncMs = Committer.nowMs() - start
        journaled = known
        recordsSinceSeal += 1
        var piece = Commit(sequence: journal.position.sequence - 1)
        head.fold(batch, into: &piece)
        figures.add(piece, syncMs: syncMs, journalUsed: journal.position.offset)
        commit.sequence = piece.sequence
        commit.stored += piece.stored
        commit.duplicates += piece.duplicates
        commit.replaced += piece.replaced
        commit.currentOnly += piece.currentOnly
    }

    private func divided(_ batch: Batch, _ known: CatalogueCounts) -> [Batch] {
        var isDelta: Set<SeriesID> = []
        for reading in batch.readings where head.keepsEqualStamps(reading.series) {
            isDelta.insert(reading.series)
        }
        return batch.pieces { isDelta.contains($0) }
    }

    /// Hands the generation to the store's thread and goes on in the other half of the journal.
    ///
    /// If the generation before is still being sealed this waits; if its sealing fails this throws, and
    /// nothing has changed. `waits` also waits for this generation's own seal.
    private func freeze(rows: Int, waits: Bool, merges: Bool = false) throws(StoreFailure) {
        try thread.waitUntilSealed()
        if mustSealFirst {
            // The other half may not be overwritten before the checkpoint is written.
            try sealInPlace()
            return
        }
        try journal.turn()
        handOver(rows: rows, merges: merges)
        if waits { try thread.waitUntilSealed() }
    }

    /// After a recovery that used both halves: seals everything, then begins the half that came first.
    private func sealInPlace() throws(StoreFailure) {
        if !isHandedOver {
            let half = 1 - journal.position.half
            handOver(rows: 0, half: half)
            isHandedOver = true
        }
        try thread.waitUntilSealed()
        try journal.turn()
        mustSealFirst = false
        isHandedOver = false
    }

    /// ``sealInPlace()`` has begun; it is called again until it succeeds.
    private var isHandedOver = false

    private func handOver(rows: Int, half: Int? = nil, merges: Bool = false) {
        // Before the keepsake is made, so that it names none of these.
        let vacated = giveBack()
        let make = rooms.withLock { $0.keepsake }
        let room = Checkpoint.keepsakeRoom(in: core.geometry.checkpointBytes, seriesCount: journaled.series)
        let job = SealJob(
            generation: head.generation,
            journalHalf: half ?? journal.position.half,
            journalSequence: journal.position.sequence,
            counts: journaled,
            vacated: vacated,
            latest: core.latest.exported(seriesCount: journaled.series),
            keepsake: make?(room),
            merges: merges
        )
        core.publish { $0.withoutOlder }
        head.freeze(rows: rows)
        let next = head.generation
        core.publish { $0.frozen(next: next, gaveBack: !vacated.isEmpty) }
        recordsSinceSeal = 0
        thread.seal(job)
    }

    /// Gives the ids of series back that the rings have forgotten, unless they have samples again: in the generation
    /// that is handed over, which has all rows since the merge that forgot them, or in the commit at hand.
    private func giveBack() -> [UInt32] {
        // Nobody could be told: whoever knows ids goes on knowing them.
        guard let tell = rooms.withLock({ $0.forget }) else { return [] }
        var ids = thread.takeForgotten()
        if ids.isEmpty { return [] }
        let named = Set(named.map(\.series.index))
        ids.removeAll { head.generation.holds(SeriesID(index: $0)) || named.contains($0) }
        if ids.isEmpty { return [] }
        core.catalogue.vacate(ids, until: core.view.pin)
        head.forget(ids)
        figures.forget(ids.count)
        tell(ids.map { SeriesID(index: $0) })
        return ids
    }

    // MARK: One thread at a time

    private func claim() {
        let (isFree, _) = isClaimed.compareExchange(expected: false, desired: true, ordering: .acquiring)
        precondition(isFree, "the store is committed to by one thread at a time")
    }

    private func release() {
        isClaimed.store(false, ordering: .releasing)
    }

    private static func nowMs() -> Double {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) * 1000 + Double(now.tv_nsec) / 1_000_000
    }
}
