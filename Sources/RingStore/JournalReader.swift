internal import Codec

/// Reads the journal back, record by record, from a checkpoint's position to the last intact one.
///
/// Memory is bounded by a window of the file, or by the largest record where that is larger.
struct JournalReader {
    /// How far to look for an intact record behind a damaged one.
    private static let searchBytes = 4 << 20
    private static let readBytes = 256 << 10

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
    /// Its first `windowBytes` bytes are from `windowStart` of `windowHalf` on.
    private var window: [UInt8] = []
    private var windowHalf = 0
    private var windowStart = 0
    private var windowBytes = 0

    init(file: StoreFile, geometry: Geometry) {
        self.file = file
        self.geometry = geometry
    }

    /// Where the last intact record ends, from `start` (its offset is 0) on.
    mutating func end(from start: JournalPosition) throws(StoreFailure) -> JournalPosition {
        try replay(from: start) { _, _ in }.position
    }

    /// Replays from `start` (its offset is 0); `take` gets the record's number and its body within `bytes`.
    ///
    /// - Parameter end: where ``end(from:)`` found it to end, if that is known.
    mutating func replay(
        from start: JournalPosition,
        to end: JournalPosition? = nil,
        take: (_ sequence: UInt64, _ body: inout ByteReader) throws(ByteReader.Failure) -> Void
    ) throws(StoreFailure) -> Outcome {
        var outcome = Outcome(position: start)
        while true {
            let here = outcome.position
            if here == end { return outcome }
            var found = try record(half: here.half, offset: here.offset, from: here.sequence)
            if found == nil { found = try search(after: here) }
            if found == nil && here.half == start.half {
                found = try otherHalf(than: here)
            }
            guard let record = found else { return outcome }
            if record.half != start.half { outcome.holdsBothHalves = outcome.last != nil }
            outcome.damaged += record.sequence - here.sequence
            if try !hand(record, to: take) { outcome.damaged += 1 }
            outcome.last = record
            outcome.position = JournalPosition(
                half: record.half,
                offset: record.offset + record.bytes,
                sequence: record.sequence + 1
            )
        }
    }

    /// Whether a record made sense. Its body lies in the window, which is nobody else's afterwards.
    private mutating func hand(
        _ record: Record,
        to take: (_ sequence: UInt64, _ body: inout ByteReader) throws(ByteReader.Failure) -> Void
    ) throws(StoreFailure) -> Bool {
        var body = try body(of: record)
        do throws(ByteReader.Failure) {
            try take(record.sequence, &body)
            return true
        } catch {
            return false
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
        let start = try index(half: record.half, offset: record.offset, count: record.bytes)
        try file.write(Array(window[start..<start + record.bytes]), at: place(record.half, record.offset))
        try file.sync()
    }

    /// The intact record at a place if its number is `lowest` or higher.
    mutating func record(half: Int, offset: Int, from lowest: UInt64) throws(StoreFailure) -> Record? {
        guard offset + Journal.headBytes <= geometry.halfBytes else { return nil }
        var start = try index(half: half, offset: offset, count: Journal.headBytes)
        var reader = ByteReader(window, offset: start, end: start + Journal.headBytes)
        guard (try? reader.fixed32()) == Journal.magic, let sum = try? reader.fixed32(),
            let bodyBytes = try? Int(reader.fixed32()), (try? reader.fixed32()) == 0,
            let sequence = try? reader.fixed64(), (try? reader.fixed64()) == geometry.storeID,
            sequence >= lowest, offset + Journal.headBytes + bodyBytes <= geometry.halfBytes
        else { return nil }
        // The window may move; it is ours alone then.
        reader = ByteReader([])
        let bytes = Journal.headBytes + bodyBytes
        start = try index(half: half, offset: offset, count: bytes)
        guard CRC32C.checksum(window.span.extracting(start + 8..<start + bytes)) == sum else { return nil }
        return Record(half: half, offset: offset, bytes: (bytes + 7) / 8 * 8, sequence: sequence)
    }

    /// The next intact record of the same half, behind bytes that are none.
    mutating func search(after position: JournalPosition) throws(StoreFailure) -> Record? {
        let end = min(geometry.halfBytes - Journal.headBytes, position.offset + JournalReader.searchBytes)
        var offset = position.offset + 8
        while offset <= end {
            // What the window has of it, or a new one.
            let start = try index(half: position.half, offset: offset, count: 8)
            let stop = min(windowBytes - 7, start + end + 1 - offset)
            guard let found = magic(from: start, to: stop) else {
                offset += (stop - start + 7) / 8 * 8
                continue
            }
            offset += found - start
            if let record = try record(half: position.half, offset: offset, from: position.sequence + 1) {
                return record
            }
            offset += 8
        }
        return nil
    }

    /// The first place in the window, at eights from `start` on and below `stop`, where a record may begin.
    private func magic(from start: Int, to stop: Int) -> Int? {
        precondition(start >= 0 && stop + 3 <= window.count, "the window holds what is looked through")
        return unsafe window.withUnsafeBytes { bytes in
            var index = start
            // Sixteen words at a time as long as none of them is one.
            let wanted = SIMD16<UInt32>(repeating: Journal.magic.littleEndian)
            while index + 64 <= stop {
                let words = unsafe bytes.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt32>.self)
                if any(words .== wanted) { break }
                index += 64
            }
            while index < stop {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)
                if UInt32(littleEndian: word) == Journal.magic { return index }
                index += 8
            }
            return nil
        }
    }

    /// The body of an intact record.
    mutating func body(of record: Record) throws(StoreFailure) -> ByteReader {
        let start = try index(half: record.half, offset: record.offset, count: record.bytes)
        var head = ByteReader(window, offset: start + 8)
        let begin = start + Journal.headBytes
        let bodyBytes = (try? Int(head.fixed32())) ?? 0
        return ByteReader(window, offset: begin, end: min(start + record.bytes, begin + bodyBytes))
    }

    /// Where a piece of a half lies in the window, which is moved if need be.
    private mutating func index(half: Int, offset: Int, count: Int) throws(StoreFailure) -> Int {
        if half != windowHalf || offset < windowStart || offset + count > windowStart + windowBytes {
            let wanted = max(count, min(JournalReader.readBytes, geometry.halfBytes - offset))
            windowBytes = 0
            try file.read(wanted, at: place(half, offset), into: &window)
            (windowHalf, windowStart, windowBytes) = (half, offset, wanted)
        }
        return offset - windowStart
    }

    private func place(_ half: Int, _ offset: Int) -> Int {
        Geometry.pageBytes + half * geometry.halfBytes + offset
    }
}
