internal import Codec
public import Readings
internal import Synchronization

/// A run of samples of one series.
public struct SampleRun: Hashable, Sendable {
    /// Ascending.
    public var samples: [Sample] = []
    /// There are more in the range than the limit allowed.
    public var truncated = false
    /// The part of the range before this may be incomplete: the ring has gone over it. Nil when all is there.
    public var expiredBefore: Instant?

    /// Nothing.
    public init() {}
}

/// A reader's fixed view of the store. Cheap to make; readers take no lock that the committing thread waits
/// for.
///
/// ``latest(_:)`` alone may be newer than the rest, and so may history whose place was taken meanwhile. Keep it for one answer, not for hours: it holds on to
/// memory.
public struct Snapshot: Sendable {
    let core: StoreCore
    let view: View
    /// Ids are below it.
    let seriesCount: Int
    /// Rows of the active generation that belong to this view.
    private let activeCount: Int

    init(core: StoreCore) {
        self.core = core
        view = core.view
        activeCount = view.active.count
        seriesCount = core.catalogue.counts.series
    }

    /// How often ids had been given back; whoever remembers what an id stands for, from one snapshot to the next,
    /// asks again when this changes.
    public var forgettings: UInt64 { view.pin.number }

    /// All series, by id.
    public var series: [Series] {
        Array(core.catalogue.allSeries.prefix { Int($0.id.index) < seriesCount })
    }

    /// The series of exactly this key, or nil.
    public func series(at key: SeriesKey) -> Series? {
        core.catalogue.find(key)
    }

    /// The series of exactly this path (`site/asset/metric`) without tags, else the first with tags, or nil.
    ///
    /// - Complexity: O(series).
    public func series(at path: String) -> Series? {
        let found = series.filter { $0.key.path == path }
        return found.first { $0.key.tags.isEmpty } ?? found.first
    }

    /// The series of an id, or nil.
    public func series(_ id: SeriesID) -> Series? {
        core.catalogue.series(id)
    }

    /// A text of the dictionary; empty for an id that was never given out.
    public func text(_ id: TextID) -> String {
        core.catalogue.text(id) ?? ""
    }

    /// The latest sample, current values that are no history included; nil when there was none.
    public func latest(_ id: SeriesID) -> Sample? {
        core.latest.sample(id)
    }

    // MARK: History

    /// Samples with stamps in `from ..< to`.
    ///
    /// - Parameter limit: at most so many, the earliest ones.
    /// - Throws: only when the disk cannot be read; damaged pages are skipped and counted in the status.
    public func samples(
        _ id: SeriesID,
        from: Instant,
        to: Instant,
        limit: Int
    ) throws(StoreFailure) -> SampleRun {
        var run = SampleRun()
        run.expiredBefore = try sweep(id, from: from, to: to) { samples, part in
            guard let part else {
                run = SampleRun()
                return true
            }
            let room = max(0, limit - run.samples.count)
            run.truncated = part.count > room
            run.samples.reserveCapacity(run.samples.count + min(part.count, room))
            for index in part.prefix(room) { run.samples.append(samples[index].sample) }
            return !run.truncated
        }
        return run
    }

    /// Hands out the samples of a range in ascending parts, until `take` returns false.
    ///
    /// - Parameter take: gets nil for the part when all that it got is to be forgotten, because the sweep begins anew.
    /// - Returns: where the range may be incomplete, see ``SampleRun/expiredBefore``.
    func sweep(
        _ id: SeriesID,
        from: Instant,
        to: Instant,
        _ take: (_ samples: borrowing SampleColumns, _ part: Range<Int>?) -> Bool
    ) throws(StoreFailure) -> Instant? {
        guard from < to, let series = core.catalogue.series(id) else { return nil }
        var view = view
        while true {
            var sweep = SampleSweep(core: core, view: view, series: series)
            try sweep.run(from.milliseconds..<to.milliseconds) { samples, part in take(samples, part) }
            guard sweep.isStale else {
                return Snapshot.expiry(view, from: from, to: to, overtaken: sweep.overtakenThrough)
            }
            view = core.view
            _ = take(SampleColumns(), nil)
        }
    }

    /// Raw history is complete from here; nil when nothing was overwritten yet.
    public var rawFrom: Instant? { Snapshot.after(view[.raw].state.lostThrough) }

    private static func expiry(_ view: View, from: Instant, to: Instant, overtaken: Int64?) -> Instant? {
        var through = view[.raw].state.lostThrough
        if let overtaken { through = max(through, overtaken) }
        guard let complete = Snapshot.after(through), complete > from else { return nil }
        return min(complete, to)
    }

    static func after(_ lostThrough: Int64) -> Instant? {
        lostThrough == .min ? nil : Instant(milliseconds: lostThrough).advanced(byMs: 1)
    }

    // MARK: Live rows

    /// After the last row of this view; grows over the store's whole life.
    public var cursor: UInt64 { view.active.base + UInt64(activeCount) }

    /// Rows of the history in the order of their arrival, from `cursor` on.
    ///
    /// - Parameter cursor: of an earlier answer. One that is too old moves forward to the oldest row still in
    ///   memory, one that is too new (of another life of the store) back to the end.
    /// - Returns: at most `limit` rows, and the cursor to go on with.
    public func live(after cursor: UInt64, limit: Int) -> (rows: [(SeriesID, Sample)], cursor: UInt64) {
        var next = min(max(cursor, view.older?.base ?? view.active.base), self.cursor)
        let end = min(self.cursor, next &+ UInt64(max(0, limit)))
        var rows: [(SeriesID, Sample)] = []
        rows.reserveCapacity(Int(end - next))
        while next < end {
            if let older = view.older, next < view.active.base {
                rows.append(Snapshot.row(older, Int(next - older.base)))
            } else {
                rows.append(Snapshot.row(view.active, Int(next - view.active.base)))
            }
            next += 1
        }
        return (rows, next)
    }

    private static func row(_ generation: Generation, _ index: Int) -> (SeriesID, Sample) {
        let (id, sample) = generation.row(index)
        return (id, sample.sample)
    }
}
