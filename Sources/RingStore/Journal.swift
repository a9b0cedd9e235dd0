internal import Codec

/// Where the next record goes: a half of the file, a byte in it, and the record's number.
struct JournalPosition: Hashable, Sendable {
    /// 0 or 1.
    var half: Int
    /// From the start of the half, a multiple of 8.
    var offset: Int
    /// 1, 2, 3 … over the store's whole life.
    var sequence: UInt64
}

/// What makes a commit durable: one record, one `fdatasync`. The file is two halves; while one is written,
/// the generation that the other rebuilds is sealed.
///
///     0        4      8           12       16        24         32
///     "TJNL" 4 │crc 4 │body bytes 4│zeros 4 │sequence 8│store id 8│body …│zeros to a multiple of 8
///
/// The crc covers everything after itself. Why recovery never sees what it should not:
/// - A record is written only after the one before it was synced, so at most the last one can be torn or
///   missing.
/// - A commit that failed may have left its record on the disk, whole or in part. The next commit takes the
///   same number and the same place and so covers it. Were there a crash instead, the record may come back:
///   that is as if the crash had come just before the acknowledgement; the receipts in it tell the redelivery
///   apart.
/// - If the next commit has to go to the other half, the failed one's place is blanked and synced first: else
///   two records would bear one number.
/// - A failed sync leaves pages that the kernel counts as clean though they never reached the disk. The next
///   commit writes its own pages again. Recovery cannot know how the last record got here, so it writes that
///   one again and syncs before anything follows it.
/// - Old records of an earlier lap bear lower numbers. Bytes inside a body that look like a record do not
///   know the store's random id, which is part of the checksummed header.
final class Journal {
    static let headBytes = 32
    static let magic: UInt32 = 0x4C4E_4A54  // "TJNL"

    let file: StoreFile
    let geometry: Geometry
    /// Where the next record goes.
    private(set) var position: JournalPosition
    /// A failed commit may have left something at `position`.
    private var isDoubtful = false

    init(file: StoreFile, geometry: Geometry, position: JournalPosition) {
        self.file = file
        self.geometry = geometry
        self.position = position
    }

    /// Bytes left in this half.
    var room: Int { geometry.halfBytes - position.offset }

    /// Completes the record whose body stands in `buffer` after ``headBytes`` zeros, and makes it durable.
    func write(_ buffer: RecordBuffer) throws(StoreFailure) {
        let bodyBytes = buffer.count - Journal.headBytes
        buffer.align(to: 8)
        precondition(buffer.count <= room, "a record must fit its half; turn the journal first")
        buffer.replace32(Journal.magic, at: 0)
        buffer.replace32(UInt32(bodyBytes), at: 8)
        buffer.replace64(position.sequence, at: 16)
        buffer.replace64(geometry.storeID, at: 24)
        let covered = unsafe UnsafeRawBufferPointer(
            rebasing: buffer.bytes[8..<(Journal.headBytes + bodyBytes)]
        )
        buffer.replace32(unsafe CRC32C.checksum(covered), at: 4)
        isDoubtful = true
        try unsafe file.write(buffer.bytes, at: place(position))
        try file.sync()
        isDoubtful = false
        position.offset += buffer.count
        position.sequence += 1
    }

    /// Goes on at the start of the other half. Whoever calls knows that the other half is sealed.
    func turn() throws(StoreFailure) {
        if isDoubtful && room >= Journal.headBytes {
            try file.write([UInt8](repeating: 0, count: Journal.headBytes), at: place(position))
            try file.sync()
        }
        isDoubtful = false
        position.half = 1 - position.half
        position.offset = 0
    }

    private func place(_ position: JournalPosition) -> Int {
        Geometry.pageBytes + position.half * geometry.halfBytes + position.offset
    }
}
