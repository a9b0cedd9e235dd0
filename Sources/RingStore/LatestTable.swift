internal import Codec
internal import Glibc
internal import Readings
internal import Synchronization

/// The latest sample of every series in a flat slab, 32 bytes each; a current value that is no history
/// included.
///
///     0         8         16       24
///     version 8 │instant 8 │bits 8 │state 8: mark, bit 8 = set, bit 9 = history
///
/// `@unchecked Sendable`: all words are atomic. One thread writes; a version is odd while its slot is being
/// written, and a reader that saw an odd or changed version reads again (a sequence lock: the writer never
/// waits).
@safe final class LatestTable: @unchecked Sendable {
    private static let isSet: UInt64 = 1 << 8
    private static let isHistory: UInt64 = 1 << 9

    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let seriesMax: Int

    init(seriesMax: Int) {
        guard let memory = unsafe calloc(seriesMax, 32) else {
            fatalError("out of memory: \(seriesMax * 32) bytes for the latest values")
        }
        // A zeroed word is a valid Atomic<UInt64> of 0: it has the layout of the word it wraps.
        unsafe words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: seriesMax * 4)
        self.seriesMax = seriesMax
    }

    deinit {
        unsafe free(words)
    }

    /// Takes a sample of the history in: the latest stamp stands, of equal ones the later arrival. One that is stamped
    /// by arrival came after all others, even if the gateway's clock was set back meanwhile.
    func take(_ id: SeriesID, _ sample: PackedSample) {
        let slot = self.slot(id)
        let state = unsafe words[slot + 3].load(ordering: .relaxed)
        if state & LatestTable.isSet != 0 {
            let instant = unsafe Int64(bitPattern: words[slot + 1].load(ordering: .relaxed))
            if sample.instant < instant, sample.sample.timeSource == .source { return }
        }
        set(slot, sample, LatestTable.isSet | LatestTable.isHistory)
    }

    /// Takes a current value in that is no history, unless a newer good sample of the history stands.
    func takeCurrent(_ id: SeriesID, _ sample: PackedSample) {
        let slot = self.slot(id)
        let state = unsafe words[slot + 3].load(ordering: .relaxed)
        if state & LatestTable.isHistory != 0 && state >> 2 & 3 == UInt64(Quality.good.rawValue) {
            let instant = unsafe Int64(bitPattern: words[slot + 1].load(ordering: .relaxed))
            if instant > sample.instant { return }
        }
        set(slot, sample, LatestTable.isSet)
    }

    /// Its id was given back: nothing is known any more. Called by the writing thread.
    func forget(_ id: SeriesID) {
        guard Int(id.index) < seriesMax else { return }
        set(slot(id), PackedSample(instant: 0, bits: 0, mark: 0), 0)
    }

    /// The latest sample, or nil when there was none.
    func sample(_ id: SeriesID) -> Sample? {
        guard Int(id.index) < seriesMax else { return nil }
        let slot = self.slot(id)
        while true {
            let before = unsafe words[slot].load(ordering: .acquiring)
            let instant = unsafe words[slot + 1].load(ordering: .relaxed)
            let bits = unsafe words[slot + 2].load(ordering: .relaxed)
            let state = unsafe words[slot + 3].load(ordering: .relaxed)
            atomicMemoryFence(ordering: .acquiring)
            let after = unsafe words[slot].load(ordering: .relaxed)
            guard before == after && before & 1 == 0 else { continue }
            guard state & LatestTable.isSet != 0 else { return nil }
            let mark = UInt8(truncatingIfNeeded: state)
            return PackedSample(instant: Int64(bitPattern: instant), bits: bits, mark: mark).sample
        }
    }

    /// Three words per series, for a checkpoint. Called by the writing thread.
    func exported(seriesCount: Int) -> [UInt64] {
        var rows: [UInt64] = []
        rows.reserveCapacity(seriesCount * 3)
        for slot in stride(from: 0, to: seriesCount * 4, by: 4) {
            for word in 1...3 { rows.append(unsafe words[slot + word].load(ordering: .relaxed)) }
        }
        return rows
    }

    /// Takes a checkpoint's rows back, before anyone reads.
    func restore(_ rows: [UInt64]) {
        for index in 0..<min(seriesMax, rows.count / 3) {
            for word in 1...3 {
                unsafe words[index * 4 + word].store(rows[index * 3 + word - 1], ordering: .relaxed)
            }
        }
    }

    private func slot(_ id: SeriesID) -> Int {
        precondition(Int(id.index) < seriesMax, "a series must be registered before it has samples")
        return Int(id.index) * 4
    }

    private func set(_ slot: Int, _ sample: PackedSample, _ flags: UInt64) {
        let version = unsafe words[slot].load(ordering: .relaxed)
        unsafe words[slot].store(version &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        unsafe words[slot + 1].store(UInt64(bitPattern: sample.instant), ordering: .relaxed)
        unsafe words[slot + 2].store(sample.bits, ordering: .relaxed)
        unsafe words[slot + 3].store(UInt64(sample.mark) | flags, ordering: .relaxed)
        unsafe words[slot].store(version &+ 2, ordering: .releasing)
    }
}
