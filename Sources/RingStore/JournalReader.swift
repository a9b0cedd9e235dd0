internal import Codec

/// Reads the journal back, record by record, from a checkpoint's position to the last intact one.
///
/// Memory is bounded by a window of the file, or by the largest record where that is larger.
struct JournalReader {
    /// How far to look for an intact record behind a damaged one.
    private static let searchBytes = 4 << 20
    private static let windowBytes = 256 << 10

    /// One record's place.
    struct Record {
        var half: Int
        var offset: Int
        /// With header and padding.
        var bytes: Int
        var sequence: UInt64
    }

    /// What was found.
    struct Outcome {
        /// Where the next record goes.
        var position: JournalPosition
        /// The last intact record, if there was any.
        var last: Record?
        /// Records that must have been there but were not intact.
        var damaged: UInt64 = 0
        /// Records were found in both halves.
        var holdsBothHalves = false
    }

    private let file: StoreFile
    private let geometry: Geometry
    private var window: [UInt8] = []
    private var windowHalf = 0
    private var windowStart = 0

    init(file: StoreFile, geometry: Geometry) {
        self.file = file
        self.geometry = geometry
    }

    /// Replays from `start` (its offset is 0); `take` gets the record's number and its body within `bytes`.
    mutating func replay(
        from start: JournalPosition,
        take: (_ sequence: UInt64, _ body: inout ByteReader) throws(ByteReader.Failure) -> Void
    ) throws(StoreFailure) -> Outcome {
        var outcome = Outcome(position: start)
        while true {
            let here = outcome.position
            var found = try record(half: here.half, offset: here.offset, from: here.sequence)
            if found == nil { found = try search(after: here) }
            if found == nil && here.half == start.half {
                found = try otherHalf(than: here)
            }
            guard let record = found else { return outcome }
            if record.half != start.half { outcome.holdsBothHalves = outcome.last != nil }
            outcome.damaged += record.sequence - here.sequence
            var body = try body(of: record)
            do throws(ByteReader.Failure) {
                try take(record.sequence, &body)
            } catch {
                outcome.damaged += 1
            }
            outcome.last = record
            outcome.position = JournalPosition(
                half: record.half,
                offset: record.offset + record.bytes,
                sequence: record.sequence + 1
            )
        }
    }

    /// Where the other half goes on: its first record, or the first intact one behind it.
    mutating func otherHalf(than here: JournalPosition) throws(StoreFailure) -> Record? {
        let start = JournalPosition(half: 1 - here.half, offset: 0, sequence: here.sequence)
        if let record = try record(half: start.half, offset: 0, from: start.sequence) { return record }
        return try search(after: start)
    }

    /// Where to begin without a checkpoint: the half whose first record has the lower number; nil without
    /// any.
    mutating func oldest() throws(StoreFailure) -> JournalPosition? {
        let first = try record(half: 0, offset: 0, from: 1)
        let second = try record(half: 1, offset: 0, from: 1)
        switch (first, second) {
        case (let first?, let second?) where second.sequence < first.sequence:
            return JournalPosition(half: 1, offset: 0, sequence: second.sequence)
        case (let first?, _): return JournalPosition(half: 0, offset: 0, sequence: first.sequence)
        case (nil, let second?): return JournalPosition(half: 1, offset: 0, sequence: second.sequence)
        default: return nil
        }
    }

    /// Whether a half's first record is intact and bears this number.
    mutating func begins(half: Int, with sequence: UInt64) throws(StoreFailure) -> Bool {
        try record(half: half, offset: 0, from: sequence)?.sequence == sequence
    }

    /// Writes the last record once more and syncs, see ``Journal``.
    mutating func settle(_ record: Record) throws(StoreFailure) {
        let bytes = try self.bytes(half: record.half, offset: record.offset, count: record.bytes)
        try file.write(Array(bytes), at: place(record.half, record.offset))
        try file.sync()
    }

    /// The intact record at a place if its number is `lowest` or higher.
    mutating func record(half: Int, offset: Int, from lowest: UInt64) throws(StoreFailure) -> Record? {
        guard offset + Journal.headBytes <= geometry.halfBytes else { return nil }
        let head = try bytes(half: half, offset: offset, count: Journal.headBytes)
        var reader = ByteReader(Array(head))
        guard (try? reader.fixed32()) == Journal.magic, let sum = try? reader.fixed32(),
            let bodyBytes = try? Int(reader.fixed32()), (try? reader.fixed32()) == 0,
            let sequence = try? reader.fixed64(), (try? reader.fixed64()) == geometry.storeID,
            sequence >= lowest, offset + Journal.headBytes + bodyBytes <= geometry.halfBytes
        else { return nil }
        let covered = try bytes(half: half, offset: offset + 8, count: Journal.headBytes - 8 + bodyBytes)
        guard CRC32C.checksum(covered.span) == sum else { return nil }
        let bytes = (Journal.headBytes + bodyBytes + 7) / 8 * 8
        return Record(half: half, offset: offset, bytes: bytes, sequence: sequence)
    }

    /// The next intact record of the same half, behind bytes that are none.
    mutating func search(after position: JournalPosition) throws(StoreFailure) -> Record? {
        let end = min(geometry.halfBytes - Journal.headBytes, position.offset + JournalReader.searchBytes)
        var offset = position.offset + 8
        while offset <= end {
            let count = min(JournalReader.windowBytes, end + 8 - offset)
            let run = Array(try bytes(half: position.half, offset: offset, count: count))
            for index in stride(from: 0, to: count - 3, by: 8) where isMagic(run, index) {
                let found = try record(
                    half: position.half,
                    offset: offset + index,
                    from: position.sequence + 1
                )
                if let found { return found }
            }
            offset += count / 8 * 8
        }
        return nil
    }

    private func isMagic(_ run: [UInt8], _ index: Int) -> Bool {
        run[index] == 0x54 && run[index + 1] == 0x4A && run[index + 2] == 0x4E && run[index + 3] == 0x4C
    }

    mutating func body(of record: Record) throws(StoreFailure) -> ByteReader {
        _ = try bytes(half: record.half, offset: record.offset, count: record.bytes)
        let start = record.offset - windowStart
        var head = ByteReader(window, offset: start + 8)
        let bodyBytes = (try? Int(head.fixed32())) ?? 0
        let begin = start + Journal.headBytes
        return ByteReader(window, offset: begin, end: min(window.count, begin + bodyBytes))
    }

    /// A piece of a half, out of the window; moves the window if need be.
    private mutating func bytes(half: Int, offset: Int, count: Int) throws(StoreFailure) -> ArraySlice<UInt8>
    {
        if half != windowHalf || offset < windowStart || offset + count > windowStart + window.count {
            let wanted = min(max(count, JournalReader.windowBytes), geometry.halfBytes - offset)
            window = try file.read(max(count, wanted), at: place(half, offset))
            (windowHalf, windowStart) = (half, offset)
        }
        return window[offset - windowStart..<offset - windowStart + count]
    }

    private func place(_ half: Int, _ offset: Int) -> Int {
        Geometry.pageBytes + half * geometry.halfBytes + offset
    }
}
