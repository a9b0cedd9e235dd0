public import Readings
internal import Synchronization

/// What a commit did.
public struct Commit: Hashable, Sendable {
    /// Number of the journal record; 1, 2, 3 … over the store's life. An empty batch repeats the last.
    public var sequence: UInt64
    /// Readings that are now samples of the history.
    public var stored = 0
    /// Readings dropped because the same stamp, value and quality stood in the head already.
    public var duplicates = 0
    /// Stored readings that took the place of another value with the same stamp.
    public var replaced = 0
    /// Readings that only set the current value.
    public var currentOnly = 0

    /// A commit of nothing.
    public init(sequence: UInt64) {
        self.sequence = sequence
    }
}

/// What opening the store found, for the log.
public struct Recovered: Hashable, Sendable {
    /// The directory held no store before.
    public var isNew = false
    /// Batches that were replayed from the journal.
    public var batches = 0
    /// Readings in them.
    public var readings = 0
    /// Journal records, blocks, segments, catalogue entries and checkpoints that were damaged and skipped.
    public var damaged = 0
    /// How long it took.
    public var seconds = 0.0
    /// What the operator should know, one sentence each.
    public var notes: [String] = []

    /// Nothing yet.
    public init() {}
}

/// How the store fares.
public struct StoreStatus: Hashable, Sendable {
    /// What the files were laid out for.
    public var budgetBytes = 0
    /// All files together, as they lie on the disk from the start.
    public var reservedBytes = 0
    /// Of those, what holds something now: the rings' blocks, the catalogue, the journal in use.
    public var usedBytes = 0
    /// Of those, what the young ring holds until its next merge.
    public var youngBytes = 0
    /// Of those, merged samples with all that leads to them.
    public var rawBytes = 0
    /// Of those, one-minute buckets.
    public var minuteBytes = 0
    /// Of those, one-hour buckets.
    public var hourBytes = 0
    /// Of those, buckets of a day.
    public var dayBytes = 0
    /// Of those, the names of series.
    public var seriesBytes = 0
    /// Of those, the dictionary of texts.
    public var textBytes = 0
    /// Written to the disk since opening, all files together: what wears flash memory out.
    public var writtenBytes = 0
    /// The earliest stamp that is still there.
    public var oldest: Instant?
    /// Segments of merged samples that newer ones took the place of, over the store's life: retention at work.
    public var segmentsOvertaken: UInt64 = 0
    /// Samples before this one are gone for that; their buckets may be there. Nil when none is.
    public var samplesFrom: Instant?
    /// Journal records since opening; like the next four without what was replayed.
    public var commits: UInt64 = 0
    /// Readings that became samples of the history.
    public var readingsStored: UInt64 = 0
    /// Readings dropped as exact repeats.
    public var duplicates: UInt64 = 0
    /// Stored readings that took another value's place.
    public var replaced: UInt64 = 0
    /// Readings that only set a current value.
    public var currentOnly: UInt64 = 0
    /// Registered series.
    public var seriesCount = 0
    /// As many may be.
    public var seriesLimit = 0
    /// Series that all rings have forgotten since opening: their names are gone, others may have their ids.
    public var seriesForgotten = 0
    /// Registered texts.
    public var textCount = 0
    /// As many may be.
    public var textLimit = 0
    /// The last write and `fdatasync` of a commit.
    public var syncMsLast = 0.0
    /// The 99th percentile of the last 512.
    public var syncMsP99 = 0.0
    /// Damaged places found since opening, by recovery and by readers.
    public var damaged = 0
    /// What opening had to say.
    public var notes: [String] = []
    /// What is wrong now and what to do, nil when all is well.
    public var fault: String?

    /// All zeros.
    public init() {}
}

/// Figures that commits leave behind.
final class CommitFigures: Sendable {
    private struct Figures {
        var total = Commit(sequence: 0)
        var commits: UInt64 = 0
        var syncMs: [Double] = []
        var next = 0
        var last = 0.0
        var failure: StoreFailure?
        var journalUsed = 0
        var forgotten = 0
    }

    private static let syncsKept = 512
    /// Guards the figures; a leaf.
    private let figures = Mutex(Figures())

    /// A commit is durable and folded.
    func add(_ commit: Commit, syncMs: Double, journalUsed: Int) {
        figures.withLock { figures in
            figures.commits += 1
            figures.total.stored += commit.stored
            figures.total.duplicates += commit.duplicates
            figures.total.replaced += commit.replaced
            figures.total.currentOnly += commit.currentOnly
            figures.last = syncMs
            figures.failure = nil
            figures.journalUsed = journalUsed
            if figures.syncMs.count < CommitFigures.syncsKept {
                figures.syncMs.append(syncMs)
            } else {
                figures.syncMs[figures.next] = syncMs
                figures.next = (figures.next + 1) % CommitFigures.syncsKept
            }
        }
    }

    /// So many series were forgotten.
    func forget(_ count: Int) {
        figures.withLock { $0.forgotten += count }
    }

    /// A commit failed.
    func fail(_ failure: StoreFailure) {
        figures.withLock { $0.failure = failure }
    }

    /// Writes the figures into a status.
    func fill(_ status: inout StoreStatus) {
        let figures = figures.withLock { $0 }
        status.commits = figures.commits
        status.readingsStored = UInt64(figures.total.stored)
        status.duplicates = UInt64(figures.total.duplicates)
        status.replaced = UInt64(figures.total.replaced)
        status.currentOnly = UInt64(figures.total.currentOnly)
        status.syncMsLast = figures.last
        let sorted = figures.syncMs.sorted()
        if !sorted.isEmpty { status.syncMsP99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)] }
        status.usedBytes += figures.journalUsed
        status.seriesForgotten = figures.forgotten
        if let failure = figures.failure { status.fault = failure.description }
    }
}
