internal import Codec

/// What a copy of a store has to look to that a daemon has open and goes on writing.
///
/// Such a copy is what a crash at one moment would have left. In this order:
///
/// 1. all files but those named here, which seals alone write: checkpoints, catalogue, young ring; again, as long as one
///    has changed since it was copied;
/// 2. the journal, as far as ``journalRanges()`` says: whole records, and nothing that is written over meanwhile;
/// 3. another look at the first: were there a newer checkpoint, the journal would begin elsewhere. This is the moment;
/// 4. the files of ``history``, segment by segment: what is written behind the checkpoint belongs to a seal that never
///    finished. A segment that is taken meanwhile must say so, or its old blocks would count as damaged: read its
///    first ``headBytes`` once more when the rest of it is read. They are written before the rest is.
public struct StoreCopy: Sendable {
    /// A ring that is copied last.
    public struct History: Hashable, Sendable {
        /// Within the store's folder.
        public let file: String
    }

    /// Written at every commit.
    public static let journal = StoreFileKind.journal.name
    /// Of each segment.
    public static let headBytes = Ring.headBytes

    /// The long memory.
    public let history: [History]
    private let directory: String
    private let geometry: Geometry

    /// - Throws: when there is no store in the directory.
    public init(_ directory: String) throws(StoreFailure) {
        self.directory = directory
        geometry = try StoreFiles(reading: directory, disk: ReadingDisk().disk).geometry
        history = RingKind.allCases.filter { $0 != .young }.map { History(file: StoreFileKind.ring($0).name) }
    }

    /// The parts of the journal that are to be replayed after the newest checkpoint, up to the last whole record.
    public func journalRanges() throws(StoreFailure) -> [Range<Int>] {
        let files = try StoreFiles(reading: directory, disk: ReadingDisk().disk)
        let first = try Checkpoint.read(files[.checkpointA], geometry: geometry)
        let second = try Checkpoint.read(files[.checkpointB], geometry: geometry)
        let newest = [first, second].compactMap { $0 }.max { $0.number < $1.number }
        let page = 0..<Geometry.pageBytes
        var journal = JournalReader(file: files[.journal], geometry: geometry)
        if newest == nil {
            // Nothing was sealed yet: it begins at record 1, or nobody knows where.
            guard let oldest = try journal.oldest() else { return [page] }
            if oldest.sequence != 1 { return [0..<Geometry.pageBytes + 2 * geometry.halfBytes] }
        }
        let checkpoint = newest ?? Checkpoint()
        let start = JournalPosition(
            half: checkpoint.journalHalf,
            offset: 0,
            sequence: checkpoint.journalSequence
        )
        let end = try journal.replay(from: start) { _, _ in }.position
        var ranges = [page, half(end.half, bytes: end.offset)]
        if end.half != start.half { ranges.append(half(start.half, bytes: geometry.halfBytes)) }
        return ranges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// A ring's first page and the segments that were ever begun.
    public func ranges(of ring: History) throws(StoreFailure) -> [Range<Int>] {
        let files = try StoreFiles(reading: directory, disk: ReadingDisk().disk)
        let seed = UInt32(truncatingIfNeeded: geometry.storeID ^ geometry.storeID >> 32)
        guard let kind = RingKind.allCases.first(where: { StoreFileKind.ring($0).name == ring.file }) else {
            preconditionFailure("\(ring.file) is none of the rings that were named")
        }
        let it = files.rings(seed: seed)[kind.rawValue]
        var newest: UInt64 = 0
        for slot in 0..<it.segmentCount {
            let bytes = try it.file.read(Ring.headBytes, at: Geometry.pageBytes + slot * it.segmentBytes)
            newest = max(newest, it.head(bytes, slot: slot)?.segment ?? 0)
        }
        // They are begun in order, and each keeps its place.
        let begun = Int(clamping: min(newest, UInt64(it.segmentCount)))
        return [0..<Geometry.pageBytes]
            + (0..<begun).map { slot in
                let start = Geometry.pageBytes + slot * it.segmentBytes
                return start..<start + it.segmentBytes
            }
    }

    private func half(_ half: Int, bytes: Int) -> Range<Int> {
        let start = Geometry.pageBytes + half * geometry.halfBytes
        return start..<start + bytes
    }
}
